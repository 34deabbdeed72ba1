import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

export class SignoffApi implements ICredentialType {
	name = 'signoffApi';

	displayName = 'Signoff API';

	documentationUrl = 'https://signoff.example.com/docs/n8n';

	properties: INodeProperties[] = [
		{
			displayName: 'Address',
			name: 'url',
			type: 'string',
			default: '',
			placeholder: 'https://signoff.your-company.com',
			description: 'Where you open Signoff in the browser, without a slash at the end',
			required: true,
		},
		{
			displayName: 'Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From Settings, Keys for programs. It needs the rights read and propose.',
			required: true,
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.token}}' } },
	};

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.url}}', url: '/api/v1/integrations' },
	};
}
