'use strict';

const { inputFields, propose } = require('../lib/asking');
const { outcome, outputFields, sample } = require('../lib/signoff');

/** The secret of the callback stays with Signoff: Zapier's address is made for this one step, and nobody knows it. */
const perform = async (z, bundle) => {
  const { callback_secret: _, ...said } = await propose(z, bundle, { callback: z.generateCallbackUrl() });
  // Such a record is kept nowhere, so that nobody would ever call back.
  if (said.status === 'not wanted') throw new z.errors.HaltedError(said.problem);
  return outcome(said);
};

const performResume = async (z, bundle) => outcome(bundle.cleanedRequest.data);

module.exports = {
  key: 'ask_and_wait',
  noun: 'Sign-Off',
  display: {
    label: 'Ask for Sign-Off and Wait',
    description: 'Hands in a record; the Zap sleeps until a person has decided, for days if need be.',
  },
  operation: { perform, performResume, inputFields, sample, outputFields },
};
