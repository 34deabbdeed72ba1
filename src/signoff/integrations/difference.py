"""What is different between two versions of an integration, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from signoff.integrations.definition import REPLY, Definition, read_definition
from signoff.integrations.models import Integration
from signoff.integrations.record_part import RecordSource

SENTENCE = re.compile(r"(?<=[.!?])\s+")
MOST_SHOWN = 300  # characters of a text that is quoted


def differences(before: Definition, after: Definition) -> list[str]:
    """Return what an owner would say has changed, one sentence for each thing; empty when nothing has."""
    found = [
        *_source(before, after),
        *_prompt(before, after),
        *_answer(before, after),
        *_way_out(before, after),
    ]
    if not found and before.hash() != after.hash():
        return ["Only spaces and line breaks have changed."]
    return found


def told(integration: Integration, first: int | None = None, last: int | None = None) -> list[dict[str, Any]]:
    """
    Return what changed from one version to another as JSON data, the oldest first; without numbers, in each.

    `first` alone is compared with the version in force, `last` alone with the one before it. Raises `LookupError` in
    words for a number that was never given.
    """
    rows = {row.number: row for row in integration.versions.select_related("made_by").order_by("number")}
    for number in (first, last):
        if number is not None and number not in rows:
            has = f"It has 1 to {max(rows)}." if rows else "It has none."
            raise LookupError(f"{integration.name} has no version {number}. {has}")
    pairs = [(number, number + 1) for number in rows if number + 1 in rows]
    if first is not None or last is not None:
        end = last if last is not None else integration.current.number if integration.current else max(rows)
        pairs = [(first if first is not None else max(end - 1, 1), end)]
    return [
        {
            "from": before,
            "to": after,
            "made_at": rows[after].made_at.isoformat(),
            "made_by": str(rows[after].made_by) if rows[after].made_by else None,
            "hash": rows[after].hash,
            "changes": differences(*(read_definition(rows[number])[0] for number in (before, after))),
        }
        for before, after in pairs
    ]


def prompt_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the same for the parts of two prompts that were used (`PromptVersion.parts`)."""
    return [
        *_became("The AI model", before["model"], after["model"]),
        *_text("The task", before["task"], after["task"]),
        *_entries("rule", before["constraints"], after["constraints"]),
        *_entries("“never”", before["never"], after["never"]),
        *_became("The tone", before["tone"], after["tone"]),
        *_facts(before["facts"], after["facts"]),
        *_lines("The form of the answer", before["form"], after["form"]),
        *_became("The number of examples", before["examples"], after["examples"]),
    ]


def _source(before: Definition, after: Definition) -> Iterator[str]:
    old, new = before.record, after.record
    yield from _became("Where records come from", _origin(old), _origin(new))
    yield from _became("What starts it", old.when or "", new.when or "")
    yield from _became("The schedule", old.schedule or "", new.schedule or "")
    if old.together != new.together:
        yield (
            "What is found at one time is now one record."
            if new.together
            else "Each record is on its own now."
        )
    yield from _became("The signature", old.signed or "", new.signed or "")
    yield from _became("How many should come at least", old.expect or "", new.expect or "")
    yield from _pairs("The filter", old.only_if, new.only_if)
    if old.fields and new.fields:
        yield from _named("field of the record", "that the AI sees", old.fields, new.fields)
    elif old.fields != new.fields:
        yield (
            "The AI now sees every field of the record."
            if old.fields
            else (f"The AI now sees these fields only: {', '.join(new.fields)}.")
        )
    yield from _pairs("What is asked about a record", _asked(before), _asked(after))


def _asked(definition: Definition) -> dict[str, str]:
    """Return what servers are asked about each record, by the name under which the AI sees it."""
    found = {}
    for name, part in definition.context.items():
        values = ", ".join(f"{key}: {value}" for key, value in part.with_.items())
        found[name] = f"{part.from_} {part.resource or values}".strip()
    return found


def _origin(source: RecordSource) -> str:
    return source.from_ or ("spreadsheet" if source.when == "upload" else "webhook")


def _prompt(before: Definition, after: Definition) -> Iterator[str]:
    old, new = before.prompt, after.prompt
    if before.drafts != after.drafts:
        yield (
            "An AI writes the drafts now."
            if after.asked
            else "The drafts are handed in now, each with its record. No AI is asked."
        )
    yield from _became("The AI", old.ai or "", new.ai or "")
    yield from _became("The AI model", old.model or "", new.model or "")
    yield from _text("The task", old.task, new.task)
    yield from _entries("rule", old.constraints, new.constraints)
    yield from _entries("“never”", old.never, new.never)
    yield from _became("The tone", old.tone, new.tone)
    yield from _named("company fact", "that the AI is told", old.facts, new.facts)
    yield from _became("The number of examples", old.examples, new.examples)


