"""On the first card: what a server is asked about each record before the AI is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signoff.connections.choosing import actions_of, offers_tools
from signoff.connectors.base import Field
from signoff.integrations import offers
from signoff.integrations.drafts import Fault
from signoff.web.asking_form import MOST_QUESTIONS
from signoff.web.words import named
from signoff.web.workbench.cards import Data, Group, faults_at, named_app
from signoff.web.workbench.values import Value, value_of


class Question(NamedTuple):
    """One thing that is asked, in the form; `resource` is None where a tool is asked, with its `values`."""

    number: int
    name: str
    title: str
    where: str
    resource: str | None
    values: list[Value]
    wrong: list[str]


def asking_card(data: Data, faults: Sequence[Fault], known: list[Field]) -> dict[str, Any]:
    """Return what the card shows of the questions. Where no server is connected and none is asked, nothing."""
    context = data.get("context") or {}
    questions = [
        _question(number, str(name), part, data, faults, known)
        for number, (name, part) in enumerate(context.items())
        if isinstance(part, Mapping)
    ]
    groups = _groups()
    return {
        "questions": questions,
        "question_count": len(context),
        "ask_groups": groups if len(context) < MOST_QUESTIONS else [],
        "can_ask": bool(groups or context),
        "wrong_questions": [
            one.what
            for one in faults
            if one.path[:1] == ("context",)
            and not any(one.path[:2] == ("context", question.name) for question in questions)
        ],
    }


def _groups() -> list[Group]:
    """Return the tools that may be asked, by their servers; and of each server what lies at an address of its own."""
    found: list[Group] = []
    for row in offers.connections():
        if not offers_tools(row):
            continue
        tools = [
            (f"{row.name}.{name}", action.label)
            for name, action in actions_of(row).items()
            if action.effect == "read"
        ]
        found.append((named_app(row), [*tools, (row.name, _("What lies at an address of its own"))]))
    return found


def _question(
    number: int, name: str, part: Mapping[str, Any], data: Data, faults: Sequence[Fault], known: list[Field]
) -> Question:
    connection, _dot, tool = str(part.get("from") or "").partition(".")
    row, action = offers.action_of(connection, tool)
    given = part.get("with")
    values: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    before_an_answer = {**data, "answer": {}}
    return Question(
        number,
        name,
        (action.label if action else named(tool)) if tool else _("What lies at an address of its own"),
        _("at %(app)s") % {"app": named_app(row)} if row else connection,
        str(part.get("resource") or "") if "resource" in part else None,
        [
            value_of(f"q-{number}-{param}", param, action, row, values.get(param), before_an_answer, known)
            for param in action.params.model_fields
        ]
        if action and "resource" not in part
        else [],
        faults_at(faults, "context", name),
    )
