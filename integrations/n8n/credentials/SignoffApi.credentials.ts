import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

// A running Signoff that hands these nodes out writes here where it is, and which of its pages explains them.
import home from '../nodes/shared/home.json';

// eslint-disable-next-line n8n-nodes-base/cred-class-field-documentation-url-missing -- it sees literals only
export class SignoffApi implements ICredentialType {
	name = 'signoffApi';

	displayName = 'Signoff API';

	icon: Icon = { light: 'file:../icons/signoff.svg', dark: 'file:../icons/signoff.dark.svg' };

	documentationUrl = home.docs;

	properties: INodeProperties[] = [
		{
			displayName: 'Address',
			name: 'url',
			type: 'string',
			default: home.address,
			placeholder: 'https://signoff.your-company.com',
			description: 'Where n8n reaches Signoff: mostly where you open it in the browser',
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
