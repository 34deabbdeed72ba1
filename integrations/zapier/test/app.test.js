'use strict';

/**
 * The app against a Signoff that runs. SIGNOFF_URL, SIGNOFF_TOKEN (read, propose, review) and SIGNOFF_INTEGRATION say
 * which one; its answer has one field, body, and goes back to whoever asked.
 */

const assert = require('node:assert/strict');
const http = require('node:http');
const { after, before, test } = require('node:test');

const zapier = require('zapier-platform-core');

const App = require('../index');

const { SIGNOFF_URL: url, SIGNOFF_TOKEN: token, SIGNOFF_INTEGRATION: integration } = process.env;
const run = zapier.createAppTester(App);
const authData = { url: `${url}/`, token };
const patience = { timeout: 90_000, skip: url ? false : 'SIGNOFF_URL names no running Signoff' };

const { ask_for_sign_off: askQuickly, ask_and_wait: askAndWait } = App.creates;
const { decision_made: decided, integration_list: integrations } = App.triggers;
const { find_proposal: find } = App.searches;

/** A receiver like Zapier's: it keeps what it is told. */
const told = [];
const receiver = http.createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    if (body) told.push({ path: request.url, ...JSON.parse(body) });
    response.end('{}');
  });
});
let address;
before(async () => {
  await new Promise((ready) => receiver.listen(0, '127.0.0.1', ready));
  address = `http://127.0.0.1:${receiver.address().port}`;
});
after(() => {
  receiver.closeAllConnections();
  receiver.close();
});

const until = async (what, look) => {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await look();
    if (found) return found;
    await new Promise((later) => setTimeout(later, 200));
  }
  throw new Error(`${what} did not come`);
};

const call = async (method, path, body) => {
  const reply = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  assert.ok(reply.ok, `${method} ${path}: ${reply.status}`);
  return await reply.json();
};

/** Decide as a person does, once the draft of a run waits. */
const decide = async (runId, verdict, reason = '') => {
  const review = await until(`the draft of run ${runId}`, async () =>
    (await call('GET', '/reviews?limit=500')).items.find((one) => one.run === runId),
  );
  await call('POST', `/reviews/${review.id}/decision`, { verdict, reason, content_hash: review.content_hash });
};

const record = (number) => ({ name: `Dana ${number}`, email: `dana${number}@example.com`, message: 'Do you open on Saturdays?' });
const draft = { body: 'Thank you for your question. A colleague will answer it.' };
const as = (operation, inputData, more = {}) => run(operation, { authData, inputData, ...more });

test('the connection is tested, and named by its host', patience, async () => {
  const found = await as(App.authentication.test, {});

  assert.equal(found.host, new URL(url).host);
  assert.ok(found.integrations >= 1);
});

test('a key that is good no more says so in words', patience, async () => {
  const wrong = { authData: { url, token: 'so_wrong' }, inputData: {} };

  await assert.rejects(run(App.authentication.test, wrong), (error) => {
    assert.match(error.message, /Send a token of this Signoff/);
    assert.match(error.name, /ExpiredAuth/);
    return true;
  });
});

test('an address that is no Signoff is none', patience, async () => {
  const elsewhere = { authData: { url: address, token }, inputData: {} };

  await assert.rejects(run(App.authentication.test, elsewhere), /no Signoff at this address/);
});

test('the key goes to Signoff only', patience, async () => {
  const looked = [];
  const peek = http.createServer((request, response) => {
    looked.push(request.headers.authorization);
    response.end('{}');
  });
  await new Promise((ready) => peek.listen(0, '127.0.0.1', ready));
  await as((z) => z.request({ url: `http://127.0.0.1:${peek.address().port}/` }), {});
  peek.close();

  assert.deepEqual(looked, [undefined]);
});

test('choices are filled with the integrations', patience, async () => {
  const found = await as(integrations.operation.perform, {});

  assert.ok(found.some((one) => one.id === integration && one.is_on));
});

test('what is not decided in time comes back as it stands, and is asked about once', patience, async () => {
  const inputData = { integration, record: record(1), draft, reference: 'order-1', wait: 1 };
  const first = await as(askQuickly.operation.perform, inputData);
  const second = await as(askQuickly.operation.perform, inputData);

  assert.equal(first.decided, false);
  assert.equal(first.approved, false);
  assert.equal(first.answer, null);
  assert.equal(second.proposal_id, first.proposal_id);
  assert.ok(!('callback_secret' in first));
});

