"""A trial as a page shows it: what was done step by step, and the answer with its marks, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signoff.integrations.definition import Definition
from signoff.outputs.contract import ContractField
from signoff.runs.trial import Trial
from signoff.web.marks import Claim, claims, claims_in, marked
from signoff.web.outline import label_of, said_as

CHECK_ICONS = {"ok": "check", "warn": "triangle-alert", "bad": "x", "info": "info"}


class Check(NamedTuple):
    """One line of a trial: what was checked, how it came out, and the figure."""

    tone: str
    icon: str
    what: str
    figure: str


class Tried(NamedTuple):
    """What a trial brought. Where it brought nothing, `problem` and `next_step` say why."""

    checks: list[Check]
    claims: list[Claim]
    answer: list[tuple[str, SafeString]]
    prompt: str
    problem: str
    next_step: str


def with_what_it_did_not_see(tried: Tried, definition: Definition, record: Mapping[str, Any]) -> Tried:
    """Return a trial that names what was pasted and is not among the fields that the AI may use."""
    seen = definition.record.fields
    unseen = [name for name in record if name not in seen and name != "id"]
    if definition.asked is None or not seen or not unseen or not tried.checks:
        return tried
    what = ngettext(
        "The AI did not see %(names)s: it is not among the fields it may use",
        "The AI did not see %(names)s: they are not among the fields it may use",
        len(unseen),
    ) % {"names": ", ".join(unseen)}
    first, *rest = tried.checks
    return tried._replace(checks=[first, Check("warn", CHECK_ICONS["warn"], what, ""), *rest])


def tried(trial: Trial, fields: Mapping[str, ContractField]) -> Tried:
    """Return what a trial brought, its answer field by field."""
    answer: dict[str, Any] = trial.answer or {}
    found = claims(trial.findings, list(fields))
    return Tried(
        [_check(step) for step in trial.steps],
        found,
        [
            (label_of(name, fields), marked(said_as(answer[name], fields[name]), claims_in(found, name)))
            for name in fields
            if name in answer
        ],
        trial.prompt_text,
        trial.problem,
        trial.next_step,
    )


def not_tried(problem: str, next_step: str) -> Tried:
    """Return a trial that did not come about."""
    return Tried([], [], [], "", problem, next_step)


def without_connection() -> Tried:
    return not_tried(_("A connection of this integration is missing."), _("Connect it first."))


def _check(step: Mapping[str, Any]) -> Check:
    tone, what = str(step["kind"]), str(step["what"])
    return Check(
        tone, CHECK_ICONS.get(tone, "info"), what[:1].upper() + what[1:], str(step.get("more") or "")
    )
