'use strict';

const { accepted, api, outcome, outputFields, sample } = require('../lib/signoff');

const EVENT = 'draft.decided';

const performSubscribe = async (z, bundle) => {
  const { integration } = bundle.inputData;
  const reply = await z.request({
    method: 'POST',
    url: api(bundle, '/hooks'),
    body: { event: EVENT, target_url: bundle.targetUrl, ...(integration ? { integration } : {}) },
  });
  return { id: reply.data.id };
};

const performUnsubscribe = async (z, bundle) => {
  const reply = await z.request({
    method: 'DELETE',
    url: api(bundle, `/hooks/${bundle.subscribeData.id}`),
    skipThrowForStatus: true,
  });
  if (reply.status !== 404) accepted(reply, z); // one that is gone already is what was wanted
  return {};
};

const perform = async (z, bundle) => [outcome(bundle.cleanedRequest.data)];

const performList = async (z, bundle) => {
  const { integration } = bundle.inputData;
  const reply = await z.request({
    url: api(bundle, '/hooks/sample'),
    params: { event: EVENT, ...(integration ? { integration } : {}) },
  });
  return reply.data.map(outcome);
};

module.exports = {
  key: 'decision_made',
  noun: 'Decision',
  display: {
    label: 'Decision Made',
    description: 'Triggers when a draft is approved or rejected, and nobody can take that back any more.',
  },
  operation: {
    type: 'hook',
    performSubscribe,
    performUnsubscribe,
    perform,
    performList,
    inputFields: [
      {
        key: 'integration',
        label: 'Integration',
        type: 'string',
        required: false,
        dynamic: 'integration_list.name.name',
        helpText: 'Left empty, all of them.',
      },
    ],
    sample,
    outputFields,
  },
};
