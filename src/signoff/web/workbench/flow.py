"""The picture above the cards: where a record comes from, what happens to it, and where the answer goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from signoff.connections.models import Connection
from signoff.connectors.registry import manifests
from signoff.integrations import drafts, offers
from signoff.integrations.definition import REPLY
from signoff.integrations.drafts import Fault
from signoff.web import building
from signoff.web.words import Shown
from signoff.web.workbench.cards import Data, faults_at, icon_of


class Part(NamedTuple):
    """One box of the picture: what it is, how it stands, and the step of the page that changes it."""

    icon: str
    what: str
    more: str
    state: Shown
    anchor: str


def flow(data: Data, faults: Sequence[Fault], looked: bool) -> list[Part]:
    """Return the boxes of the picture, from left to right."""
    record, prompt = data.get("record") or {}, data.get("prompt") or {}
    rows = {row.name: row for row in offers.connections()}
    ai = rows.get(str(prompt.get("ai")))
    handed_in = drafts.is_handed_in(data)
    source = _("Another program") if handed_in else _source_words(record, rows)
    writer = _("Its draft") if handed_in else offers.app_name(ai) if ai else _("AI")
    parts = [
        _part(source, rows.get(str(record.get("from"))), data, faults, "record", looked),
        _part(writer, None, data, faults, "prompt", looked, icon="pencil")
        if handed_in
        else _part(writer, ai, data, faults, "prompt", looked, icon="sparkles"),
        _part(_("Checks"), None, data, faults, "answer", looked, icon="shield-check"),
    ]
    parts.append(Part("user-check", _("A person"), _("decides"), _deciding(data, faults), "step-review"))
    steps = [building.step_of(step)[0].partition(".")[0] for step in building.steps_of(data)]
    for name in list(dict.fromkeys(steps)) or [""]:
        row = rows.get(name)
        what = offers.app_name(row) if row else name or _("An app")
        if name == REPLY:
            what = _("Your table") if record.get("when") == "upload" else _("Whoever asks")
        mine = [n for n, step in enumerate(steps) if step == name]
        wrong = [
            one for one in faults if one.path[:1] == ("then",) and (len(one.path) < 2 or one.path[1] in mine)
        ]
        parts.append(_part(what, row, data, wrong, "then", looked))
    return parts


def _deciding(data: Data, faults: Sequence[Fault]) -> Shown:
    if faults_at(faults, "review"):
        return Shown("bad", "circle-alert", _("Look here"))
    if data.get("review") == "none":
        return Shown("quiet", "ban", _("Nobody"))
    return Shown("ok", "circle-check", _("Always"))


def _source_words(record: Data, rows: Mapping[str, Connection]) -> str:
    row = rows.get(str(record.get("from")))
    if row is not None:
        return offers.app_name(row)
    if record.get("when") == "webhook":
        return _("A form or program")
    if record.get("when") == "upload":
        return _("A spreadsheet")
    return _("The clock") if record.get("schedule") else str(record.get("from") or _("An app"))


def _part(
    what: str,
    row: Connection | None,
    data: Data,
    faults: Sequence[Fault],
    part: str,
    looked: bool,
    icon: str = "",
) -> Part:
    manifest = manifests().get(row.app) if row else None
    icon = icon or icon_of(manifest)
    told = {"answer": _("form and facts")}
    if drafts.is_handed_in(data):
        told["prompt"] = _("comes along")
    more = row.name if row else told.get(part, "")
    wrong = [one for one in faults if one.part == part and one.path[:1] != ("review",)]
    if row is not None and row.state == Connection.State.NEEDS_YOU:
        state = Shown("bad", "circle-alert", _("Needs you"))
    elif wrong:
        state = Shown("bad", "circle-alert", _("Look here"))
    elif not drafts.is_complete(data, part):  # type: ignore[arg-type]  # one of its parts
        state = Shown("info", "circle-dashed", _("To do"))
    else:
        state = Shown("ok", "circle-check", _("Ready") if looked else _("Set"))
    return Part(icon, what, more, state, f"step-{part}")
