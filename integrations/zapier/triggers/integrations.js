'use strict';

const { api } = require('../lib/signoff');

/** Fills the choices of the other steps. */
const perform = async (z, bundle) => {
  const reply = await z.request({ url: api(bundle, '/integrations') });
  return reply.data.map(({ name, is_on }) => ({ id: name, name, is_on }));
};

module.exports = {
  key: 'integration_list',
  noun: 'Integration',
  display: {
    label: 'List of Integrations',
    description: 'Triggers when there is a new integration; only used to fill choices.',
    hidden: true,
  },
  operation: { perform, sample: { id: 'sign-off-replies', name: 'sign-off-replies', is_on: true } },
};
