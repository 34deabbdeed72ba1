'use strict';

const authentication = require('./authentication');
const { authorise, readAnswer } = require('./lib/signoff');
const askAndWait = require('./creates/ask_and_wait');
const askForSignOff = require('./creates/ask_for_sign_off');
const decisionMade = require('./triggers/decision_made');
const findProposal = require('./searches/find_proposal');
const integrations = require('./triggers/integrations');

const byKey = (...parts) => Object.fromEntries(parts.map((part) => [part.key, part]));

module.exports = {
  version: require('./package.json').version,
  platformVersion: require('zapier-platform-core').version,
  authentication,
  beforeRequest: [authorise],
  afterResponse: [readAnswer],
  triggers: byKey(decisionMade, integrations),
  creates: byKey(askForSignOff, askAndWait),
  searches: byKey(findProposal),
};
