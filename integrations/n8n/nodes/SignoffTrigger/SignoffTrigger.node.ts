import type {
	IDataObject,
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

type Method = 'GET' | 'POST' | 'DELETE';

async function ask(hooks: IHookFunctions, method: Method, path: string, body?: IDataObject) {
	const { url } = await hooks.getCredentials('signoffApi');
	return await hooks.helpers.httpRequestWithAuthentication.call(hooks, 'signoffApi', {
		method,
		url: `${url as string}/api/v1${path}`,
		body,
		json: true,
	});
}

export class SignoffTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Signoff Trigger',
		name: 'signoffTrigger',
		icon: 'file:../signoff.svg',
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["event"]}}',
		description: 'Starts the workflow when a draft waits, is decided, needs somebody, or has arrived',
		defaults: { name: 'Signoff Trigger' },
		inputs: [],
		outputs: ['main'],
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
				displayName: 'Integration',
				name: 'integration',
				type: 'string',
				default: '',
				description: 'The name of one integration; empty for all of them',
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
				this.getWorkflowStaticData('node').hook = made.id;
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const kept = this.getWorkflowStaticData('node');
				if (kept.hook === undefined) return true;
				try {
					await ask(this, 'DELETE', `/hooks/${kept.hook as number}`);
				} catch {
					return false;
				}
				delete kept.hook;
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const told = this.getBodyData();
		return { workflowData: [this.helpers.returnJsonArray(told.data as IDataObject)] };
	}
}
