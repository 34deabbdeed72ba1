"""What every page shows: who I am, the menu and its count, theme, practice notice, last decision."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as later

from signoff.accounts.models import Person
from signoff.web import practice, said
from signoff.web.inbox import last_decision, waiting_count

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Entry(NamedTuple):
    """One line of the menu. `near`: on a phone it stands in the bottom bar, the others under More."""

    key: str
    address: str
    icon: str
    label: str | StrPromise
    rights: tuple[str, ...]
    near: bool = False


MENU = (
    Entry("home", "/", "house", later("Home"), (), near=True),
    Entry("review", "/review/", "inbox", later("To review"), ("review",), near=True),
    Entry("integrations", "/integrations/", "workflow", later("Integrations"), ("see",)),
    Entry("connections", "/connections/", "plug", later("Connections"), ("see",)),
    Entry("history", "/history/", "history", later("History"), ("see", "review"), near=True),
    Entry("health", "/health/", "heart-pulse", later("Health"), ("see",)),
)


def menu_for(person: Person) -> list[Entry]:
    """Return the lines of the menu that this person can open."""
    return [entry for entry in MENU if not entry.rights or any(person.may(right) for right in entry.rights)]


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of every page needs; the costly parts only when a template asks."""
    person = getattr(request, "user", None)
    if not isinstance(person, Person):
        return {"theme": "system"}

    waiting: Callable[[], int] = cache(lambda: waiting_count(person))  # the menu shows it, and the list
    return {
        "me": person,
        "theme": person.theme,
        "menu": menu_for(person),
        "waiting_count": waiting if person.may("review") else 0,
        "practice_notice": practice.notice,
        "said": cache(lambda: said.hear(request)),  # shown to eyes and told to screen readers, and then gone
        "toast": lambda: last_decision(request, person),
    }
