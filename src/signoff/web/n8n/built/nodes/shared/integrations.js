"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.integrationField = void 0;
exports.getIntegrations = getIntegrations;
/** The integrations of Signoff, to choose from: filled by `getIntegrations`. */
exports.integrationField = {
    displayName: 'Integration Name or ID',
    name: 'integration',
    type: 'options',
    default: '',
    description: 'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
    typeOptions: { loadOptionsMethod: 'getIntegrations' },
};
async function getIntegrations() {
    const { url } = await this.getCredentials('signoffApi');
    const found = (await this.helpers.httpRequestWithAuthentication.call(this, 'signoffApi', {
        url: `${url.replace(/\/+$/, '')}/api/v1/integrations`,
        json: true,
    }));
    return found
        .map(({ name, is_on: isOn }) => ({ name: isOn ? name : `${name} (off)`, value: name }))
        .sort((one, other) => one.name.localeCompare(other.name));
}
