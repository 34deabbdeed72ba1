"""
The shelf: an integration's latest approved answers, to be searched by what their records say.

Kept in memory, once for each process and integration, and looked after when it is asked: numbers in place of words, no
text. What is on it is read again from the database before it is used, so that what was erased or taken back since is
never shown.
"""

from __future__ import annotations

import re
import threading
import time
from array import array
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection as db

from signoff.checks.stripping import is_of_people, leaves, named_in, words_in
from signoff.examples.likeness import Index, Terms
from signoff.review.models import Review

LATEST = 2_000  # answers of an integration that are looked at
LOOKED_THROUGH = 20_000  # of its latest runs: however many there are, a look costs the same
FRESH_SECONDS = 10.0
SHELVES = 16  # some 10 MB each
MANY_CUSTOMERS = 3  # a word in so many customers' texts is nobody's

APPROVED = """
SELECT review.id, extract(epoch from review.decided_at)::float8
FROM (SELECT id FROM runs_run WHERE integration_id = %s ORDER BY id DESC LIMIT %s) AS latest
JOIN review_review AS review ON review.run_id = latest.id
JOIN runs_run AS run ON run.id = latest.id AND run.erased_at IS NULL AND NOT run.planted
WHERE review.state = 'decided' AND review.verdict IN ('approved', 'edited')
ORDER BY review.run_id DESC LIMIT %s
"""
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,250}\.\w{2,24}")
_PHONE = re.compile(r"\+?\d[\d\s()./-]{6,22}\d")
_OURS = frozenset(
    ["to", "cc", "bcc", "recipient", "recipients", "delivered_to", "an", "empfänger", "para", "destinataire"]
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one approved answer: who it was for (as numbers), which version it came from, its words."""

    decided_at: float
    run_id: int
    version: int
    customers: frozenset[int]
    record: int
    terms: Terms
    said: array[int]
    named: frozenset[int]


@dataclass
class Shelf:
    """The entries of one integration by the numbers of their reviews, the newest first."""

    entries: dict[int, Entry] = field(default_factory=dict)
    index: Index = field(default_factory=lambda: Index({}))
    looked_at: float = -FRESH_SECONDS
    # What so many records have that it names no customer: our own address.
    shared: frozenset[int] = frozenset()
    public: frozenset[int] = frozenset()
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_public(self, key: str) -> bool:
        """Say whether a word is no one customer's: several customers' texts have it, and nobody is called so."""
        return hash(key) in self.public

    def _settle(self) -> None:
        self.index = Index({number: entry.terms for number, entry in self.entries.items()})
        held = Counter(customer for entry in self.entries.values() for customer in entry.customers)
        many = len(self.entries) / 2
        self.shared = frozenset(c for c, count in held.items() if count >= 10 and count > many)
        seen: dict[int, set[int]] = defaultdict(set)
        names: set[int] = set()
        for entry in self.entries.values():
            whose = min(entry.customers - self.shared, default=entry.run_id)
            names |= entry.named
            for word in entry.said:
                if len(seen[word]) < MANY_CUSTOMERS:
                    seen[word].add(whose)
        self.public = frozenset(word for word, whose in seen.items() if len(whose) >= MANY_CUSTOMERS) - names


def shelf_of(integration_id: int) -> Shelf:
    """Return an integration's shelf, as it was a few seconds ago at most."""
    with _lock:
        shelf = _shelves.setdefault(integration_id, Shelf())
        _shelves.move_to_end(integration_id)
        while len(_shelves) > SHELVES:
            _shelves.popitem(last=False)
    with shelf.lock:
        if time.monotonic() - shelf.looked_at >= FRESH_SECONDS:
            _look(integration_id, shelf)
            shelf.looked_at = time.monotonic()
    return shelf


def forget_all() -> None:
    """Forget what is known (a test's database is another one each time)."""
    with _lock:
        _shelves.clear()


def customers_in(record: Mapping[str, Any], object_id: str = "") -> frozenset[int]:
    """Return numbers for whoever a record is about: addresses, phones, the app's own number, a whole name."""
    found = {f"object {object_id}"} if object_id else set()
    name: list[str] = []
    for field_name, text in leaves(record):
        if field_name.lower() in _OURS:
            continue
        found.update(match.group().casefold() for match in _EMAIL.finditer(text))
        found.update("phone " + re.sub(r"\D", "", m.group())[-8:] for m in _PHONE.finditer(text))
        if len(text) <= 80 and "@" not in text and is_of_people(field_name) and "name" in field_name.lower():
            name += [word.key for word in words_in(text)]
    if len(set(name)) > 1:
        found.add("name " + " ".join(sorted(set(name))))
    return frozenset(map(hash, found))


def terms_of(record: Mapping[str, Any], fields: Sequence[str] = ()) -> Terms:
    """Return the words by which a record is compared: what it says, not who says it."""
    return Terms.of(_words(record, fields))


def text_of(record: Mapping[str, Any], fields: Sequence[str] = ()) -> str:
    """Return what a record says, as one text."""
    told = [text for name, text in leaves(_shown(record, fields)) if not is_of_people(name)]
    return "\n".join(sorted(told, key=len, reverse=True))


def record_number(record: Mapping[str, Any]) -> int:
    """Return one number for all that a record says."""
    return hash(tuple(sorted(leaves(record))))


def _words(record: Mapping[str, Any], fields: Sequence[str]) -> Iterable[str]:
    for name, text in leaves(_shown(record, fields)):
        if not is_of_people(name):
            yield from (word.key for word in words_in(text))


def _shown(record: Mapping[str, Any], fields: Sequence[str]) -> Mapping[str, Any]:
    tops = {name.split(".")[0] for name in fields}
    return {name: value for name, value in record.items() if name in tops} if tops else record


def _look(integration_id: int, shelf: Shelf) -> None:
    with db.cursor() as cursor:
        cursor.execute(APPROVED, [integration_id, LOOKED_THROUGH, LATEST])
        there = dict(cursor.fetchall())
    kept = {number: shelf.entries.get(number) for number in there}
    fresh = [n for n, entry in kept.items() if entry is None or entry.decided_at != there[n]]
    if not fresh and len(kept) == len(shelf.entries):
        return
    read = {number: entry for chunk in _chunks(fresh) for number, entry in _read(chunk, there)}
    shelf.entries = {n: entry for n in there if (entry := read.get(n) or shelf.entries.get(n)) is not None}
    shelf._settle()


def _chunks(numbers: Sequence[int], size: int = 500) -> Iterable[Sequence[int]]:
    return (numbers[at : at + size] for at in range(0, len(numbers), size))


def _read(numbers: Sequence[int], there: Mapping[int, float]) -> Iterable[tuple[int, Entry]]:
    rows = Review.objects.filter(pk__in=numbers).values_list(
        "pk", "run_id", "run__version__number", "run__version__definition", "run__object_id", "run__record",
        "decided_content",
    )  # fmt: skip
    for pk, run_id, version, definition, object_id, record, content in rows:
        if not record or not content:
            continue
        fields = (definition.get("record") or {}).get("fields") or ()
        said = {word.key for _, text in leaves(content) for word in words_in(text)}
        terms = terms_of(record, fields)
        yield (
            pk,
            Entry(
                decided_at=there[pk],
                run_id=run_id,
                version=version,
                customers=customers_in(record, object_id),
                record=record_number(record),
                terms=terms,
                said=array("q", set(map(hash, said)) | set(terms.words)),
                named=frozenset(map(hash, named_in(record))),
            ),
        )


_shelves: OrderedDict[int, Shelf] = OrderedDict()
_lock = threading.Lock()
