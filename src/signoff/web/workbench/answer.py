"""The third card: what must come back, and what is looked at beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signoff.integrations import offers
from signoff.integrations.definition import REPLY
from signoff.integrations.drafts import Fault, is_handed_in
from signoff.integrations.lengths import rooms
from signoff.web import building
from signoff.web.fields_form import number_as_text, options_as_text
from signoff.web.words import label
from signoff.web.workbench.cards import Data, Hint, faults_at, faults_of, model_choices, named_app, offer


class FieldRow(NamedTuple):
    """
    One field of the answer in the form, or a column of a table in it.

    The names of its controls begin with `at`; `drop` is the button that takes it out. What belongs to another kind than
    its own is empty.
    """

    at: str
    name: str
    kind: str
    max: str
    format: str
    options: str
    unsure: bool
    several: str
    least: str
    most: str
    unit: str
    whole: bool
    currency: str
    zone: str
    country: str
    columns: list[FieldRow]
    about: str
    needed: bool
    drop: str
    number: int
    is_column: bool
    wrong: list[str]
    hints: list[Hint]


def answer_card(data: Data, faults: Sequence[Fault], hints: Mapping[str, list[Hint]]) -> dict[str, Any]:
    """Return what the card of the answer shows."""
    rows = [
        _field_row("a", number, str(name), block, faults, hints)
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
        "forms": [] if rows else _forms(),
        "kinds": _kinds(),
        "formats": _formats(is_handed_in(data)),
        "column_kinds": [pair for pair in _kinds() if pair[0] != "rows"],
        **_checks(data),
        "kind_groups": [*groups.items(), *([(_("Taken from"), lost)] if lost else [])],
        "room": _room(data),
        "wrong_answer": faults_of(faults, "answer", *(("answer", row.name) for row in rows)),
    }


def _room(data: Data) -> list[str]:
    """Return where a destination has less room for a text than the form allows."""
    answer = {str(name): block for name, block in (data.get("answer") or {}).items()}
    steps = [building.step_of(step) for step in building.steps_of(data) if step != REPLY]
    found = rooms(answer, [(*_apart(what), params) for what, params in steps])
    return [
        _("%(field)s: %(where)s has room for %(most)s characters, so answers are held to that.")
        % {"field": label(name), "where": room.where.replace("`", ""), "most": f"{room.most:,}"}
        for name, room in found.items()
    ]


def _apart(what: str) -> tuple[str, str]:
    connection, _dot, action = what.partition(".")
    return connection, action


def _checks(data: Data) -> dict[str, Any]:
    """Return what is looked at in an answer beside the facts."""
    checks = data.get("checks") or {}
    second = checks.get("second_opinion") or {}
    ai = second.get("ai") or ("" if is_handed_in(data) else (data.get("prompt") or {}).get("ai"))
    chosen = f"{ai} {second.get('model')}" if second else ""
    groups = [(named_app(row), model_choices(row, offers.models_of(row).found)) for row in offers.ais()]
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


def _forms() -> list[tuple[str, str]]:
    """Return what an answer often is, each added by one press; offered while there is nothing else."""
    return [
        ("email", _("An e-mail")),
        ("text", _("A short text")),
        ("choice", _("One of my choices")),
        ("yesno", _("Yes or no")),
    ]


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
        ("rows", _("Table of rows")),
    ]


def _formats(handed_in: bool) -> list[tuple[str, str]]:
    return [
        ("", _("As it comes") if handed_in else _("As the AI writes it")),
        ("plain", _("Plain text, without any marks")),
        ("markdown", _("Markdown: **bold**, [links](…)")),
        ("html", _("HTML")),
    ]


def _field_row(
    part: str,
    number: int,
    name: str,
    block: Any,
    faults: Sequence[Fault],
    hints: Mapping[str, list[Hint]],
    of: tuple[int, str] | None = None,
) -> FieldRow:
    """Return one field; `of` is the place and the name of the table whose column it is."""
    at = f"{part}-{number}"
    settings = dict(block) if isinstance(block, Mapping) else {"type": block}
    type_ = str(settings.get("type") or "text")
    counted = type_ in ("choices", "rows")
    ranged = type_ in ("number", "money")
    columns = settings.get("columns") if type_ == "rows" and not of else None
    path = ("answer", of[1], "columns", name) if of else ("answer", name)
    inner = [
        _field_row(f"{at}-c", place, str(each), inner, faults, {}, (number, name))
        for place, (each, inner) in enumerate(columns.items() if isinstance(columns, Mapping) else ())
    ]
    told = [*(one for column in inner for one in column.wrong)]
    return FieldRow(
        at=at,
        name=name,
        kind=f"from:{settings['from']}" if settings.get("from") else type_,
        max=str(settings.get("max") or "") if type_ == "text" else "",
        format=str(settings.get("format") or ""),
        options=options_as_text(settings.get("options")),
        unsure=settings.get("unsure") is True,
        several=number_as_text(settings.get("max")) if counted else "",
        least=number_as_text(settings.get("min")) if ranged else "",
        most=number_as_text(settings.get("max")) if ranged else "",
        unit=str(settings.get("unit") or ""),
        whole=settings.get("integer") is True,
        currency=str(settings.get("currency") or ""),
        zone=str(settings.get("zone") or ""),
        country=str(settings.get("country") or ""),
        columns=inner,
        about=str(settings.get("about") or ""),
        needed=not settings.get("optional"),
        drop=f"drop-column:{of[0]}:{number}" if of else f"drop-answer:{number}",
        number=number,
        is_column=of is not None,
        wrong=[one for one in faults_at(faults, *path) if one not in told],
        hints=hints.get(f"answer.{name}", []),
    )
