'use strict';

const { accepted, api, outcome, outputFields, sample } = require('../lib/signoff');

const perform = async (z, bundle) => {
  const { proposal_id: id, integration, status } = bundle.inputData;
  if (id) {
    const reply = await z.request({
      url: api(bundle, `/proposals/${encodeURIComponent(id)}`),
      skipThrowForStatus: true,
    });
    if (reply.status === 404) return [];
    const { callback, messages, ...said } = accepted(reply, z).data;
    return [outcome(said)];
  }
  const reply = await z.request({
    url: api(bundle, '/proposals'),
    params: { limit: 10, ...(integration ? { integration } : {}), ...(status ? { status } : {}) },
  });
  return reply.data.items.map(outcome);
};

module.exports = {
  key: 'find_proposal',
  noun: 'Proposal',
  display: {
    label: 'Find a Proposal',
    description: 'Finds a proposal by its ID, or the latest ones of an integration, and how it stands.',
  },
  operation: {
    perform,
    inputFields: [
      { key: 'proposal_id', label: 'Proposal ID', type: 'integer', required: false, helpText: 'Of the step that asked.' },
      {
        key: 'integration',
        label: 'Integration',
        type: 'string',
        required: false,
        dynamic: 'integration_list.name.name',
      },
      {
        key: 'status',
        label: 'Status',
        type: 'string',
        required: false,
        choices: {
          'waiting for review': 'Waits for a person',
          done: 'Approved, and arrived',
          rejected: 'Rejected',
          'needs you': 'Needs somebody',
        },
      },
    ],
    sample,
    outputFields,
  },
};
