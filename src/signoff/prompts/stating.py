"""States company facts: each change is a version of its own, and nothing that was said is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.utils import timezone

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.prompts.facts import Statement, as_data, in_force
from signoff.prompts.models import Fact, FactVersion


def state(name: str, statements: Iterable[Statement], person: Person | None) -> bool:
    """Let a fact say this from now on, in the caller's transaction; False when it says so already."""
    rows = as_data(statements)
    fact = Fact.objects.select_for_update().filter(name=name).first()
    if fact is not None and fact.statements == rows:
        return False
    if fact is None:
        fact = Fact(name=name, number=0)
    fact.statements, fact.number = rows, fact.number + 1
    fact.save()
    FactVersion.objects.create(fact=fact, number=fact.number, statements=rows, made_by=person)
    note(person or "command line", "changed", f"company fact {name}", {"version": fact.number})
    return True


def forget(name: str, person: Person | None) -> bool:
    """Remove a fact with all its versions; False when there is none. Whoever calls looks that nothing uses it."""
    gone = Fact.objects.filter(name=name).delete()[0]
    if gone:
        note(person or "command line", "removed", f"company fact {name}")
    return bool(gone)


def facts_on(names: Iterable[str], day: date | None = None) -> dict[str, str]:
    """Return what the named facts say on a day (today), as text by name; one that says nothing then is left out."""
    names = list(names)
    if not names:
        return {}
    day = day or timezone.localdate()
    texts = {fact.name: in_force(fact.said, day) for fact in Fact.objects.filter(name__in=names)}
    return {name: text for name, text in texts.items() if text}


def changed(then: Mapping[str, str]) -> list[str]:
    """Return which of some facts say something else today than they said then, by name."""
    now = facts_on(then)
    return [name for name, text in then.items() if now.get(name) != text]
