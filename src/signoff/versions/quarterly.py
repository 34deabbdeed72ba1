"""
The quarterly review: a list made from the facts, gone through once a quarter, and signed by an owner.

Each point says how something stands; those that want a look are ticked one by one. What is signed is the list as it was
seen: where it has changed meanwhile, it is shown again. It is kept, with an entry in the trail that holds its hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from signoff.accounts.audit import note
from signoff.accounts.models import AuditEntry, Person
from signoff.accounts.tokens import good
from signoff.connections.choosing import actions_of
from signoff.connections.models import Connection
from signoff.connectors.base import AiConnector
from signoff.connectors.registry import app_name, connector_class, manifests
from signoff.core import clock
from signoff.core.counting import of_them
from signoff.core.money import dollars
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.integrations.usage import needs_of
from signoff.integrations.usage import uses as used_by
from signoff.proving.models import Case
from signoff.review.certificates import certificate, percent
from signoff.review.models import Review
from signoff.runs.spending import spending
from signoff.versions.calendar import keys, today, uses
from signoff.versions.models import QuarterlyReview
from signoff.versions.wording import what_it_is

AHEAD = timedelta(days=180)
AWAY = timedelta(days=90)  # somebody who did nothing for so long may have left
QUARTER_DAYS = 92
OLD_CHECK = timedelta(days=2)
LONGEST_REMARKS = 4000
SECTIONS = {
    "connections": "Connections",
    "rights": "Rights that nothing uses",
    "versions": "Versions, models and keys that end",
    "errors": "How often drafts are wrong",
    "spending": "What it costs",
    "tests": "Test sets",
    "people": "People and programs",
}


class NotSigned(Exception):
    """Nothing was signed; the text says why, and what to do."""


@dataclass(frozen=True)
class Point:
    """One thing to go through. `key` names it while it stands as it does; `look`: it wants somebody's eyes."""

    section: str
    what: str
    says: str
    look: bool = False
    address: str = ""

    @property
    def key(self) -> str:
        text = json.dumps([self.section, self.what, self.look])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def as_document(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "section": self.section,
            "what": self.what,
            "says": self.says,
            "look": self.look,
            "address": self.address,
        }


def quarter_of(day: date) -> str:
    """Return the quarter of a day: "2026-Q4"."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def due_on(quarter: str) -> date:
    """Return the day on which a quarter's review is due: the first one after it."""
    year, number = int(quarter[:4]), int(quarter[-1])
    return date(year + 1, 1, 1) if number == 4 else date(year, number * 3 + 1, 1)


def due() -> str | None:
    """Return the quarter whose review is due and not signed; None where there is none, or nothing ran in it."""
    last = quarter_of(first_of_quarter(today()) - timedelta(days=1))
    if QuarterlyReview.objects.filter(quarter=last).exists():
        return None
    ended = timezone.make_aware(datetime.combine(due_on(last), time()))
    return last if Integration.objects.filter(created_at__lt=ended).exists() else None


def present() -> str:
    """Return the quarter that would be signed now: one that is due, else the one that runs."""
    return due() or quarter_of(today())


def first_of_quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def points() -> list[Point]:
    """Return the list as the facts are now, section by section."""
    found = [*_connections(), *_rights(), *_versions(), *_errors(), *_spending(), *_tests(), *_people()]
    return found


def seen_as(found: Iterable[Point]) -> str:
    """Return what names a list as it was seen; a figure that has grown does not change it, a new point does."""
    return hashlib.sha256("".join(sorted(one.key for one in found)).encode()).hexdigest()


def sign(person: Person, seen: str, looked_at: Iterable[str], remarks: str = "") -> QuarterlyReview:
    """
    Sign the present quarter's review, as an owner who saw the list named `seen` and looked at these points.

    Raises `NotSigned`.
    """
    if person.role != Person.Role.OWNER or not person.is_active:
        raise NotSigned("Only an owner can sign the quarterly review. Nothing was signed.")
    if len(remarks) > LONGEST_REMARKS:
        raise NotSigned(f"Remarks hold at most {LONGEST_REMARKS:,} letters. Nothing was signed.")
    found, quarter = points(), present()
    if seen_as(found) != seen:
        raise NotSigned("The list has changed since you looked. It is shown anew; nothing was signed.")
    ticked = set(looked_at)
    missing = [one for one in found if one.look and one.key not in ticked]
    if missing:
        words = ", ".join(one.what for one in missing[:5])
        raise NotSigned(f"Not everything that wants a look is ticked: {words}. Nothing was signed.")
    kept = [one.as_document() | {"looked_at": one.key in ticked} for one in found]
    name = person.name or person.email
    try:
        with transaction.atomic():
            row = QuarterlyReview.objects.create(
                quarter=quarter, points=kept, remarks=remarks.strip(), signed_by=person, signed_name=name[:254],
                signed_at=clock.now(),
            )  # fmt: skip
            details = {"points": len(kept), "looked_at": sum(one.look for one in found), "hash": digest(row)}
            note(person, "signed the quarterly review", quarter, details)
    except IntegrityError:
        raise NotSigned(f"The review for {quarter} is signed already.") from None
    return row


