'use strict';

const { inputFields, propose } = require('../lib/asking');
const { outcome, outputFields, sample } = require('../lib/signoff');

const LONGEST_WAIT = 25; // seconds; Zapier ends a step at 30

const wait = {
  key: 'wait',
  label: 'Seconds to Wait',
  type: 'integer',
  default: String(LONGEST_WAIT),
  required: false,
  helpText: `At most ${LONGEST_WAIT}. Not decided by then, the Zap goes on with *Is Decided* false.`,
};

const perform = async (z, bundle) => {
  const asked = Number(bundle.inputData.wait ?? LONGEST_WAIT);
  const seconds = Math.min(Math.max(Number.isFinite(asked) ? Math.trunc(asked) : LONGEST_WAIT, 0), LONGEST_WAIT);
  const { callback_secret: _, ...said } = await propose(z, bundle, { wait: seconds });
  return outcome(said);
};

module.exports = {
  key: 'ask_for_sign_off',
  noun: 'Sign-Off',
  display: {
    label: 'Ask for Sign-Off',
    description: 'Hands in a record, waits up to 25 seconds, and goes on with the decision or with what still waits.',
  },
  operation: { perform, inputFields: [...inputFields, wait], sample, outputFields },
};
