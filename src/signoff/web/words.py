"""Times, amounts and states as an owner reads them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from signoff.core import clock

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Shown(NamedTuple):
    """How a state looks: its colour's name, its icon and its word. Never the colour alone."""

    tone: str
    icon: str
    word: str | StrPromise


RUN_STATES = {
    "queued": Shown("info", "clock", later("Waiting")),
    "asking": Shown("info", "sparkles", later("Asking the AI")),
    "in a batch": Shown("info", "hourglass", later("In a batch")),
    "waiting for review": Shown("info", "inbox", later("Waiting for review")),
    "approved": Shown("info", "send", later("Approved, on its way")),
    "delivering": Shown("info", "send", later("On its way")),
    "done": Shown("ok", "circle-check", later("Done")),
    "needs you": Shown("bad", "circle-alert", later("Needs you")),
    "rejected": Shown("quiet", "ban", later("Rejected")),
    "uncertain": Shown("warn", "circle-question-mark", later("Not sure")),
    "failed": Shown("bad", "octagon-x", later("Stopped")),
    "parked": Shown("quiet", "circle-pause", later("Paused")),
    "planted": Shown("quiet", "sprout", later("Planted")),
    "left": Shown("quiet", "archive", later("Left as it is")),
}


RECEIPTS = {
    "sent": later("Sent"),
    "delivered": later("It has arrived"),
    "read": later("It was read"),
}


def run_state(state: str) -> Shown:
    """Return how a run's state looks."""
    return RUN_STATES.get(state) or Shown("quiet", "info", later("Unknown"))


def named(slug: str) -> str:
    """Return a name of ours as a person writes it: "follow-up-new-leads" becomes "Follow up new leads"."""
    words = slug.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def mid(slug: str) -> str:
    """Return the same for the middle of a sentence: "follow up new leads"."""
    words = named(slug)
    return words[:1].lower() + words[1:]


def age(at: datetime | None) -> str:
    """Return how long ago something was: "just now", "4 min", "2 h", "3 days"."""
    if at is None:
        return ""
    minutes = int((clock.now() - at).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    if minutes < 24 * 60:
        return _("%(n)s h") % {"n": minutes // 60}
    days = minutes // (24 * 60)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def ago(at: datetime | None) -> str:
    """Return the same as a part of a sentence: "just now", "4 min ago"."""
    if at is None:
        return _("never")
    text = age(at)
    return text if text == _("just now") else _("%(time)s ago") % {"time": text}


def today() -> date:
    """Return the day on the owner's calendar."""
    return timezone.localtime(clock.now()).date()


def day(on: date | datetime) -> str:
    """Return a day: "Fri 4 July", with the year if it is not this one."""
    on = timezone.localtime(on).date() if isinstance(on, datetime) else on
    return date_format(on, "D j F" if on.year == today().year else "D j F Y")


def moment(at: datetime) -> str:
    """Return a moment: "Tue 10 June, 10:42", or "today at 10:42"."""
    here = timezone.localtime(at)
    if here.date() == today():
        return _("today at %(time)s") % {"time": date_format(here, "H:i")}
    return f"{day(at)}, {date_format(here, 'H:i')}"


def ends(on: date | datetime) -> str:
    """Return an end and how far off it is: "Fri 4 July, in 12 days", "Ended today"."""
    last = timezone.localtime(on).date() if isinstance(on, datetime) else on
    left = (last - today()).days
    if isinstance(on, datetime) and on <= clock.now():
        return _("Ended today") if left == 0 else _("Ended %(day)s") % {"day": day(on)}
    if left < 0:
        return _("Ended %(day)s") % {"day": day(on)}
    if left == 0:
        return _("%(day)s, today") % {"day": day(on)}
    return ngettext("%(day)s, in %(n)s day", "%(day)s, in %(n)s days", left) % {"day": day(on), "n": left}


def urgency(on: date | datetime) -> str:
    """Return the tone of an end: over 30 days "ok", within 30 "warn", within 7 or past "bad"."""
    last = timezone.localtime(on).date() if isinstance(on, datetime) else on
    left = (last - today()).days
    return "bad" if left <= 7 else "warn" if left <= 30 else "ok"


def took(seconds: float) -> str:
    """Return a length of time: "0.4 s", "12 s", "4 min 12 s", "2 h 5 min"."""
    if seconds < 10:
        return _("%(n)s s") % {"n": f"{max(seconds, 0):.1f}"}
    whole = timedelta(seconds=round(seconds))
    minutes, rest = divmod(int(whole.total_seconds()), 60)
    if minutes == 0:
        return _("%(n)s s") % {"n": rest}
    if minutes < 60:
        return _("%(m)s min %(s)s s") % {"m": minutes, "s": f"{rest:02d}"}
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _("%(h)s h %(m)s min") % {"h": hours, "m": minutes}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}


def shown(value: object) -> str:
    """Return a record's value as text: yes and no in words, lists with commas, nothing as a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{named(str(key))}: {shown(inner)}" for key, inner in value.items()) or "–"
    return str(value)


# What apps call their fields, where cutting the name at its joints does not say it.
LABELS = {
    "firstname": later("First name"),
    "lastname": later("Last name"),
    "jobtitle": later("Job title"),
    "lifecyclestage": later("Lifecycle stage"),
    "mobilephone": later("Mobile phone"),
    "createdate": later("Created"),
    "lastmodifieddate": later("Last changed"),
    "hs_object_id": later("Record number"),
    "numemployees": later("Employees"),
    "id": later("Record number"),
}


def label(field: str) -> str:
    """Return a field's name as people say it: "firstname" becomes "First name"."""
    known = LABELS.get(field.lower())
    return str(known) if known else named(field.removeprefix("hs_").replace(".", " "))
