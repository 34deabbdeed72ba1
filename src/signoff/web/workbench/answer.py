"""The third card: what must come back, and what is looked at beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signoff.integrations import offers
from signoff.integrations.drafts import Fault
from signoff.web import building
from signoff.web.words import label
from signoff.web.workbench.cards import Data, Hint, faults_at, faults_of, named_app, offer


class AnswerRow(NamedTuple):
    """One field of the answer in the form."""

    number: int
    name: str
    kind: str
    max: str
    options: str
    about: str
    needed: bool
    kept: bool
    wrong: list[str]
    hints: list[Hint]


def answer_card(data: Data, faults: Sequence[Fault], hints: Mapping[str, list[Hint]]) -> dict[str, Any]:
    """Return what the card of the answer shows."""
    rows = [
        _answer_row(number, str(name), block, faults, hints)
        for number, (name, block) in enumerate((data.get("answer") or {}).items())
    ]
    groups: dict[str, list[tuple[str, str]]] = {}
    for row, object, field in offers.choice_fields():
        choices = ", ".join(choice.label for choice in field.choices[:3]) + (
            ", …" if len(field.choices) > 3 else ""
        )
        group = _("As in %(app)s, %(object)s") % {"app": named_app(row), "object": label(object).lower()}
        groups.setdefault(group, []).append(
            (f"from:{row.name}.{object}.{field.name}", f"{field.label} ({choices})")
        )
    known = {value for pairs in groups.values() for value, _word in pairs}
    lost = [(row.kind, row.kind.removeprefix("from:")) for row in rows if row.kind.startswith("from:")]
    lost = [pair for pair in dict.fromkeys(lost) if pair[0] not in known]
    return {
        "answers": rows,
        "kinds": _kinds(),
        **_checks(data),
        "kind_groups": [*groups.items(), *([(_("Taken from"), lost)] if lost else [])],
        "wrong_answer": faults_of(faults, "answer", *(("answer", row.name) for row in rows)),
    }


def _checks(data: Data) -> dict[str, Any]:
    """Return what is looked at in an answer beside the facts."""
    checks = data.get("checks") or {}
    second = checks.get("second_opinion") or {}
    ai = second.get("ai") or (data.get("prompt") or {}).get("ai")
    chosen = f"{ai} {second.get('model')}" if second else ""
    groups = [
        (named_app(row), [(f"{row.name} {one.id}", one.id) for one in offers.models_of(row).found])
        for row in offers.ais()
    ]
    if chosen:
        offer(groups, chosen, str(second.get("model")))
    return {
        "topics": ", ".join(str(one) for one in checks.get("topics") or ()),
        "links": ", ".join(str(one) for one in checks.get("links") or ()),
        "language_any": checks.get("language") == "any",
        "second_groups": groups,
        "second": chosen,
        "has_checks": bool(checks),
    }


def _kinds() -> list[tuple[str, str]]:
    return [
        ("text", _("Text")),
        ("choice", _("One of my choices")),
        ("choices", _("Some of my choices")),
        ("yesno", _("Yes or no")),
        ("number", _("Number")),
        ("money", _("Amount of money")),
        ("date", _("Date")),
        ("datetime", _("Date and time")),
        ("email", _("E-mail address")),
        ("phone", _("Phone number")),
        ("link", _("Link")),
    ]


def _answer_row(
    number: int, name: str, block: Any, faults: Sequence[Fault], hints: Mapping[str, list[Hint]]
) -> AnswerRow:
    settings = dict(block) if isinstance(block, Mapping) else {"type": block}
    kind = f"from:{settings['from']}" if settings.get("from") else str(settings.get("type") or "text")
    return AnswerRow(
        number,
        name,
        kind,
        str(settings.get("max") or ""),
        building.options_as_text(settings.get("options")),
        str(settings.get("about") or ""),
        not settings.get("optional"),
        kind == "rows",
        faults_at(faults, "answer", name),
        hints.get(f"answer.{name}", []),
    )