test('who waits gets the approved answer', patience, async () => {
  const wait = { integration, record: record(2), draft, wait: 0 };
  const { id } = await as(askQuickly.operation.perform, wait);
  await decide(id, 'approved');

  const found = await as(askQuickly.operation.perform, { ...wait, wait: 25 });

  assert.equal(found.id, id);
  assert.equal(found.decided, true);
  assert.equal(found.approved, true);
  assert.deepEqual(found.answer, draft);
});

test('a draft that does not fit is refused with what is wrong', patience, async () => {
  const asked = as(askQuickly.operation.perform, { integration, record: record(3), draft: { subject: 'x' }, wait: 0 });

  await assert.rejects(asked, /does not fit[\s\S]*draft\.body/);
});

test('an integration that is not there is said', patience, async () => {
  const asked = as(askQuickly.operation.perform, { integration: 'nobody', record: record(3), wait: 0 });

  await assert.rejects(asked, /There is no integration nobody/);
});

test('a Zap that sleeps is woken with the approved answer', patience, async () => {
  const inputData = { integration, record: record(4), draft };
  const path = '/sleeps/unguessable';
  const outputData = await as(
    (z, bundle) => askAndWait.operation.perform({ ...z, generateCallbackUrl: () => address + path }, bundle),
    inputData,
  );
  assert.equal(outputData.decided, false);
  await decide(outputData.id, 'approved');
  const { path: _, ...cleanedRequest } = await until('the callback', () => told.find((one) => one.path === path));

  const woken = await as(askAndWait.operation.performResume, inputData, { outputData, cleanedRequest });

  assert.equal(woken.id, outputData.id);
  assert.equal(woken.approved, true);
  assert.deepEqual(woken.answer, draft);
});

test('the trigger hears of decisions from its subscription to its end', patience, async () => {
  const inputData = { integration };
  const targetUrl = `${address}/zap/1`;
  const subscribeData = await as(decided.operation.performSubscribe, inputData, { targetUrl });
  const { id } = await as(askQuickly.operation.perform, { integration, record: record(5), draft, wait: 0 });
  await decide(id, 'rejected', 'tone');
  const { path: _, ...cleanedRequest } = await until('the hook', () =>
    told.find((one) => one.path === '/zap/1' && one.data.run === id),
  );

  const [heard] = await as(decided.operation.perform, inputData, { cleanedRequest });
  const samples = await as(decided.operation.performList, inputData);
  await as(decided.operation.performUnsubscribe, inputData, { subscribeData });
  await as(decided.operation.performUnsubscribe, inputData, { subscribeData });

  assert.deepEqual([heard.id, heard.approved, heard.rejected_for], [id, false, 'tone']);
  assert.ok(samples.length >= 1);
  assert.ok(samples.every((one) => one.id && one.integration === integration && one.decided));
  assert.deepEqual((await call('GET', '/hooks')).filter((one) => one.id === subscribeData.id), []);
});

test('a proposal is found by its number, and by how it stands', patience, async () => {
  const made = await as(askQuickly.operation.perform, { integration, record: record(6), draft, wait: 0 });
  await until('the draft', async () => (await call('GET', `/proposals/${made.proposal_id}`)).status === 'waiting for review');

  const [found] = await as(find.operation.perform, { proposal_id: made.proposal_id });
  const waiting = await as(find.operation.perform, { integration, status: 'waiting for review' });
  const none = await as(find.operation.perform, { proposal_id: 999999 });

  assert.equal(found.id, made.id);
  assert.ok(waiting.some((one) => one.id === made.id));
  assert.deepEqual(none, []);
});

test('samples have what the steps give, and nothing else', () => {
  for (const { operation } of [askQuickly, askAndWait, decided, find]) {
    const flat = Object.entries(operation.sample).flatMap(([key, value]) =>
      ['answer', 'record'].includes(key) ? Object.keys(value).map((name) => `${key}__${name}`) : [key],
    );
    assert.deepEqual(new Set(operation.outputFields.map(({ key }) => key)), new Set(flat));
  }
});
