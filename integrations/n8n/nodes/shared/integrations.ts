import type { ILoadOptionsFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/** The integrations of Signoff, to choose from: filled by `getIntegrations`. */
export const integrationField: INodeProperties = {
	displayName: 'Integration Name or ID',
	name: 'integration',
	type: 'options',
	default: '',
	description:
		'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	typeOptions: { loadOptionsMethod: 'getIntegrations' },
};

export async function getIntegrations(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const { url } = await this.getCredentials<{ url: string }>('signoffApi');
	const found = (await this.helpers.httpRequestWithAuthentication.call(this, 'signoffApi', {
		url: `${url.replace(/\/+$/, '')}/api/v1/integrations`,
		json: true,
	})) as Array<{ name: string; is_on: boolean }>;
	return found
		.map(({ name, is_on: isOn }) => ({ name: isOn ? name : `${name} (off)`, value: name }))
		.sort((one, other) => one.name.localeCompare(other.name));
}