def _answer(before: Definition, after: Definition) -> Iterator[str]:
    old, new = before.answer, after.answer
    yield from _named("field of the answer", "", tuple(old), tuple(new))
    for name in new:
        if name in old:
            settings_old, settings_new = _settings(old[name]), _settings(new[name])
            for key in dict.fromkeys([*settings_old, *settings_new]):
                yield from _became(
                    f"“{key}” of the answer’s “{name}”", settings_old.get(key), settings_new.get(key)
                )
    for reference, choices in after.choices.items():
        if reference in before.choices:
            yield from _named(
                f"choice of {reference}",
                "",
                [v for v, _ in before.choices[reference]],
                [v for v, _ in choices],
            )
    for name in new:
        if name in old and before.lengths.get(name) != after.lengths.get(name):
            most = after.lengths.get(name)
            room = f"room for {most:,} characters" if most else "room for as much as the file says"
            yield f"Where the answer’s “{name}” goes, there is {room} now."
    if set(old) == set(new) and before.order != after.order:
        yield "The fields of the answer come in another order."


def _way_out(before: Definition, after: Definition) -> Iterator[str]:
    places = [
        [*(f"{step.connection}.{step.action}" for step in one.then), *([REPLY] if one.reply else [])]
        for one in (before, after)
    ]
    yield from _named("place", "the answer goes to", *places)
    for old, new in zip(before.then, after.then, strict=False):
        where = f"{new.connection}.{new.action}"
        if (old.connection, old.action) == (new.connection, new.action):
            yield from _pairs(f"What goes to {where}", old.params, new.params)
    old_review, new_review = _review(before), _review(after)
    yield from _pairs("The review", old_review, new_review)
    yield from _pairs("The limits", _plain(before.limits), _plain(after.limits))
    yield from _pairs("The version of an app's API", before.versions, after.versions)


def _review(definition: Definition) -> dict[str, Any]:
    return {"review": "none"} if definition.review == "none" else _plain(definition.review)


def _plain(part: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = part.model_dump(mode="json", exclude_none=True)
    return dumped


def _settings(block: Any) -> dict[str, Any]:
    return dict(block) if isinstance(block, Mapping) else {"type": block}


def _became(what: str, before: Any, after: Any) -> Iterator[str]:
    if before == after:
        return
    if before in (None, "", [], ()):
        yield f"{what} is now {_quoted(after)}; before there was none."
    elif after in (None, "", [], ()):
        yield f"{what} is gone; it was {_quoted(before)}."
    else:
        yield f"{what} is now {_quoted(after)}; before it was {_quoted(before)}."


def _pairs(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*before, *after]):
        yield from _became(f"{what}: “{key}”", before.get(key), after.get(key))


def _text(what: str, before: str, after: str) -> Iterator[str]:
    """Compare a text sentence by sentence: what stayed is not told again."""
    old, new = _sentences(before), _sentences(after)
    if old == new:
        return
    added = [one for one in new if one not in old]
    gone = [one for one in old if one not in new]
    if not added and not gone:
        yield f"{what} says the same in another order."
    for one in gone:
        yield f"{what} no longer says {_quoted(one)}."
    for one in added:
        yield f"{what} now says {_quoted(one)}."


def _entries(what: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for one in before:
        if one not in after:
            yield f"The {what} {_quoted(one)} is gone."
    for one in after:
        if one not in before:
            yield f"A {what} is new: {_quoted(one)}."
    if sorted(before) == sorted(after) and list(before) != list(after):
        yield f"The {what}s stand in another order."


def _named(what: str, which: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    added, gone = [n for n in after if n not in before], [n for n in before if n not in after]
    more = f" {which}" if which else ""
    if gone:
        yield f"No longer a {what}{more}: {', '.join(gone)}."
    if added:
        yield f"New as a {what}{more}: {', '.join(added)}."


def _facts(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    yield from _named("company fact", "that the AI is told", list(before), list(after))
    for name, text in after.items():
        if name in before:
            yield from _lines(f"The company fact “{name}”", before[name], text)


def _lines(what: str, before: str, after: str) -> Iterator[str]:
    old, new = before.splitlines(), after.splitlines()
    for line in old:
        if line not in new:
            yield f"{what} no longer says {_quoted(line)}."
    for line in new:
        if line not in old:
            yield f"{what} now says {_quoted(line)}."


def _sentences(text: str) -> list[str]:
    return [part for part in SENTENCE.split(" ".join(text.split())) if part]


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return ", ".join(_quoted(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_quoted(inner)}" for key, inner in value.items())
    text = " ".join(str(value).split())
    return f"“{text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + '…'}”"
