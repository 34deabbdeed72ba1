"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.SignoffApi = void 0;
// A running Signoff that hands these nodes out writes here where it is, and which of its pages explains them.
const home_json_1 = __importDefault(require("../nodes/shared/home.json"));
// eslint-disable-next-line n8n-nodes-base/cred-class-field-documentation-url-missing -- it sees literals only
class SignoffApi {
    constructor() {
        this.name = 'signoffApi';
        this.displayName = 'Signoff API';
        this.icon = { light: 'file:../icons/signoff.svg', dark: 'file:../icons/signoff.dark.svg' };
        this.documentationUrl = home_json_1.default.docs;
        this.properties = [
            {
                displayName: 'Address',
                name: 'url',
                type: 'string',
                default: home_json_1.default.address,
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
        this.authenticate = {
            type: 'generic',
            properties: { headers: { Authorization: '=Bearer {{$credentials.token}}' } },
        };
        this.test = {
            request: { baseURL: '={{$credentials.url.replace(/\\/+$/, "")}}', url: '/api/v1/integrations' },
        };
    }
}
exports.SignoffApi = SignoffApi;
