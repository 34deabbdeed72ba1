'use strict';

const { api } = require('./lib/signoff');

/** One look at the integrations shows that the address is a Signoff, and that the key may read. */
const test = async (z, bundle) => {
  const reply = await z.request({ url: api(bundle, '/integrations') });
  if (!Array.isArray(reply.data)) {
    throw new z.errors.Error(
      'There is no Signoff at this address. Use the one at which you open Signoff in the browser.',
      'NotSignoff',
      reply.status,
    );
  }
  return { host: new URL(bundle.authData.url).host, integrations: reply.data.length };
};

module.exports = {
  type: 'custom',
  test,
  connectionLabel: '{{host}}',
  fields: [
    {
      key: 'url',
      label: 'Address',
      type: 'string',
      required: true,
      placeholder: 'https://signoff.your-company.com',
      helpText: 'Where you open Signoff in the browser. Zapier must be able to reach it from the internet.',
    },
    {
      key: 'token',
      label: 'Key',
      type: 'password',
      required: true,
      helpText: 'In Signoff: your name at the bottom left, *Keys for programs*, *Make a key*, with *Read* and *Hand in records*.',
    },
  ],
};
