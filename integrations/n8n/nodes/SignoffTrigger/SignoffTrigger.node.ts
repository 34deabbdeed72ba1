import { createHmac, timingSafeEqual } from 'node:crypto';

import {
	NodeConnectionTypes,
	type IDataObject,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import home from '../shared/home.json';
import { getIntegrations, integrationField } from '../shared/integrations';

type Method = 'GET' | 'POST' | 'DELETE';

async function ask(hooks: IHookFunctions, method: Method, path: string, body?: IDataObject) {
	const { url } = await hooks.getCredentials('signoffApi');
	return await hooks.helpers.httpRequestWithAuthentication.call(hooks, 'signoffApi', {
		method,
		url: `${(url as string).replace(/\/+$/, '')}/api/v1${path}`,
		body,
		json: true,
	});
}

/** Say whether a delivery was signed with a secret (standardwebhooks.com): by id, time and the body as it came. */
function isSigned(secret: string, headers: IDataObject, body: Buffer): boolean {
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.`;
	const expected = createHmac('sha256', key).update(signed).update(body).digest();
	return String(headers['webhook-signature'])
		.split(' ')
		.filter((one) => one.startsWith('v1,'))
		.map((one) => Buffer.from(one.slice(3), 'base64'))
		.some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}

export class SignoffTrigger implements INodeType {
	methods = { loadOptions: { getIntegrations } };

	description: INodeTypeDescription = {
		displayName: 'Signoff Trigger',
		name: 'signoffTrigger',
		icon: { light: 'file:../../icons/signoff.svg', dark: 'file:../../icons/signoff.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["event"]}}',
		// n8n lists both nodes as one, under this description.
		description: 'Have something signed off by a person before the workflow acts on it, or start when it is decided',
		documentationUrl: home.docs,
		defaults: { name: 'Signoff Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
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
				...integrationField,
				hint: 'Empty: all of them',
			},
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const kept = this.getWorkflowStaticData('node');
				if (kept.hook === undefined) return false;
				const there = (await ask(this, 'GET', '/hooks')) as IDataObject[];
				return there.some((hook) => hook.id === kept.hook && hook.state === 'on');
			},
			async create(this: IHookFunctions): Promise<boolean> {
				const integration = this.getNodeParameter('integration', '') as string;
				const made = (await ask(this, 'POST', '/hooks', {
					event: this.getNodeParameter('event') as string,
					target_url: this.getNodeWebhookUrl('default') as string,
					...(integration ? { integration } : {}),
				})) as IDataObject;
				Object.assign(this.getWorkflowStaticData('node'), { hook: made.id, secret: made.secret });
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const kept = this.getWorkflowStaticData('node');
				if (kept.hook === undefined) return true;
				try {
					await ask(this, 'DELETE', `/hooks/${kept.hook as number}`);
				} catch (error) {
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

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { secret } = this.getWorkflowStaticData('node');
		const headers = this.getHeaderData() as IDataObject;
		// While the workflow is being switched on the secret is not kept yet: Signoff comes again after five seconds.
		if (!secret || !isSigned(secret as string, headers, this.getRequestObject().rawBody)) {
			this.getResponseObject().status(401).json({ message: 'The signature does not fit.' });
			return { noWebhookResponse: true };
		}
		const told = this.getBodyData();
		const item = { ...(told.data as IDataObject), webhook_id: headers['webhook-id'] };
		return { workflowData: [this.helpers.returnJsonArray(item)] };
	}
}
