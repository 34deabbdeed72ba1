"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.Signoff = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const home_json_1 = __importDefault(require("../shared/home.json"));
const integrations_1 = require("../shared/integrations");
/** A sleeping execution has one address, so one decision wakes all of it: of several records the others would be lost. */
async function oneAtATime(request) {
    const count = this.evaluateExpression('{{ $input.all().length }}', 0);
    if (count > 1) {
        throw new n8n_workflow_1.NodeOperationError(this.getNode(), `${count} records came in at once, and one sleeping workflow can be woken once`, {
            description: 'Set "When It Is Decided" to "Start Another Workflow", and begin that one with a Signoff Trigger. Each decision then starts it with its own record. Nothing was handed in.',
        });
    }
    return request;
}
/**
 * Say whether, of several executions that ask the same, only the first is to be woken: by an option, or by a key.
 *
 * One that a person starts, by hand or once more, is woken in any case: mostly the first one has failed then.
 */
function isForTheFirst() {
    if (this.getNodeParameter('decided') !== 'wake' || ['manual', 'retry'].includes(this.getMode()))
        return false;
    const { key, again } = this.getNodeParameter('options', {});
    return (again ?? (key ? 'end' : 'go')) === 'end';
}
async function askForTheFirst(request) {
    const { callback } = request.body;
    if (isForTheFirst.call(this))
        callback.only_first = true;
    return request;
}
/** An execution that is not the first to ask, and was not to be told then, has no items to go on with: it ends here. */
async function endWhereAskedBefore(items) {
    const isRepeated = items.some(({ json }) => json.asked_before);
    return isRepeated && isForTheFirst.call(this) ? [] : items;
}
/** The secret that signs the callback is for whoever checks it; a Wait node does not, and executions are kept. */
async function withoutSecret(items) {
    for (const { json } of items)
        delete json.callback_secret;
    return items;
}
class Signoff {
    constructor() {
        this.methods = { loadOptions: { getIntegrations: integrations_1.getIntegrations } };
        this.description = {
            displayName: 'Signoff',
            name: 'signoff',
            icon: { light: 'file:../../icons/signoff.svg', dark: 'file:../../icons/signoff.dark.svg' },
            group: ['transform'],
            version: 1,
            subtitle: '={{$parameter["operation"]}}',
            description: 'Have something signed off by a person before the workflow acts on it',
            documentationUrl: home_json_1.default.docs,
            defaults: { name: 'Signoff' },
            usableAsTool: true,
            inputs: [n8n_workflow_1.NodeConnectionTypes.Main],
            outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
            credentials: [{ name: 'signoffApi', required: true }],
            requestDefaults: {
                baseURL: '={{$credentials.url.replace(/\\/+$/, "")}}/api/v1',
                headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
            },
            properties: [
                {
                    displayName: 'Operation',
                    name: 'operation',
                    type: 'options',
                    noDataExpression: true,
                    default: 'ask',
                    options: [
                        {
                            name: 'Ask for Sign-Off',
                            value: 'ask',
                            action: 'Ask for sign off',
                            description: 'Hand in a record, with a draft of your own or for one',
                            routing: {
                                request: { method: 'POST', url: '/proposals' },
                                output: { postReceive: [withoutSecret, endWhereAskedBefore] },
                            },
                        },
                        {
                            name: 'Get Decision',
                            value: 'get',
                            action: 'Get a decision',
                            description: 'Look how a proposal stands',
                            routing: { request: { method: 'GET', url: '=/proposals/{{$parameter["proposal"]}}' } },
                        },
                    ],
                },
                {
                    ...integrations_1.integrationField,
                    required: true,
                    displayOptions: { show: { operation: ['ask'] } },
                    routing: { send: { type: 'body', property: 'integration' } },
                },
                {
                    displayName: 'Record',
                    name: 'record',
                    type: 'json',
                    // A Webhook node's item holds the caller's headers and cookies too: nothing for an AI, or for a reviewer.
                    default: '={{ $json.webhookUrl && $json.executionMode ? $json.body : $json }}',
                    required: true,
                    description: 'What the answer is about. As it stands, the item that comes in; of a webhook, its body. Behind an AI node, drag it here from the step that has the record.',
                    displayOptions: { show: { operation: ['ask'] } },
                    routing: {
                        send: {
                            type: 'body',
                            property: 'record',
                            value: '={{ typeof $value === "string" ? JSON.parse($value) : $value }}',
                        },
                    },
                },
                {
                    displayName: 'When It Is Decided',
                    name: 'decided',
                    type: 'options',
                    default: 'wake',
                    displayOptions: { show: { operation: ['ask'] } },
                    options: [
                        {
                            name: 'Wake This Workflow',
                            value: 'wake',
                            description: 'A Wait node follows, set to On Webhook Call and POST. For one record in each execution.',
                            routing: {
                                send: {
                                    type: 'body',
                                    property: 'callback',
                                    value: '={{ { url: $execution.resumeUrl } }}',
                                    preSend: [oneAtATime, askForTheFirst],
                                },
                            },
                        },
                        {
                            name: 'Start Another Workflow',
                            value: 'another',
                            description: 'That one begins with a Signoff Trigger. For any number of records.',
                        },
                    ],
                },
                {
                    displayName: 'Proposal ID',
                    name: 'proposal',
                    type: 'string',
                    default: '={{ $json.id }}',
                    required: true,
                    displayOptions: { show: { operation: ['get'] } },
                },
                {
                    displayName: 'Options',
                    name: 'options',
                    type: 'collection',
                    placeholder: 'Add option',
                    default: {},
                    displayOptions: { show: { operation: ['ask'] } },
                    options: [
                        {
                            displayName: 'Draft',
                            name: 'draft',
                            type: 'json',
                            // What n8n's own AI nodes give: OpenAI from version 2 on, AI Agent, OpenAI before that, Basic LLM Chain.
                            default: '={{ { body: $json.output?.[0]?.content?.[0]?.text ?? $json.output ?? $json.message?.content ?? $json.text } }}',
                            description: 'An answer of your own, field by field; Signoff asks no AI then. As it stands, what an AI node right before has written.',
                            routing: {
                                send: {
                                    type: 'body',
                                    property: 'draft',
                                    value: '={{ typeof $value === "string" ? JSON.parse($value) : $value }}',
                                },
                            },
                        },
                        {
                            displayName: 'Key',
                            name: 'key',
                            type: 'string',
                            default: '={{ $json.id }}',
                            description: 'Names what you ask about: the same key is the same proposal, however often it is asked. Left out, the same record is.',
                            routing: { request: { headers: { 'Idempotency-Key': '={{ $value }}' } } },
                        },
                        {
                            displayName: 'If Asked Before',
                            name: 'again',
                            type: 'options',
                            default: 'end',
                            description: 'What becomes of this execution where another one asked the same before. Left out, it ends if a key is given. One that you start by hand, or once more, is woken in any case.',
                            options: [
                                {
                                    name: 'End Here',
                                    value: 'end',
                                    description: 'The one that asked first goes on with the decision, alone',
                                },
                                {
                                    name: 'Be Woken Too',
                                    value: 'go',
                                    description: 'Each goes on with the decision, and does what it does',
                                },
                            ],
                        },
                    ],
                },
                {
                    displayName: 'Seconds to Wait',
                    name: 'wait',
                    type: 'number',
                    typeOptions: { minValue: 0, maxValue: 25 },
                    default: 0,
                    description: 'How long to wait for the decision at once; people usually take longer',
                    routing: { send: { type: 'query', property: 'wait' } },
                },
            ],
        };
    }
}
exports.Signoff = Signoff;