def digest(row: QuarterlyReview) -> str:
    """Return the hash of a signed review, as the trail holds it."""
    text = json.dumps([row.quarter, row.points, row.remarks], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_as_signed(row: QuarterlyReview) -> bool:
    """Say whether a review is the one that the trail tells of."""
    entries = AuditEntry.objects.filter(did="signed the quarterly review", what=row.quarter)
    return any(entry.details.get("hash") == digest(row) for entry in entries)


def as_document() -> dict[str, Any]:
    """Return the present list as JSON data, and the reviews that were signed."""
    found, quarter = points(), present()
    signed = QuarterlyReview.objects.filter(quarter=quarter).first()
    return {
        "quarter": quarter,
        "due_on": due_on(quarter).isoformat(),
        "due": due() == quarter,
        "signed": signed_document(signed) if signed else None,
        "to_look_at": sum(one.look for one in found),
        "seen": seen_as(found),
        "points": [one.as_document() for one in found],
        "earlier": [
            {"quarter": row.quarter, "signed_by": row.signed_name, "signed_at": row.signed_at.isoformat()}
            for row in QuarterlyReview.objects.all()
        ],
    }


def signed_document(row: QuarterlyReview) -> dict[str, Any]:
    return {
        "quarter": row.quarter,
        "signed_by": row.signed_name,
        "signed_at": row.signed_at.isoformat(),
        "remarks": row.remarks,
        "points": row.points,
        "as_signed": is_as_signed(row),
    }


def by_section(found: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return points as data, grouped by their section's title; one without points is left out."""
    groups: dict[str, list[Mapping[str, Any]]] = {section: [] for section in SECTIONS}
    for one in found:
        groups.setdefault(one["section"], []).append(one)
    return [(SECTIONS.get(section, section), rows) for section, rows in groups.items() if rows]


def _connections() -> Iterator[Point]:
    rows = list(Connection.objects.order_by("name"))
    using = used_by(rows)
    for row in rows:
        users = [use.integration for use in using[row.name]]
        app = app_name(row.app)
        address = f"/connections/{row.pk}/"
        if row.state == Connection.State.NEEDS_YOU:
            yield Point("connections", f"{row.name} ({app})", f"It needs you. {row.problem}", True, address)
        elif not users:
            yield Point(
                "connections", f"{row.name} ({app})", "No integration uses it. Disconnect it?", True, address
            )
        else:
            asked = (
                f"asked last on {timezone.localtime(row.checked_at):%Y-%m-%d}"
                if row.checked_at
                else "never asked"
            )
            can_be_asked = row.app in manifests() and manifests()[row.app].auth.can_be_asked
            late = can_be_asked and (row.checked_at is None or clock.now() - row.checked_at > OLD_CHECK)
            used = f"{len(users)} integration{'s' if len(users) != 1 else ''}"
            yield Point(
                "connections", f"{row.name} ({app})", f"Working, {asked}; used by {used}.", late, address
            )


def _rights() -> Iterator[Point]:
    """Yield the rights of keys that no integration needs any more: the less a key may, the less it can do harm."""
    definitions = [
        read_definition(one.current)[0]
        for one in Integration.objects.select_related("current").exclude(current=None)
        if one.current is not None
    ]
    for row in Connection.objects.order_by("name"):
        if row.app not in manifests():
            continue
        cls = connector_class(row.app)
        known = {need for one in cls.triggers for need in one.needs}
        known |= {need for one in actions_of(row).values() for need in one.needs}
        if issubclass(cls, AiConnector):
            known |= set(cls.needs)
        needed = {need for one in definitions for need in needs_of(one, row)}
        idle = [may for may in row.may if _among(may, known) and not _among(may, needed)]
        if idle:
            yield Point(
                "rights",
                row.name,
                f"Its key may do what no integration does: {', '.join(idle)}. Take these rights from it at the app.",
                True,
                f"/connections/{row.pk}/",
            )


def _among(told: str, needs: Iterable[str]) -> bool:
    return any(told == need or told.startswith(f"{need} (") for need in needs)


def _versions() -> Iterator[Point]:
    for use in [*uses(), *keys()]:
        ending = use.ending
        if ending is None or not use.integrations:
            continue
        if ending.on is None:
            yield Point(
                "versions",
                what_it_is(use),
                f"Being retired; no day is named. {ending.says}",
                True,
                "/health/versions/",
            )
        elif ending.on <= today() + AHEAD:
            left = (ending.on - today()).days
            when = (
                f"{'may end' if use.perhaps else 'ends'} on {ending.on:%Y-%m-%d}, in {left} "
                f"day{'s' if left != 1 else ''}"
                if left > 0
                else f"ended on {ending.on:%Y-%m-%d}"
            )
            who = (
                f" {len(use.stops)} integrations stop."
                if len(use.stops) != 1
                else f" It stops {use.stops[0]}."
            )
            yield Point(
                "versions", what_it_is(use), f"It {when} ({ending.source}).{who if use.stops else ''}", left <= 90,
                "/health/versions/" if use.kind != "key" else f"/connections/{use.connection.pk}/",
            )  # fmt: skip


def _errors() -> Iterator[Point]:
    for one in Integration.objects.select_related("current").filter(is_on=True).order_by("name"):
        standing = certificate(one)
        seen = standing.evidence
        state = " It runs on autopilot." if standing.on_autopilot else ""
        if not seen.n:
            says = f"Nothing was decided yet on drafts as they are made now.{state}"
        else:
            says = f"{of_them(seen.k, seen.n, 'draft')} wrong; fewer than {percent(seen.bound)} are, proven.{state}"
        wrong = seen.n >= 20 and seen.k / seen.n > standing.limit
        yield Point(
            "errors", one.name, says, bool(wrong or standing.over), f"/integrations/{one.name}/accuracy/"
        )


def _spending() -> Iterator[Point]:
    now = spending(days=QUARTER_DAYS)
    before = spending(days=2 * QUARTER_DAYS)
    for name, spent in sorted(now.by_integration.items(), key=lambda pair: pair[0] or ""):
        earlier = before.by_integration[name].cost_micros - spent.cost_micros
        more = earlier > 0 and spent.cost_micros > 2 * earlier
        compared = f", {dollars(earlier)} in the {QUARTER_DAYS} before" if earlier else ""
        yield Point(
            "spending",
            name or "what is being built",
            f"{dollars(spent.cost_micros)} in {QUARTER_DAYS} days{compared}.",
            more,
            "/health/cost/",
        )


def _tests() -> Iterator[Point]:
    newest = dict(Case.objects.order_by().values_list("integration").annotate(Max("made_at")))
    for one in Integration.objects.select_related("current").exclude(current=None).order_by("name"):
        assert one.current is not None  # noqa: S101  # left out above
        if read_definition(one.current)[0].asked is None:
            continue  # its drafts are handed in: no change here could be tried
        address = f"/integrations/{one.name}/tests/"
        made = newest.get(one.pk)
        if made is None:
            says, look = (
                "It has no test cases. Keep some reviewed drafts, so that a change can be tried.",
                one.is_on,
            )
        elif made < one.current.made_at:
            says, look = (
                f"Its newest test case is of {made:%Y-%m-%d}, its prompt of {one.current.made_at:%Y-%m-%d}. "
                "Add later ones.",
                True,
            )
        else:
            says, look = f"Its newest test case, of {made:%Y-%m-%d}, is younger than its prompt.", False
        yield Point("tests", one.name, says, look, address)


def _people() -> Iterator[Point]:
    for person in Person.objects.filter(is_active=True).order_by("email"):
        last = _last_seen(person)
        away = clock.now() - (last or person.created_at) > AWAY
        seen = f"was here last on {timezone.localtime(last):%Y-%m-%d}" if last else "was never here"
        yield Point(
            "people", f"{person} ({person.get_role_display()})", f"{seen[:1].upper()}{seen[1:]}."
            + (" Have they left? Then remove them." if away else ""), away, f"/settings/people/{person.pk}/",
        )  # fmt: skip
    for token in good():
        used = token.used_at
        idle = clock.now() - (used or token.created_at) > AWAY
        says = (
            f"A program that acts for {token.person}, used last on {used:%Y-%m-%d}."
            if used
            else (f"A program that acts for {token.person}, never used.")
        )
        more = " End it if nobody needs it." if idle else ""
        yield Point("people", f"key “{token.name}”", f"{says}{more}", idle, "/settings/tokens/")
    gone = AuditEntry.objects.filter(did="removed", at__gt=clock.now() - timedelta(days=QUARTER_DAYS))
    for entry in gone.order_by("at"):
        if "@" in entry.what and "role" in entry.details:
            yield Point(
                "people", f"{entry.what} left", f"Removed on {timezone.localtime(entry.at):%Y-%m-%d} by {entry.who}. "
                "Change passwords at apps that they knew.", True, "/settings/people/",
            )  # fmt: skip


def _last_seen(person: Person) -> datetime | None:
    moments = [
        person.sessions.aggregate(at=Max("seen_at"))["at"],
        Review.objects.filter(decided_by=person).aggregate(at=Max("decided_at"))["at"],
        AuditEntry.objects.filter(who__in=[str(person), person.email]).aggregate(at=Max("at"))["at"],
    ]
    return max((one for one in moments if one is not None), default=None)
