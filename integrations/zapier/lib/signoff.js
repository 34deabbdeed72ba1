'use strict';

/** Return the address of a call of the API. */
const api = (bundle, path) => `${bundle.authData.url.trim().replace(/\/+$/, '')}/api/v1${path}`;

/** Sign in to Signoff, and to nobody else. */
const authorise = (request, z, bundle) => {
  if (bundle.authData && bundle.authData.token && request.url.startsWith(api(bundle, ''))) {
    request.headers.Authorization = `Bearer ${bundle.authData.token.trim()}`;
    request.headers.Accept = 'application/json';
  }
  return request;
};

/** Let no refusal pass, but for a call that looks at the status itself. */
const readAnswer = (response, z) => (response.request.skipThrowForStatus ? response : accepted(response, z));

/** Return an answer that is none of an error; turn a problem document into an error that says what to do. */
const accepted = (response, z) => {
  if (response.status < 400) return response;
  const said = problemOf(response);
  if (response.status === 401) throw new z.errors.ExpiredAuthError(said);
  if (response.status === 429) {
    throw new z.errors.ThrottledError(said, Number(response.getHeader('retry-after')) || 60);
  }
  throw new z.errors.Error(said, 'Signoff', response.status);
};

const problemOf = (response) => {
  let problem;
  try {
    problem = JSON.parse(response.content);
  } catch {
    problem = null;
  }
  if (!problem || !problem.detail) return `Signoff answered ${response.status}. Nothing is lost: try again.`;
  const faults = (problem.faults || []).map(({ where, what, expected }) =>
    `${where ? `${where}: ` : ''}${what}${expected ? ` (expected: ${expected})` : ''}`,
  );
  return [problem.detail, ...faults].join(' ');
};

/**
 * Return what Signoff says of a proposal, as a Zap uses it.
 *
 * `id` is that of the run, because records that came another way have no proposal; `approved` is what a filter asks.
 */
const outcome = ({ id, run, findings, alarms, ...said }) => ({
  ...said,
  id: run,
  proposal_id: id,
  approved: Boolean(said.decided && said.answer),
});

const sample = {
  id: 12,
  proposal_id: 7,
  integration: 'sign-off-replies',
  label: 'Dana Whitfield',
  record: { email: 'dana@example.com', message: 'Do you open on Saturdays?' },
  status: 'done',
  decided: true,
  approved: true,
  answer: { body: 'Dear Dana Whitfield, yes, we open on Saturdays from nine to one.' },
  edited: false,
  rejected_for: null,
  decided_by: 'Priya Nair',
  decided_at: '2026-03-02T09:12:44Z',
  problem: null,
  next_step: null,
  received_at: '2026-03-02T09:10:03Z',
  page: 'https://signoff.example.com/history/12/',
};

const outputFields = [
  { key: 'decided', label: 'Is Decided', type: 'boolean' },
  { key: 'approved', label: 'Is Approved', type: 'boolean' },
  { key: 'answer__body', label: 'Approved Answer: Body', type: 'string' },
  { key: 'record__email', label: 'Record: Email', type: 'string' },
  { key: 'record__message', label: 'Record: Message', type: 'string' },
  { key: 'status', label: 'Status', type: 'string' },
  { key: 'edited', label: 'Was Edited', type: 'boolean' },
  { key: 'rejected_for', label: 'Rejected For', type: 'string' },
  { key: 'decided_by', label: 'Decided By', type: 'string' },
  { key: 'decided_at', label: 'Decided At', type: 'datetime' },
  { key: 'integration', label: 'Integration', type: 'string' },
  { key: 'label', label: 'Label', type: 'string' },
  { key: 'proposal_id', label: 'Proposal ID', type: 'integer' },
  { key: 'id', label: 'Run ID', type: 'integer' },
  { key: 'problem', label: 'Problem', type: 'string' },
  { key: 'next_step', label: 'Next Step', type: 'string' },
  { key: 'received_at', label: 'Received At', type: 'datetime' },
  { key: 'page', label: 'Page in Signoff', type: 'string' },
];

module.exports = { accepted, api, authorise, readAnswer, outcome, sample, outputFields };
