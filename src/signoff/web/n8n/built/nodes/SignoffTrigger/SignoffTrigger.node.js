"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.SignoffTrigger = void 0;
const node_crypto_1 = require("node:crypto");
const n8n_workflow_1 = require("n8n-workflow");
const home_json_1 = __importDefault(require("../shared/home.json"));
const integrations_1 = require("../shared/integrations");
async function ask(hooks, method, path, body) {
    const { url } = await hooks.getCredentials('signoffApi');
    return await hooks.helpers.httpRequestWithAuthentication.call(hooks, 'signoffApi', {
        method,
        url: `${url.replace(/\/+$/, '')}/api/v1${path}`,
        body,
        json: true,
    });
}
/** Say whether a delivery was signed with a secret (standardwebhooks.com): by id, time and the body as it came. */
function isSigned(secret, headers, body) {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.`;
    const expected = (0, node_crypto_1.createHmac)('sha256', key).update(signed).update(body).digest();
    return String(headers['webhook-signature'])
        .split(' ')
        .filter((one) => one.startsWith('v1,'))
        .map((one) => Buffer.from(one.slice(3), 'base64'))
        .some((given) => given.length === expected.length && (0, node_crypto_1.timingSafeEqual)(given, expected));
}
class SignoffTrigger {
    constructor() {
        this.methods = { loadOptions: { getIntegrations: integrations_1.getIntegrations } };
        this.description = {
            displayName: 'Signoff Trigger',
            name: 'signoffTrigger',
            icon: { light: 'file:../../icons/signoff.svg', dark: 'file:../../icons/signoff.dark.svg' },
            group: ['trigger'],
            version: 1,
            subtitle: '={{$parameter["event"]}}',
            // n8n lists both nodes as one, under this description.
            description: 'Have something signed off by a person before the workflow acts on it, or start when it is decided',
            documentationUrl: home_json_1.default.docs,
            defaults: { name: 'Signoff Trigger' },
            inputs: [],
            outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
            credentials: [{ name: 'signoffApi', required: true }],
            webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
            properties: [
                {
                    displayName: 'Event',
                    name: 'event',
                    type: 'options',
                    default: 'draft.decided',
                    options: [
                        { name: 'All Has Arrived', value: 'run.delivered' },
                        { name: 'Draft Is Decided', value: 'draft.decided' },
                        { name: 'Draft Waits for a Person', value: 'draft.waiting' },
                        { name: 'Something Needs Somebody', value: 'run.needs_you' },
                    ],
                },
                {
                    ...integrations_1.integrationField,
                    hint: 'Empty: all of them',
                },
            ],
        };
        this.webhookMethods = {
            default: {
                async checkExists() {
                    const kept = this.getWorkflowStaticData('node');
                    if (kept.hook === undefined)
                        return false;
                    const there = (await ask(this, 'GET', '/hooks'));
                    return there.some((hook) => hook.id === kept.hook && hook.state === 'on');
                },
                async create() {
                    const integration = this.getNodeParameter('integration', '');
                    const made = (await ask(this, 'POST', '/hooks', {
                        event: this.getNodeParameter('event'),
                        target_url: this.getNodeWebhookUrl('default'),
                        ...(integration ? { integration } : {}),
                    }));
                    Object.assign(this.getWorkflowStaticData('node'), { hook: made.id, secret: made.secret });
                    return true;
                },
                async delete() {
                    const kept = this.getWorkflowStaticData('node');
                    if (kept.hook === undefined)
                        return true;
                    try {
                        await ask(this, 'DELETE', `/hooks/${kept.hook}`);
                    }
                    catch (error) {
                        // It ends with its key at the latest; until then Signoff tells an address that answers 404.
                        this.logger.error('Signoff did not take the hook away', { hook: kept.hook, error });
                        return false;
                    }
                    delete kept.hook;
                    delete kept.secret;
                    return true;
                },
            },
        };
    }
    async webhook() {
        const { secret } = this.getWorkflowStaticData('node');
        const headers = this.getHeaderData();
        // While the workflow is being switched on the secret is not kept yet: Signoff comes again after five seconds.
        if (!secret || !isSigned(secret, headers, this.getRequestObject().rawBody)) {
            this.getResponseObject().status(401).json({ message: 'The signature does not fit.' });
            return { noWebhookResponse: true };
        }
        const told = this.getBodyData();
        const item = { ...told.data, webhook_id: headers['webhook-id'] };
        return { workflowData: [this.helpers.returnJsonArray(item)] };
    }
}
exports.SignoffTrigger = SignoffTrigger;
