"""Reads the form of the builder: what was written and pressed becomes the data of an integration's file."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from signoff.core.numbers import row_number
from signoff.integrations import drafts, offers, starting
from signoff.integrations.definition import DRAFTS_HANDED_IN, REPLY
from signoff.integrations.record_part import HANDED_IN
from signoff.integrations.suggesting import FORMS, likely_name, suggested
from signoff.integrations.writing import clean
from signoff.web.asking_form import drop_question, read_context
from signoff.web.fields_form import line, lines, put, read_fields
from signoff.web.review_form import read_expected
from signoff.web.review_form import read_review as _review
from signoff.web.values_form import read_params

Data = dict[str, Any]
NUMBER = re.compile(r"\d{1,6}")
FILTERS_AT_MOST = 30


def read(post: QueryDict, before: Mapping[str, Any], *, is_new: bool) -> Data:
    """Return the data with what the form says put into it; what the form does not show stays as it was."""
    data = copy.deepcopy(dict(before))
    if is_new and "name" in post:
        data["name"] = drafts.name_from(line(post, "name"))
    data["record"] = _record(post, dict(data.get("record") or {}))
    put(data, "context", read_context(post, data.get("context") or {}))
    _read_drafts(post, data)
    data["prompt"] = _prompt(post, dict(data.get("prompt") or {}))
    if not data["prompt"] and drafts.is_handed_in(data):
        del data["prompt"]
    if "answer_count" in post:
        data["answer"] = read_fields(post, "a", "answer_count", data.get("answer") or {})
    data.setdefault("answer", {})
    data["then"] = _then(post, steps_of(data))
    put(data, "checks", _checks(post, dict(data.get("checks") or {}), drafts.is_handed_in(data)))
    data["review"] = _review(post, data.get("review"))
    data["limits"] = _limits(post, dict(data.get("limits") or {}))
    if drafts.is_handed_in(data):
        data["limits"].pop("may_take", None)  # no AI takes its time
    if not data["limits"]:
        del data["limits"]
    if is_new and not data.get("name"):
        data["name"] = drafts.free_name(drafts.name_from(likely_name(data)))
    return data


def press(button: str, data: Data) -> str:
    """Do to the data what a button of the form says; returns the part of the page that it is about, "" for none."""
    what, _, which = button.partition(":")
    if what == "drop-field":
        data["record"]["fields"] = [name for name in data["record"].get("fields", []) if name != which]
        return "prompt"
    if what == "drop-question":
        drop_question(which, data)
        return "record"
    if what == "add-rule" and which:
        rules = [*data["prompt"].get("constraints", []), clean(which)]
        data["prompt"]["constraints"] = list(dict.fromkeys(rules))
        return "prompt"
    if what == "add-never" and which:
        data["prompt"]["never"] = list(dict.fromkeys([*data["prompt"].get("never", []), clean(which)]))
        return "prompt"
    if what == "add-form" and which in FORMS:
        data["answer"] = {**copy.deepcopy(dict(FORMS[which])), **data["answer"]}
        return "answer"
    if what == "add-answer":
        data["answer"][_unused(data["answer"], "text")] = {"type": "text", "max": 400}
        return "answer"
    if what in ("drop-answer", "add-column", "drop-column"):
        _change_fields(what, which, data)
        return "answer"
    if what == "drop-step":
        gone = row_number(which, 4)
        data["then"] = [step for number, step in enumerate(data["then"]) if number != gone]
        return "then"
    return ""


def _unused(fields: Data, name: str) -> str:
    """Return a name that no field has yet."""
    number, free = len(fields) + 1, name
    while free in fields:
        free, number = f"{name}_{number}", number + 1
    return free


def _change_fields(what: str, which: str, data: Data) -> None:
    """Take out a field, or add a column to a table in the answer or take one out; `which` is "2", or "2:0"."""
    field, _, column = which.partition(":")
    name = _nth(data["answer"], field)
    if name is None:
        return
    if what == "drop-answer":
        del data["answer"][name]
        return
    given = data["answer"][name]
    block: Data = given if isinstance(given, dict) and given.get("type") == "rows" else {"type": "rows"}
    data["answer"][name] = block
    columns = dict(block.get("columns") or {})
    gone = _nth(columns, column)
    if what == "add-column":
        columns[_unused(columns, "column")] = {"type": "text", "max": 100}
    elif gone is not None:
        del columns[gone]
    put(block, "columns", columns)


def _nth(fields: Data, number: str) -> str | None:
    """Return the name of a field by its place: its name may have been changed in the same moment."""
    names = list(fields)
    return names[int(number)] if NUMBER.fullmatch(number) and int(number) < len(names) else None


def add_step(chosen: str, data: Data) -> None:
    """Add a place the answer goes to, with the values that most likely belong there."""
    if chosen == REPLY:
        data["then"] = [*(step for step in data["then"] if step != REPLY), REPLY]
        return
    connection, _, name = chosen.partition(".")
    _row, action = offers.action_of(connection, name)
    if action is None:
        return
    params, needed = suggested(connection, action, data)
    if "fields" in data["record"]:
        _add_fields(data, needed)
    last = [REPLY] if REPLY in data["then"] else []  # it stands behind all others
    data["then"] = [
        *(step for step in data["then"] if step != REPLY),
        {f"{connection}.{name}": params},
        *last,
    ]


def _add_fields(data: Data, names: Sequence[str]) -> None:
    data["record"]["fields"] = list(dict.fromkeys([*(data["record"].get("fields") or []), *names]))


# 1 The record


def _record(post: QueryDict, record: Data) -> Data:
    if "start" not in post:
        return record
    before = (record.get("from"), record.get("when"))
    start = post.get("start", "")
    chosen = next((one for one in offers.starts() if one.key == start), None)
    if chosen is not None:
        record["from"], record["when"] = chosen.connection.name, chosen.trigger.name
    elif start in HANDED_IN:
        record["when"] = start
        if before[1] != start:
            record.pop("from", None)
    elif start == "schedule":
        for name in ("from", "when"):
            record.pop(name, None)
    elif not start:
        for name in ("from", "when", "schedule"):
            record.pop(name, None)
    if start == "schedule" or "schedule" in record:
        put(record, "schedule", line(post, "schedule"))
    read_expected(post, record)
    if start == "webhook":
        put(record, "signed", post.get("signed", ""))
    else:
        record.pop("signed", None)
    if (record.get("from"), record.get("when")) != before and start:
        # Another kind of record: the fields of the one before mean nothing here.
        record.pop("only_if", None)
        put(
            record,
            "fields",
            [name for name in chosen.trigger.fields if name != "id"] if chosen else _more(post),
        )
        return record
    put(record, "fields", list(dict.fromkeys([*post.getlist("field"), *_more(post)])))
    put(record, "only_if", _only_if(post, record.get("only_if") or {}))
    return record


def _more(post: QueryDict) -> list[str]:
    """Return the names of further fields, as they were typed with commas."""
    return [name.strip() for name in line(post, "more_fields").split(",") if name.strip()]


def _only_if(post: QueryDict, before: Mapping[str, Any]) -> Data:
    found: Data = {}
    for number in range(FILTERS_AT_MOST):
        name, written = line(post, f"if-{number}-field"), line(post, f"if-{number}-is")
        if not name or not written:
            continue
        values = [part.strip() for part in written.split(",") if part.strip()]
        wanted: Any = values if len(values) > 1 else values[0] if values else ""
        # What is shown as "3" or "true" was a number or a yes in the file, and stays one.
        found[name] = before[name] if name in before and _as_written(before[name]) == written else wanted
    return found


def _as_written(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


# 2 The prompt


def _read_drafts(post: QueryDict, data: Data) -> None:
    """Put into the data who writes the drafts; only what a program hands in can bring its own."""
    if "start" in post and data["record"].get("when") != "webhook":
        data.pop("drafts", None)
    elif "drafts" in post:
        was_handed_in = drafts.is_handed_in(data)
        put(data, "drafts", DRAFTS_HANDED_IN if post["drafts"] == DRAFTS_HANDED_IN else "")
        if was_handed_in and not drafts.is_handed_in(data):
            # Nobody was asked so far, so there are no words yet; those of the starting point are easily changed.
            data["prompt"] = starting.asked_for_answers() | dict(data.get("prompt") or {})


def _prompt(post: QueryDict, prompt: Data) -> Data:
    if "picture_shown" in post:
        named = [part.strip() for part in line(post, "more_pictures").split(",") if part.strip()]
        put(prompt, "pictures", list(dict.fromkeys([*post.getlist("picture"), *named])))
    if "facts_shown" in post:
        put(prompt, "facts", _in_their_order(post.getlist("fact"), prompt.get("facts") or ()))
    if "task" not in post:
        return prompt
    if "ai" in post:
        connection, _, model = post.get("ai", "").partition(" ")
        put(prompt, "ai", connection)
        put(prompt, "model", line(post, "model") or model)
    # A text that spans lines in its file keeps its words; where the lines break says nothing.
    put(prompt, "task", clean(post.get("task", "")).strip())
    put(prompt, "tone", line(post, "tone"))
    put(prompt, "constraints", lines(post.get("constraints", "")))
    put(prompt, "never", lines(post.get("never", "")))
    examples = post.get("examples", "")
    put(prompt, "examples", int(examples) if NUMBER.fullmatch(examples) and int(examples) else None)
    return prompt


def _in_their_order(ticked: Sequence[str], before: Sequence[Any]) -> list[str]:
    """Return what is ticked: first what was there, in the order it had in the file."""
    return list(dict.fromkeys([*(str(one) for one in before if str(one) in ticked), *ticked]))


# 3 The answer


def _checks(post: QueryDict, checks: Data, is_handed_in: bool) -> Data:
    """Return what is looked at beside the facts."""
    if "topics" not in post:
        return checks
    for name in ("topics", "links"):
        put(checks, name, [part.strip() for part in line(post, name).split(",") if part.strip()])
    put(checks, "language", "any" if "language_any" in post else "")
    ai, _space, model = post.get("second_opinion", "").partition(" ")
    before = checks.get("second_opinion") or {}
    if not model:
        checks.pop("second_opinion", None)
    elif before.get("model") != model or before.get("ai", "" if is_handed_in else ai) != ai:
        checks["second_opinion"] = {"ai": ai, "model": model}
    return checks


# 4 Where it goes


def _then(post: QueryDict, before: Sequence[Any]) -> list[Any]:
    if "step_count" not in post:
        return list(before)
    found = []
    for number, step in enumerate(before):
        what, params = step_of(step)
        if step == REPLY or post.get(f"s-{number}-what") != what:
            found.append(step)
            continue
        connection, _, name = what.partition(".")
        _row, action = offers.action_of(connection, name)
        found.append({what: read_params(post, f"s-{number}", action, params) if action else params})
    return found


def steps_of(data: Mapping[str, Any]) -> list[Any]:
    """Return the places the answer goes to, as they stand in a file."""
    then = data.get("then")
    return [then] if then == REPLY else list(then or ())


def step_of(step: Any) -> tuple[str, Data]:
    """Return a step's "connection.action" and its parameters."""
    if step == REPLY:
        return REPLY, {}
    if isinstance(step, Mapping) and step:
        what, params = next(iter(step.items()))
        return str(what), dict(params) if isinstance(params, Mapping) else {}
    return "", {}


# How much


def _limits(post: QueryDict, limits: Data) -> Data:
    if "per_day" not in post:
        return limits
    per_day = line(post, "per_day").replace(",", "")
    put(limits, "per_day", int(per_day) if NUMBER.fullmatch(per_day) else per_day)
    for name in ("spend_per_day", "spend_per_record"):
        if name not in post:
            continue
        amount = line(post, name).lstrip("$ ")
        put(limits, name, f"{amount} USD" if re.fullmatch(r"[\d.]+", amount) else amount)
    if "may_take" in post:
        put(limits, "may_take", line(post, "may_take"))
    return limits
