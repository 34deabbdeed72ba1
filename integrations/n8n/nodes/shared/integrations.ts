import type { INodeProperties } from 'n8n-workflow';

/** The integrations of Signoff, to choose from. */
export const integrationField: INodeProperties = {
	displayName: 'Integration Name or ID',
	name: 'integration',
	type: 'options',
	default: '',
	description:
		'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	typeOptions: {
		loadOptions: {
			routing: {
				request: { method: 'GET', url: '/integrations' },
				output: {
					postReceive: [
						{
							type: 'setKeyValue',
							properties: { name: '={{$responseItem.name}}', value: '={{$responseItem.name}}' },
						},
						{ type: 'sort', properties: { key: 'name' } },
					],
				},
			},
		},
	},
};
