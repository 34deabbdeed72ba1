"""A draft as its page shows it: the answer with what is marked in it, beside its record and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from signoff.connections.choosing import actions_of
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.core.errors import SignoffError
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.references import Missing
from signoff.integrations.references import render as render_step
from signoff.review import comparing, planting, redrafting
from signoff.review.models import Review
from signoff.review.opening import planted_share
from signoff.runs import windows
from signoff.runs.pictures import MARK
from signoff.web import outline, pictures, planted
from signoff.web.answer_form import Input, inputs_for
from signoff.web.marks import Claim, Remark, claims, claims_in, marked, remarks
from signoff.web.outline import in_order, label_of, said_as
from signoff.web.words import ago, label, named, shown


class Shown(NamedTuple):
    """One field of the draft: its name and its text with the claims marked."""

    label: str
    html: SafeString


class WindowLeft(NamedTuple):
    """Until when the app lets this customer be answered freely; None: no message of theirs is known."""

    app: str
    until: datetime | None
    is_open: bool
    tone: str


@dataclass
class Opened:
    """A draft as the page shows it."""

    review: Review
    who: str
    what: str
    company: str
    record: list[tuple[str, str]]
    pictures: list[pictures.Shown]
    source: str
    claims: list[Claim]
    alarms: list[Remark]
    answer: list[Shown]
    places: list[outline.Place]
    inputs: list[Input]
    used: list[int]
    window: WindowLeft | None = None
    mixed: bool = False  # drafts that are wrong on purpose may be among those of its integration
    can_write_again: bool = True  # by an AI of ours
    can_ask: str = ""  # the app that can say whether the record has changed

    @property
    def planted(self) -> str:
        """Return what is told of a draft that was planted, once it is decided."""
        return planted.sentence(planting.told(self.review))

    @property
    def sends(self) -> bool:
        """Say whether approving it reaches a customer by itself."""
        return any(place.reaches_customer for place in self.places)

    @property
    def is_waiting(self) -> bool:
        return self.review.state == Review.State.WAITING

    @property
    def decided_sentence(self) -> str:
        """Return who decided and when: "Priya approved this 2 min ago."."""
        if self.review.state == Review.State.AGAIN:
            return _("The AI is writing this draft again. It comes back here by itself.")
        if self.review.state == Review.State.WITHDRAWN:
            return _("This draft was withdrawn. Nothing was sent.")
        who = str(self.review.decided_by or _("Somebody"))
        if self.review.first_by is not None:
            who = _("%(first)s and %(second)s") % {"first": self.review.first_by, "second": who}
        sentences = {
            "approved": _("%(who)s approved this %(when)s."),
            "edited": _("%(who)s edited and approved this %(when)s."),
            "rejected": _("%(who)s rejected this %(when)s."),
        }
        return sentences[self.review.verdict] % {"who": who, "when": ago(self.review.decided_at)}


def open_draft(review: Review, used: list[int], typed: Mapping[str, Any] | None = None) -> Opened:
    """Return a draft with everything its page shows."""
    run = review.run
    definition, _contract = read_definition(run.version)
    connections = outline.apps_of(definition)
    fields = outline.answer_fields(run.version)
    content = in_order(dict(review.decided_content or review.shown_content), fields)
    found = claims(run.findings, list(content)) if content == review.content else []
    return Opened(
        review=review,
        who=run.label or _("No name"),
        what=named(run.integration.name),
        company=str(run.record.get("company") or run.record.get("company_name") or ""),
        record=record_rows(definition, run.record),
        pictures=pictures.of(run),
        source=outline.source_of(definition, connections),
        claims=found,
        alarms=remarks(run.alarms) if content == review.content else [],
        answer=[
            Shown(label_of(name, fields), marked(said_as(value, fields.get(name)), claims_in(found, name)))
            for name, value in content.items()
        ],
        places=outline.places(definition, connections, run.record),
        inputs=inputs_for(fields, in_order(dict(typed or review.shown_content), fields), found, used),
        used=used,
        window=_window(definition, connections, run.record, content),
        mixed=planted_share(definition) > 0,
        can_write_again=redrafting.can_write_again(review),
        can_ask=comparing.can_compare(definition, review) if review.state == Review.State.WAITING else "",
    )


def record_rows(definition: Definition, record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the record to read: the fields the AI was given first, then the rest that says something."""
    first = [name for name in definition.record.fields if name in record]
    rest = [name for name, value in record.items() if name not in first and value not in (None, "", [], {})]
    # A picture is drawn, not written.
    return [(label(name), shown(record[name])) for name in [*first, *rest] if record[name] != MARK]


def _window(
    definition: Definition,
    connections: Mapping[str, Connection],
    record: Mapping[str, Any],
    content: Mapping[str, Any],
) -> WindowLeft | None:
    """Return how long an approved answer may still go out, None where the apps set no time for it."""
    for step in definition.then:
        connection = connections.get(step.connection)
        manifest = outline.manifest_of(connection)
        action = actions_of(connection).get(step.action) if manifest and connection else None
        if connection is None or manifest is None or action is None or action.window is None:
            continue
        try:
            until = windows.closes_at(connection, action, render_step(step.params, record, content))
        except (Missing, SignoffError):
            continue
        left = until - windows.MARGIN - clock.now() if until else None
        is_open = left is not None and left.total_seconds() > 0
        soon = left is None or left < timedelta(hours=2)
        return WindowLeft(manifest.name, until, is_open, "warn" if soon or not is_open else "info")
    return None
