"""The fifth card: who decides on a draft, until when, and what autopilot would have to prove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signoff.accounts.models import Person
from signoff.integrations import offers
from signoff.integrations.drafts import Fault
from signoff.integrations.review_part import BY_MAIL, DUE_IN
from signoff.web.review_form import DEFAULT_AUDIT, is_yes, share_of
from signoff.web.workbench.cards import Data, faults_at, named_app

Choices = list[tuple[str, str]]


def deciding_card(data: Data, faults: Sequence[Fault]) -> dict[str, Any]:
    """Return what the card of the review shows."""
    review = data.get("review")
    mine: Mapping[str, Any] = review if isinstance(review, Mapping) else {}
    teller, _dot, place = str(mine.get("ask") or "").partition(".")
    autopilot = mine.get("autopilot")
    pilot: Mapping[str, Any] = autopilot if isinstance(autopilot, Mapping) else {}
    return {
        "reviewed": "none" if review == "none" else "person",
        "by": ", ".join(str(one) for one in mine.get("by") or ()),
        "groups_known": ", ".join(_groups()),
        "tellers": [
            (BY_MAIL, _("E-mail to each of them")),
            *((row.name, named_app(row)) for row in offers.tellers()),
        ],
        "ask_by": teller,
        "ask_in": place,
        "assign": str(mine.get("assign") or ""),
        "assign_choices": _with_now(
            [
                ("", _("To nobody: whoever comes first decides")),
                ("in turn", _("To the next of them, in turn")),
                ("contact owner", _("To whoever owns the contact at HubSpot")),
            ],
            str(mine.get("assign") or ""),
        ),
        "due_in": str(mine.get("due_in") or ""),
        "due_choices": _due_choices(str(mine.get("due_in") or "")),
        "four_eyes": is_yes(mine.get("four_eyes")),
        "planted": share_of(mine.get("planted")),
        "planted_choices": _planted_choices(share_of(mine.get("planted"))),
        "autopilot": str(pilot.get("error_below")) if pilot else "",
        "autopilot_choices": _autopilot_choices(pilot),
        "audit": str(pilot.get("audit") or DEFAULT_AUDIT),
        "audit_choices": _audit_choices(str(pilot.get("audit") or DEFAULT_AUDIT)),
        "wrong_review": faults_at(faults, "review"),
    }


def _groups() -> list[str]:
    """Return the groups that people are in."""
    written = Person.objects.filter(is_active=True).values_list("groups_csv", flat=True)
    return sorted({group.strip() for csv in written for group in csv.split(",") if group.strip()})


def _with_now(choices: Choices, now: str) -> Choices:
    """Let what is written be among the choices, also where nobody offers it: then it is named as wrong."""
    return choices if any(now == value for value, _word in choices) else [*choices, (now, now)]


def _due_choices(now: str) -> Choices:
    usual = ["30m", "1h", "2h", "4h", "8h", "1d", "2d", "3d", "7d"]
    return [("", _("No time is set")), *((one, _lasting(one)) for one in dict.fromkeys([*usual, now]) if one)]


def _lasting(text: str) -> str:
    """Return a time as people say it: "4h" becomes "4 hours"."""
    found = DUE_IN.fullmatch(text)
    if found is None:
        return text
    n = int(found[1])
    words = {
        "m": ngettext("%(n)s minute", "%(n)s minutes", n),
        "h": ngettext("%(n)s hour", "%(n)s hours", n),
        "d": ngettext("%(n)s day", "%(n)s days", n),
    }
    return words[found[2]] % {"n": n}


def _planted_choices(now: str) -> Choices:
    usual = ["1%", "3%", "5%", "10%"]
    return [
        ("", _("None")),
        *(
            (one, _("%(share)s of what waits") % {"share": one})
            for one in dict.fromkeys([*usual, now])
            if one
        ),
    ]


def _autopilot_choices(pilot: Mapping[str, Any]) -> Choices:
    usual = ["1%", "2%", "5%", "10%"]
    now = str(pilot.get("error_below")) if pilot else ""
    return [
        ("", _("Never: a person reviews every draft")),
        *(
            (one, _("When fewer than %(share)s are wrong") % {"share": one})
            for one in dict.fromkeys([*usual, now])
            if one
        ),
    ]


def _audit_choices(now: str) -> Choices:
    usual = ["5%", "10%", "20%", "50%"]
    return [(one, _("%(share)s, chosen by lot") % {"share": one}) for one in dict.fromkeys([*usual, now])]
