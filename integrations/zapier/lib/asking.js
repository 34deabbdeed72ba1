'use strict';

const { api } = require('./signoff');

const inputFields = [
  {
    key: 'integration',
    label: 'Integration',
    type: 'string',
    required: true,
    dynamic: 'integration_list.name.name',
    helpText: 'The integration in Signoff whose answer a person signs off.',
  },
  {
    key: 'record',
    label: 'Record',
    dict: true,
    required: true,
    helpText: 'What the answer is about, such as `email` and `message`. Everything that a person needs to judge it.',
  },
  {
    key: 'draft',
    label: 'Draft',
    dict: true,
    required: false,
    helpText: 'An answer of your own, by the names of its fields, such as `body`. Left empty, the AI of Signoff writes one, if the integration asks one.',
  },
  {
    key: 'reference',
    label: 'Reference',
    type: 'string',
    required: false,
    helpText:
      'The number of the mail, order or lead. The same reference is asked about once, however often the Zap runs. ' +
      'Left empty, the same record is.',
  },
];

const filled = (pairs) => pairs && Object.keys(pairs).length > 0;

/** Hand in what the step was filled with. `wait`: seconds to wait for the decision; `callback`: who is told of it. */
const propose = async (z, bundle, { wait = 0, callback } = {}) => {
  const { integration, record, draft, reference } = bundle.inputData;
  const reply = await z.request({
    method: 'POST',
    url: api(bundle, '/proposals'),
    params: { wait },
    headers: reference ? { 'Idempotency-Key': String(reference) } : {},
    body: {
      integration,
      record: record || {},
      ...(filled(draft) ? { draft } : {}),
      ...(callback ? { callback: { url: callback } } : {}),
    },
  });
  return reply.data;
};

module.exports = { inputFields, propose };
