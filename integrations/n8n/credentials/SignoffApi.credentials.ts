import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

export class SignoffApi implements ICredentialType {
	name = 'signoffApi';

	displayName = 'Signoff API';

	icon: Icon = { light: 'file:../icons/signoff.svg', dark: 'file:../icons/signoff.dark.svg' };

	documentationUrl = 'https://signoff.example.com/docs/n8n';

	properties: INodeProperties[] = [
		{
			displayName: 'Address',
			name: 'url',
			type: 'string',
			default: '',
			placeholder: 'https://signoff.your-company.com',
			description: 'Where you open Signoff in the browser',
			required: true,
		},
		{
			displayName: 'Key',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'In Signoff: your name at the bottom left, Keys for programs. It needs Read and Hand in records.',
			required: true,
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.token}}' } },
	};

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.url.replace(/\\/+$/, "")}}', url: '/api/v1/integrations' },
	};
}
