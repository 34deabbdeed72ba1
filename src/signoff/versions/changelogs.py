"""
Vendors' changelogs: read once a day, and what names a version or a model of ours is kept.

RSS and Atom, parsed by `defusedxml`: an entity that grows, or that reads a file, is refused. What stands in an entry is
a stranger's: its title is shown as text, and its link only where it leads to https.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.db.models import Q

from signoff.connections.models import Connection
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.core.errors import SignoffError
from signoff.core.home import allowed_hosts
from signoff.outbound.door import Door
from signoff.outbound.reply import Reply
from signoff.versions.calendar import uses
from signoff.versions.models import Announcement, Changelog

log = structlog.get_logger()

EVERY = timedelta(hours=20)
LATELY = timedelta(days=60)  # what is older is no news
TOLD_FOR = timedelta(days=14)
KEEP = timedelta(days=365)
MOST_BYTES = 5_000_000
MOST_ENTRIES = 500
SHORTEST_NAME = 4  # "v1" stands in every text
ATOM = "{http://www.w3.org/2005/Atom}"
TAGS = re.compile(r"<[^>]{0,2000}>")


class NoFeed(Exception):
    """What came is neither RSS nor Atom that we could read."""


@dataclass(frozen=True)
class Entry:
    key: str
    title: str
    link: str
    text: str
    published_on: date | None


def read_all(*, now: bool = False) -> int:
    """
    Read the changelogs of apps that are connected, each once a day; returns how many new entries name what we use.

    An app that only practice apps stand for is not read: nobody depends on it.
    """
    real = set(Connection.objects.filter(base_url="").values_list("app", flat=True))
    count = 0
    for app, manifest in manifests().items():
        if app in real and manifest.api.feed and _claim(app, now):
            count += read(app, manifest.api.feed)
    return count


def read(app: str, address: str) -> int:
    """Read one changelog; returns how many new entries name a version or a model of ours."""
    row = Changelog.objects.get_or_create(app=app)[0]
    try:
        reply = _fetched(app, address, row)
        if reply.status == 304:
            _said(row, "", reply, row.etag, row.changed)
            return 0
        if not reply.ok:
            raise NoFeed(f"It answered with {reply.status}.")
        entries = list(parse(reply.body))
    except NoFeed as error:
        _said(row, f"The changelog could not be read: {error}")
        return 0
    except SignoffError as error:
        _said(row, error.owner_message)
        return 0
    count = _keep(app, entries)
    _said(row, "", reply, reply.headers.get("etag", ""), reply.headers.get("last-modified", ""))
    return count


def parse(body: bytes) -> Iterator[Entry]:
    """Yield the entries of an RSS or Atom document. Raises `NoFeed`."""
    from defusedxml import ElementTree  # 2 MB that only this needs
    from defusedxml.common import DefusedXmlException

    try:
        root = ElementTree.fromstring(body)
    except DefusedXmlException:
        raise NoFeed("It holds what no changelog needs and what can do harm.") from None
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        raise NoFeed("It is neither RSS nor Atom.") from None
    items = [*root.iter("item")] or [*root.iter(f"{ATOM}entry")]
    if not items and root.tag not in ("rss", f"{ATOM}feed"):
        raise NoFeed("It is neither RSS nor Atom.")
    for item in items[:MOST_ENTRIES]:
        yield _entry(item)


def names_of(app: str, found: Iterable[Any] | None = None) -> list[str]:
    """Return the versions and models of an app that integrations use, as a changelog would name them."""
    used = uses() if found is None else found
    names = {use.what for use in used if use.connection.app == app and use.integrations}
    return sorted(name for name in names if len(name) >= SHORTEST_NAME and any(map(str.isdigit, name)))


def lately() -> list[Announcement]:
    """Return the announcements that are news: they name what is still used, and were seen a short time ago."""
    rows = list(Announcement.objects.filter(seen_at__gt=clock.now() - TOLD_FOR))
    if not rows:
        return []
    found = uses()
    return [row for row in rows if set(row.names) & set(names_of(row.app, found))]


def forget_old() -> None:
    Announcement.objects.filter(seen_at__lt=clock.now() - KEEP).delete()


def _claim(app: str, now: bool) -> bool:
    moment = clock.now()
    Changelog.objects.get_or_create(app=app)
    due = Changelog.objects.filter(app=app)
    if not now:
        due = due.filter(Q(asked_at=None) | Q(asked_at__lt=moment - EVERY))
    return bool(due.update(asked_at=moment))


def _fetched(app: str, address: str, row: Changelog) -> Reply:
    parts = urlsplit(address)
    door = Door(
        f"{parts.scheme}://{parts.netloc}",
        app=f"{manifests()[app].name}’s changelog",
        allow_hosts=allowed_hosts(),
    )
    headers = {"accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9"}
    if row.etag:
        headers["if-none-match"] = row.etag
    if row.changed:
        headers["if-modified-since"] = row.changed
    return door.get(address, headers=headers, max_bytes=MOST_BYTES)


def _keep(app: str, entries: Iterable[Entry]) -> int:
    names = names_of(app)
    patterns = {name: re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)", re.I) for name in names}
    oldest = clock.now().date() - LATELY
    new = []
    for entry in entries:
        if entry.published_on and entry.published_on < oldest:
            continue
        text = f"{entry.title}\n{entry.text}"
        named = [name for name, pattern in patterns.items() if pattern.search(text)]
        if named:
            new.append(
                Announcement(
                    app=app, key=entry.key, title=entry.title, link=entry.link, names=named,
                    published_on=entry.published_on, seen_at=clock.now(),
                )
            )  # fmt: skip
    known = set(
        Announcement.objects.filter(app=app, key__in=[one.key for one in new]).values_list("key", flat=True)
    )
    fresh = [one for one in new if one.key not in known]
    Announcement.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _said(
    row: Changelog, problem: str, reply: Reply | None = None, etag: str = "", changed: str = ""
) -> None:
    values: dict[str, Any] = {"problem": problem[:300]}
    if reply is not None:
        values |= {"read_at": clock.now(), "etag": etag[:200], "changed": changed[:60]}
    Changelog.objects.filter(pk=row.pk).update(**values)
    if problem:
        log.info("a vendor's changelog could not be read", app=row.app, why=problem)


def _entry(item: Any) -> Entry:
    def text(*names: str) -> str:
        for name in names:
            found = item.find(name)
            if found is not None and "".join(found.itertext()).strip():
                return "".join(found.itertext()).strip()
        return ""

    link = text("link")
    for one in item.findall(f"{ATOM}link"):
        if one.get("rel", "alternate") == "alternate":
            link = one.get("href", "")
            break
    title = _plain(text("title", f"{ATOM}title"))[:300] or "An entry without a title"
    body = text(
        "{http://purl.org/rss/1.0/modules/content/}encoded", "description", f"{ATOM}content", f"{ATOM}summary"
    )
    key = text("guid", f"{ATOM}id") or link or title
    return Entry(
        hashlib.sha256(key.encode()).hexdigest(),
        title,
        link[:500] if link.startswith("https://") else "",
        _plain(body[:200_000]),
        _day(text("pubDate", f"{ATOM}published", f"{ATOM}updated", "{http://purl.org/dc/elements/1.1/}date")),
    )


def _plain(text: str) -> str:
    bare = html.unescape(TAGS.sub(" ", html.unescape(text)))
    return " ".join("".join(letter if letter.isprintable() else " " for letter in bare).split())


def _day(text: str) -> date | None:
    try:
        return parsedate_to_datetime(text).date()
    except (ValueError, TypeError):
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).date()
