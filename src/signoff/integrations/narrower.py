"""Where a field of an app is too narrow for what an answer may be: a text has less room, or a choice is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from signoff.connectors.base import Field
from signoff.integrations.lengths import LONGER_THAN_ANY_DRAFT, shares
from signoff.integrations.references import IN_TEXT, WHOLE, as_text, look_up
from signoff.integrations.written import Written, known_as, refusal
from signoff.outputs.choice import Choice
from signoff.outputs.contract import Contract, ContractField


@dataclass(frozen=True)
class Narrow:
    """In what a field is too narrow: it lacks choices that an answer may be, or has room for `most` characters only."""

    what: str
    gone: tuple[str, ...] = ()
    most: int | None = None


def narrow(one: Written, fields: Mapping[str, Field], contract: Contract) -> Narrow | None:
    """Return in what the field that is written is too narrow for what the contract lets through, None if in nothing."""
    field = known_as(one.field, fields)
    if field is None:
        return None
    answer = {known.name: known for known in contract.fields}
    lost = list(_lost(one.value, field, answer))
    if lost:
        labels = ", ".join(f"“{choice.label}”" for choice in lost)
        what = f"“{field.label}” has no choice {labels}, and an answer may be that."
        return Narrow(what, gone=tuple(choice.value for choice in lost))
    if field.max_length is not None and _may_be_longer(one.value, field.max_length, answer):
        return Narrow(
            f"“{field.label}” has room for {field.max_length:,} characters, and an answer may be longer.",
            most=field.max_length,
        )
    return None


def refused(one: Written, fields: Mapping[str, Field], contract: Contract | None) -> str:
    """Return in a sentence why an app would refuse what is written, or one of its answers; "" where it would not."""
    what = refusal(one, fields)
    found = narrow(one, fields, contract) if contract and not what else None
    return found.what if found and found.gone else what


def letters(value: Any, answer: Mapping[str, Any]) -> int:
    """Return how many characters of a value of `then` are known by the answer alone: at least so many are written."""
    if not isinstance(value, str):
        return 0
    whole = WHOLE.fullmatch(value.strip())
    if whole:
        return len(as_text(look_up(answer, whole[2]))) if whole[1] == "answer" else 0
    return len(IN_TEXT.sub(lambda m: as_text(look_up(answer, m[2])) if m[1] == "answer" else "", value))


def choices_in(value: Any, answer: Mapping[str, Any]) -> set[str]:
    """Return the choices of an answer that a value of `then` takes as they are."""
    whole = WHOLE.fullmatch(value.strip()) if isinstance(value, str) else None
    if whole is None or whole[1] != "answer":
        return set()
    found = look_up(answer, whole[2])
    return {str(one) for one in (found if isinstance(found, list) else [found]) if one is not None}


def _lost(value: Any, field: Field, answer: Mapping[str, ContractField]) -> Iterator[Choice]:
    """Yield what may be answered, is written as it is, and is no choice of the field."""
    whole = WHOLE.fullmatch(value.strip()) if isinstance(value, str) else None
    known = answer.get(whole[2]) if whole and whole[1] == "answer" else None
    if known is None or field.type not in ("choice", "choices") or not field.choices:
        return
    there = {choice.value for choice in field.choices}
    yield from (choice for choice in known.choices if choice.value not in there)


def _may_be_longer(value: Any, most: int, answer: Mapping[str, ContractField]) -> bool:
    texts = {name: known for name, known in answer.items() if known.type == "text"}
    return any(
        room < (texts[name].max or LONGER_THAN_ANY_DRAFT)
        for name, room in shares(value, most)
        if name in texts
    )
