# ruff: noqa: E501 (tables)
"""
What `POST /_control` can do: a JSON object of verbs, done in their order; the answer tells what each one gave.

A verb that does not exist, or a value it cannot use, is answered 400 with `{"problem"}`. Nothing here needs a key:
practice apps hold nothing that is worth one.

**Every app**

| verb | value | does |
|---|---|---|
| `clock_offset_seconds` | seconds | moves the one clock of all apps away from the machine's |
| `clock_at` | `"2027-01-14T00:00:00+00:00"` | moves it so that it is now that moment |
| `faults` | spec, `""` for none | replaces all shares of all apps (`signoff_sandbox.faults`) |
| `fail_next` | fault, or `{"fault", "times", "method", "path"}`, or a list | strikes the next requests that fit |
| `fail_no_more` | `true` | forgets what `fail_next` has planned and what has not struck yet |
| `latency` | seconds | how long this app takes for an answer |
| `forget_counts` | `true` | starts counting requests and faults anew; keeps what was written |
| `start_over` | `true`, or options such as `{"rpm": 60, "seed": 2}` | all apps as freshly started; ports stay |

**hubspot**

| verb | value | does |
|---|---|---|
| `seed_leads` | number, or `{"count", "without_email", "languages"}` | believable new leads; gives their ids |
| `create_contacts` | `[{property: value}]` | new contacts; gives their ids |
| `update_contacts` | `[{"id", "properties"}]` | as a person in HubSpot would |
| `delete_contacts` · `merge_contacts` | `[id]` · `{"winner", "loser"}` | |
| `create_records` · `update_records` | `{"object": "deals", "records": [...]}` | as above, of any kind |
| `delete_records` · `tie` | `{"object", "ids"}` · `{"deals": id, "contacts": id}` | |
| `add_pipeline` | `{"id", "label", "stages": [{"id", "label", "probability"}]}` | |
| `rename_stage` · `remove_stage` | `{"id", "label"}` · stage | |
| `add_option` · `remove_option` | `{"property", "value", "label"}` | a choice comes or goes |
| `add_property` | `{"name", "label", "type", "fieldType", "options"}` | |
| `rename_property` · `archive_property` | `{"from", "to"}` · `{"property"}` or name | |
| `require_properties` | `[name]` | an administrator's rule, enforced on the 2026-09 paths |
| `limit_length` | `{"object", "property", "most"}` | another such rule |
| `revoke_key` · `expire_key` · `restore_key` | key, or `true` for all | 401, two kinds, and back |
| `rotate_key` | `{"new", "old", "grace_seconds"}` | the old one ends after the grace |
| `restrict_key` · `restore_scopes` | `{"scopes", "token"}` · `true` | the key may do only this; everything again |
| `limits` | `{"per_10s", "per_day", "used_today", "searches_per_second"}` | |
| `search_lag_seconds` | seconds | how far the search index is behind |
| `end_version` · `restore_version` | `"v3"`, `"v4"`, `"2026-03"`, `"2026-09"` | paths of an ended API version answer 404 |
| `account` | `{"portal_id", "type"}` | another account answers behind the same key |
| `webhook` | `{"url", "secret", "contact_ids" or "events" or "happened", "times", "forged", "age_seconds"}` | v3-signed; gives the statuses |

Errors by name for `faults` and `fail_next`: `ten_secondly`, `secondly`, `daily`, `locked`, `migrating`.

**gmail**

| verb | value | does |
|---|---|---|
| `revoke_grant` | `true` | all grants so far end: `invalid_grant` |
| `expire_access_tokens` | `true` | 401 until the next refresh |
| `access_token_seconds` | seconds | life of the next access tokens |
| `testing_mode` | bool | refresh tokens end after 7 days |
| `rotate_client_secret` | secret | the old one: `invalid_client` |
| `units_per_minute` · `rate_limit_status` | number · 403 or 429 | quota, and how its end is told |
| `rewrite_message_id` | bool | Gmail puts its own Message-ID |
| `forget_history` | `true` | older history ids answer 404 |
| `receive` | `{"from", "subject", "body", "html", "headers", "thread_id", "labels", "age_seconds"}` or `{"raw"}` | mail arrives, in the inbox unless `labels` say otherwise |
| `person_sends` · `person_labels` | `{"to", "subject", "body"}` · `{"id", "add", "remove"}` | as the person would |
| `delete_message` | id | for good |
| `send_draft` · `delete_draft` | draft id | as the person would |

Errors by name: `user_rate`, `rate`, `concurrent`, `daily`, `domain_policy`, `not_enabled`, `no_mailbox`.

**openai**

| verb | value | does |
|---|---|---|
| `rpm` · `tpm` | number | limits per minute; the buckets start full |
| `enforcement` | `"minute"` or `"second"` | a full minute's allowance at once, or second by second |
| `token_count` | `"documented"` or `"used"` | what a request takes from the tokens (`signoff_sandbox.ai.limits`) |
| `mistakes` | share, or `{"share", "structural", "kinds"}`, null | the mistakes made on purpose (`ai.mistakes`) |
| `billing` | code, or null | all questions answered with that billing 429 |
| `always` | error name, or null | all questions answered with that error |
| `revoke_key` · `restore_key` | key, or `true` | 401 `invalid_api_key`, and back |
| `rotate_key` | key, or `{"new"}` | |
| `add_model` · `retire_model` | `{"id", "shutdown_date", "image_input"}` · id | a retired one answers 404 `model_not_found` |
| `move_alias` | `{alias: snapshot}` | answers carry the name of another snapshot, as when a provider changes a model silently |
| `dialect` | `openai`, `azure`, `openrouter`, `deepseek`, `gemini`, `mistral`, `ollama` | speaks as that provider does (`ai.dialects`) |
| `about_key` | `{"limit_remaining", "expires_at", "is_management_key"}` | what OpenRouter tells of the key |
| `reasoning_tokens` | number | how much gpt-5 and gpt-6 think before each answer |
| `rate_headers` | bool | leaves the rate headers out, as some compatible providers do |
| `batch_seconds` | seconds | how long the next batches take; more than a day, and they expire half done |
| `enqueued_tokens` | number | how many tokens of one model may wait in batches; one too many fails |
| `fail_batch_lines` | number | so many lines of the next batch fail with a 500 |

Errors by name: `rate`, `slow_down`, `region`, `credit_balance_exhausted`, `organization_spend_limit_exceeded`,
`project_spend_limit_exceeded`, `organization_usage_limit_exceeded`, `insufficient_quota`; of Responses, under HTTP 200:
`failed_server_error`, `failed_rate_limit_exceeded`, `failed_invalid_prompt`, `failed_invalid_image_format`; of
OpenRouter: `key_limit`, `in_flight_budget`, `moderated`, `broken_midway`; of Azure: `filtered_question`.

**anthropic** is a second desk of the practice AI, with verbs as **openai** but for `token_count`. `tpm` are the input
tokens; `output_tpm` the output tokens, a fifth of them unless said. `add_model` takes `{"id", "retires_at",
"structured_outputs", "image_input"}`.

Errors by name: `rate`, `overloaded`, `timeout`, `permission`, `too_large`; no waiting helps with `billing_error`,
`enforced_spend_limit_reached`, `contract_spend_limit_reached`, `spend_limit`, `low_credit`.

**whatsapp**

| verb | value | does |
|---|---|---|
| `webhook` | `{"url", "verify_token"}` | where the business hears; the address is asked first (`"unasked": true`: not) |
| `receive` | `{"from", "name", "text"}`, or `{"type": "image", "image": {…}}`, or a list | a customer writes; gives the ids and the answers. Also `username`, `hides_number`, `number`, `id`, `age_seconds`, `context`, `times`, `forged` |
| `system` | `{"from", "to"}` | a customer changes their number |
| `post` | `{"body", "url", "forged"}` | posts any body, signed |
| `redeliver` | `true` | tells at once what nobody has taken yet |
| `customer` | `{"from", "name", "username", "hides_number", "on_whatsapp"}` | gives their business-scoped id |
| `statuses` | `"at once"` or `"held"` | whether sent and delivered follow a message by themselves |
| `release` | `{"order": "reversed", "skip": [status], "times", "together"}` | tells the held ones |
| `status` | `{"id" or "marker", "status", "code", "times"}` | tells one status |
| `fail_status` | code, or a list | the next accepted messages fail afterwards |
| `closed_window` | `"later"` or `"at once"` | whether a free message after 24 hours is accepted first, or refused |
| `revoke_key` · `restore_key` | subcode or `true` · `true` | 190, and back |
| `token` · `add_token` | `{"scopes", "ends_at", "data_access_ends_at", "app_id"}` | of the practice key, or of another `token` |
| `app_secret` | secret | from now on signs with it |
| `number` | `{"number", "name", "quality", "mode", "verified"}` | |
| `add_template` · `template_status` | `{"name", "language", "body", "status"}` | |
| `limits` | `{"per_second", "pair_burst", "pair_seconds"}` | |

Errors by name: `code_131056` and so on, for each code in `signoff_sandbox.whatsapp.errors`.

**slack**

| verb | value | does |
|---|---|---|
| `end_token` · `restore_token` | word, or `true` · `true` | the bot's token is refused with `token_revoked`, `account_inactive`, `token_expired`; and back |
| `scopes` | `[scope]` | the token may do only this |
| `team` | `{"id", "name"}` | another workspace answers behind the same token |
| `channel` | `{"id", "name", "is_member", "is_archived", "is_private", "reads_only"}` | a channel is made, or changes |
| `say` | `{"channel", "text"}` | a person writes |
| `clear` | `true` | all messages are gone |
| `limits` | `{"per_second", "burst"}` | how many messages a channel takes |
| `press` | `{"ts", "url", "secret", "forged", "age_seconds", "action"}` | the message's first button is pressed: a signed interaction goes to `url`; gives the answer |
| `preview` | `{"ts"}` | Slack looks at every link of the message; gives the answers |

Errors by name: `rate`, `internal_error`, `fatal_error`, `service_unavailable`, `message_limit`, `admin_stopped_it`.

**airtable** (the table *Leads*, unless `"table"` says otherwise)

| verb | value | does |
|---|---|---|
| `create_records` · `update_records` | `[{field: value}]` or `{"table", "records", "age_seconds"}` · `[{"id", "fields"}]` | as a person would; gives the ids |
| `delete_records` · `clear` | `[id]` · `true` | |
| `fresh` | `true` | as freshly started, the other apps stay as they are |
| `add_field` · `rename_field` | `{"name", "type", "options"}` · `{"from", "to"}` | |
| `revoke_key` · `restore_key` | `true` | 401, and back to a token that may everything |
| `token` | `{"scopes", "bases"}` | what the token opens |
| `permission` | `none`, `read`, `comment`, `edit`, `create` | what the token's person may in the base |
| `limits` | `{"per_second", "penalty_seconds"}` | of each base, 5 and 30; whoever had to wait may go on |
| `month_left` | number, or null | so many calls are left in the plan's month |
| `forget_iterators` | `true` | the offsets told so far answer 422 |
| `gone_as` | 404 or 403 | how a record that is not there is told |

Errors by name: `rate`, `month`, `not_json`, `too_large`, `no_create`, `gone_or_forbidden`.

**telegram**

| verb | value | does |
|---|---|---|
| `write` | `{"chat_id", "text", "first_name", "username", "more"}` | somebody writes to the bot; gives the update's id |
| `block` | chat id, or 0 | this person blocks the bot; 0: nobody does |
| `new_token` | token, or null | the owner has changed the token; null: the practice token again |
| `set_webhook` | address, or `""` | somebody else takes the bot's messages: reading answers 409 |
| `leap` | number | the next update has this id, as after a week without one |
| `fresh` | `true` | as freshly started, the other apps stay as they are |

Errors by name: `unauthorized`, `blocked`, `chat_not_found`, `other_reader`, `flood`.

**todoist** (the project *Offers*, unless `"project_id"` says otherwise)

| verb | value | does |
|---|---|---|
| `add` | text, or `{"content", "project_id", "description", "priority", "labels", "due_date"}`, or a list | a person adds tasks; gives the ids |
| `complete` · `reopen` · `delete` | id | as a person would |
| `move` · `comment` | `{"id", "project"}` · `{"task", "content"}` | as a person would |
| `project` · `label` | name | there is one more; a project's id comes back |
| `key` | token, `null` or `true` | a new token; none; the practice token again |
| `scopes` | `[scope]`, or `true` | the token may do only this: `task:add`, `data:read`, `data:read_write`; everything again |
| `account` | `{"id", "full_name"}` | another account answers behind the same token |
| `most_tasks` · `requests` | number | in one project, 300 · in 15 minutes, 1,000 |
| `fresh` | `true` | as freshly started, the other apps stay as they are |

Errors by name: `unauthorized`, `invalid_token`, `forbidden`, `scope`, `full`, `not_found`, `rate`, `gateway`.

**notion** (one database with the table *Leads*)

| verb | value | does |
|---|---|---|
| `add_page` | property values, as Notion takes them | a person adds a page; gives its id |
| `move_to_trash` | id | as a person would |
| `resolve_comments` | `true` | a person resolves every comment; they are listed no longer |
| `capabilities` | `[capability]` | what the integration may: `read content`, `insert content`, `insert comments`, … |
| `shared` | `true` or `false` | the database has the integration among its connections, or has it no longer |
| `requests_per_minute` | number | 180 |
| `fresh` | `true` | as freshly started, the other apps stay as they are |

Errors by name: `unauthorized`, `restricted`, `not_found`, `conflict`, `rate_limited`, `gateway_timeout`, `overload`.

**ntfy** (topics are made by being used; anybody may use them unless they are closed)

| verb | value | does |
|---|---|---|
| `message` | `{"topic", "message", "title", "priority", "tags", "click", "delay"}` | a person sends one; gives its id |
| `unreadable` · `unwritable` | `[topic]` | the account may not read these · may not send to them |
| `revoked` | `true` or `false` | the token is deleted, or is there again |
| `kept_seconds` | number | how long messages are kept, 43,200; 0 keeps none |
| `daily_messages` | number | 250 |
| `fresh` | `true` | as freshly started, the other apps stay as they are |

Errors by name: `unauthorized`, `forbidden`, `not_found`, `too_large`, `rate_limited`, `daily_limit`, `auth_failures`.

**mattermost** (a team with the channels *Orders* and *Offers*; the bot is in both)

| verb | value | does |
|---|---|---|
| `post` | `{"message", "channel", "user", "thread", "type", "props", "times"}` | a person writes; gives the post's id |
| `edit` · `delete` | `{"id", "message"}` · id | as a person would |
| `joined` · `archived` | `[channel]` | the channels that the bot is in · that are archived |
| `may_post` | `true` or `false` | whether members may write |
| `revoked` | `true` or `false` | the token is deleted, or is there again |
| `requests_per_second` | number, or `null` | none, as on a fresh server |
| `fresh` | `true` | as freshly started, the other apps stay as they are |

Errors by name: `unauthorized`, `forbidden`, `not_found`, `too_large`, `rate_limited`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from signoff_sandbox.clock import iso

if TYPE_CHECKING:
    from signoff_sandbox.desk import Desk, Verb


def common_verbs(desk: Desk) -> dict[str, Verb]:
    """Return the verbs that every app has."""

    def clock_offset_seconds(value: Any) -> float:
        desk.clock.offset_seconds = float(value)
        return desk.clock.offset_seconds

    def clock_at(value: Any) -> str:
        desk.clock.move_to(datetime.fromisoformat(str(value)))
        return iso(desk.clock.now())

    def faults(value: Any) -> str:
        desk.world.faults.set(str(value or ""))
        return str(value or "")

    def fail_next(value: Any) -> int:
        plans = value if isinstance(value, list) else [value]
        for plan in plans:
            desk.world.faults.plan(desk.name, **({"fault": plan} if isinstance(plan, str) else plan))
        return len(plans)

    def fail_no_more(_: Any) -> bool:
        desk.world.faults.planned.pop(desk.name, None)
        return True

    def latency(value: Any) -> float:
        desk.latency_seconds = float(value)
        return desk.latency_seconds

    def forget_counts(_: Any) -> bool:
        desk.requests = desk.rate_limited = 0
        desk.status_counts.clear()
        desk.faults_met.clear()
        return True

    def start_over(value: Any) -> bool:
        changes = value if isinstance(value, dict) else {}
        if desk.world.start_over is None or {"host", "port_base", "until_stdin_closes"} & set(changes):
            raise ValueError("host and ports stay as they are")
        desk.world.start_over(replace(desk.world.options, **changes))
        return True

    return {
        "start_over": start_over,
        "clock_offset_seconds": clock_offset_seconds,
        "clock_at": clock_at,
        "faults": faults,
        "fail_next": fail_next,
        "fail_no_more": fail_no_more,
        "latency": latency,
        "forget_counts": forget_counts,
    }
