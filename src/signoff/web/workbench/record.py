"""The first card: what starts it, which records, and which of their fields the AI sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signoff.connectors.base import Field
from signoff.integrations import offers
from signoff.integrations.drafts import Fault, is_handed_in
from signoff.integrations.record_part import EXPECTED, HANDED_IN, SCHEMES
from signoff.web.review_form import AS_WRITTEN
from signoff.web.words import label, shown
from signoff.web.workbench.cards import Data, Group, Hint, faults_of, named_app

SUGGESTED = 10  # fields that are offered before "all of them"


class Chip(NamedTuple):
    """A field of the record that the AI may use."""

    name: str
    label: str
    chosen: bool


def record_card(
    data: Data,
    faults: Sequence[Fault],
    start: offers.Start | None,
    known: list[Field],
    hints: Mapping[str, list[Hint]],
) -> dict[str, Any]:
    """Return what the card of the record shows."""
    record = data.get("record") or {}
    chosen = [str(name) for name in record.get("fields") or ()]
    words = {field.name: field.label for field in known}
    suggested = (
        [name for name in start.trigger.fields if name not in chosen and name != "id"] if start else []
    )
    near = [*suggested, *(field.name for field in known if field.name not in (*chosen, *suggested))]
    likely = [name for name in near if name in suggested or _is_likely(name)][:SUGGESTED]
    rest = [name for name in near if name not in likely]
    key = start.key if start else (record["when"] if record.get("when") in HANDED_IN else "")
    if not record.get("when") and is_handed_in(data):
        key = "webhook"
    told = offers.fields_of(start.connection, start.trigger.object) if start else offers.Told()
    only_if = [
        (number, name, shown(wanted) if isinstance(wanted, list) else str(wanted), _choices_of(known, name))
        for number, (name, wanted) in enumerate((record.get("only_if") or {}).items())
    ]
    return {
        "starts": _start_groups(),
        "start": key or ("schedule" if record.get("schedule") else ""),
        "start_is_lost": bool(record.get("from")) and not key,
        "chips": [Chip(name, words.get(name) or label(name), True) for name in chosen],
        "likely": [Chip(name, words.get(name) or label(name), False) for name in likely],
        "rest": [Chip(name, words.get(name) or label(name), False) for name in rest],
        "known_fields": [(field.name, field.label) for field in known],
        "filter_fields": _filter_fields(known, record.get("only_if") or {}),
        "fields_problem": told.problem,
        "only_if": only_if,
        "next_if": len(only_if),
        "schedule": record.get("schedule") or "",
        "signed": record.get("signed") or "",
        "signed_choices": [(one, _signed_words(one)) for one in ("", *SCHEMES)],
        **_expected(record.get("expect")),
        "wrong_record": faults_of(faults, "record", ("context",)),
        "hints_fields": hints.get("fields", []),
    }


_LIKELY = re.compile(r"^(?:firstname|lastname|company|email|phone|message|jobtitle|subject|text|from_name|name|"
                     r"budget|numemployees|city|country|amount|dealname|closedate|description)$")  # fmt: skip


def _is_likely(name: str) -> bool:
    return bool(_LIKELY.match(name))


def _signed_words(scheme: str) -> str:
    return {
        "": _("No, whoever knows the address may send"),
        "standard": _("Yes, as Standard Webhooks say; we make a secret"),
        "static": _("Yes, with a secret in a header; we make it"),
        "hubspot-v3": _("Yes, by HubSpot"),
        "meta": _("Yes, by Meta (WhatsApp)"),
        "slack": _("Yes, by Slack"),
    }[scheme]


def _expected(written: Any) -> dict[str, Any]:
    """Return what the controls of how many should come show."""
    text = "off" if written is False else " ".join(str(written or "").lower().split())
    found = EXPECTED.fullmatch(text)
    per = found[2] if found else text if text in ("", "off") else AS_WRITTEN
    choices = [
        ("", _("Fewer come than usual; Signoff learns what is")),
        ("hour", _("Fewer come in an hour than")),
        ("day", _("Fewer come in a day than")),
        ("weekday", _("Fewer come in a day, Monday to Friday, than")),
        ("week", _("Fewer come in a week than")),
        ("off", _("Never: their absence means nothing")),
    ]
    if per == AS_WRITTEN:
        choices.append((AS_WRITTEN, text))
    return {"expect_per": per, "expect_choices": choices, "expect_count": found[1] if found else ""}


def _choices_of(known: Iterable[Field], name: str) -> str:
    field = next((field for field in known if field.name == name), None)
    return ", ".join(choice.value for choice in field.choices[:12]) if field and field.choices else ""


def _filter_fields(known: Iterable[Field], only_if: Data) -> list[tuple[str, str]]:
    """Return the fields that a filter may look at; none where the app does not say which there are."""
    found = sorted(((field.name, field.label) for field in known), key=lambda pair: pair[1].lower())
    names = {name for name, _label in found}
    return (
        [*found, *((str(name), label(str(name))) for name in only_if if name not in names)] if found else []
    )


def _start_groups() -> list[Group]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in offers.starts():
        app = offers.app_name(one.connection)
        words = _("%(app)s: %(what)s") % {
            "app": app,
            "what": one.trigger.label[:1].lower() + one.trigger.label[1:],
        }
        groups.setdefault(named_app(one.connection), []).append((one.key, words))
    others = [
        ("upload", _("Somebody uploads a spreadsheet")),
        ("webhook", _("A form or another program sends a record")),
        ("schedule", _("At set times")),
    ]
    return [*groups.items(), (_("Without an app"), others)]
