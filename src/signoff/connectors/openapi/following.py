"""
Reading a list page by page, and telling what is new in it.

A list whose records say when they were made is read from its newest end as far back as an hour before the last pass,
where it is seen to be in that order, and whole where it is not. Of a list that tells no times, every id is remembered.
The cursor is JSON: where it began, and how far the present pass is. One call asks for one page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from signoff.connectors.cursors import Cursor
from signoff.connectors.openapi.plan import Listing
from signoff.connectors.shapes import member
from signoff.core.clock import now
from signoff.core.errors import AnswerUnexpected, InputRejected
from signoff.outbound.address import same_server
from signoff.outbound.reply import Reply

OVERLAP_SECONDS = 3600.0
ENOUGH_ROWS = 20  # so many in the order of time are in it on purpose, and not by chance
MOST_KNOWN = 5000
MOST_PAGES = 300


@dataclass
class Place(Cursor):
    """
    How far reading has come; moments are seconds since 1970.

    Nothing made before `start` is told. A pass has `begun`, ends at records older than `low`, and goes on at `page`.
    `is_down` while no record of the pass was newer than the one before it, `last`; `fell` once one was older; `rows`
    are how many that says of. `ids` are those of this pass, `known` those that were there before it. `learns`: the
    first pass over a list without times, of which nothing is told.
    """

    by: str
    start: float
    done: float
    known: list[str] = field(default_factory=list)
    learns: bool = False
    page: dict[str, Any] | None = None
    begun: float = 0.0
    low: float = 0.0
    is_down: bool = True
    fell: bool = False
    rows: int = 0
    last: float | None = None
    pages: int = 0
    ids: list[str] = field(default_factory=list)

    def write(self) -> str:
        return json.dumps(vars(self), separators=(",", ":"))

    def begin_pass(self) -> None:
        if self.page is None and not self.learns:
            self.begun, self.low = now().timestamp(), max(self.start, self.done - OVERLAP_SECONDS)
            self.is_down, self.fell, self.rows, self.last, self.pages, self.ids = True, False, 0, None, 0, []

    def take(self, stamps: list[float | None], ids: list[str]) -> None:
        """Note a page: whether the order still goes down, and which ids it had."""
        self.pages += 1
        if self.by == "ids":
            self.ids += ids
            return
        for stamp in stamps:
            if stamp is None or (self.last is not None and stamp > self.last):
                self.is_down = False
            self.fell = self.fell or (stamp is not None and self.last is not None and stamp < self.last)
            self.last = stamp if stamp is not None else self.last
        self.rows += len(stamps)

    def goes_on(self, following: dict[str, Any] | None, app: str) -> bool:
        """Move on to the next page, or end the pass; says whether there is more of it."""
        is_in_order = self.is_down and self.fell and self.rows >= ENOUGH_ROWS
        is_far_enough = self.by == "time" and is_in_order and self.last is not None and self.last < self.low
        if following is not None and not is_far_enough:
            if self.pages >= MOST_PAGES or len(self.ids) > MOST_KNOWN:
                raise too_long(app)
            self.page = following
            return True
        self.page, self.done = None, self.begun or self.done
        if self.by == "ids":
            both = list(dict.fromkeys([*self.ids, *self.known]))
            self.known = both if len(both) <= MOST_KNOWN else self.ids
            self.learns, self.ids = False, []
        return False


def too_long(app: str) -> InputRejected:
    return InputRejected(
        "the list is too long to be read whole each time",
        app=app,
        owner_message="This list at {app} is too long to be read whole each time, and it is not in the order of time. "
        "Nothing is lost.",
        next_step="Connect {app} anew with another operation: one that tells when records were made, and in which time "
        "zone.",
    )


def dig(value: Any, path: tuple[str, ...]) -> Any:
    """Return what lies at a path, None where it does not lead on."""
    return member(value, *path) if path else value


def rows_of(reply: Reply, listing: Listing) -> list[Any]:
    """Return the records of a page. Raises `AnswerUnexpected` where there is no list: that is no empty one."""
    told = reply.json()
    rows = dig(told, listing.rows)
    if rows is None and isinstance(told, list):
        rows = told
    if not isinstance(rows, list):
        raise reply.unexpected(f"{reply.call}: {'.'.join(listing.rows) or 'the list'} missing")
    return [row for row in rows if isinstance(row, dict)]


def next_page(
    reply: Reply, rows: list[Any], listing: Listing, page: Mapping[str, Any] | None, base_url: str
) -> dict[str, Any] | None:
    """
    Return where a list goes on: an address, or a parameter; None where it ends.

    An address that leads to another server is refused: the key would follow it.
    """
    linked = link_next(reply.headers.get("link", ""))
    if linked:
        return {"address": _own(linked, base_url, listing, reply)}
    pages, told = listing.pages, reply.json()
    if not rows or (pages.more and dig(told, pages.more) is False):
        return None
    if pages.way == "address":
        address = dig(told, pages.where)
        if not isinstance(address, str) or not address:
            return None
        return {"address": _own(address, base_url, listing, reply)}
    if pages.way == "token":
        token = dig(told, pages.where)
        is_one = isinstance(token, str | int) and not isinstance(token, bool) and token not in ("", 0)
        return {"params": {pages.param: str(token)}} if is_one else None
    # A page that is shorter than we asked for proves nothing: apps give fewer at most than their documents say.
    if pages.way == "last id":
        return {"params": {pages.param: str(dig(rows[-1], listing.id))}}
    first = str(dig(rows[0], listing.id))
    if pages.way in ("page", "offset"):
        if page is not None and page.get("first") == first:
            return None  # an app that has no such page and tells the last one again
        before = int(
            (page or {}).get("params", {}).get(pages.param, pages.first if pages.way == "page" else 0)
        )
        step = 1 if pages.way == "page" else len(rows)
        return {"params": {pages.param: str(before + step)}, "first": first}
    return None


def link_next(header: str) -> str:
    """Return the address with rel="next" of a Link header, "" where there is none. Source: RFC 8288."""
    for address, params in re.findall(r"<([^<>]{1,2000})>([^<]*)", header[:8000]):
        if re.search(r';\s*rel\s*=\s*"?[^";]*\bnext\b', params, re.IGNORECASE):
            return str(address)
    return ""


def _own(address: str, base_url: str, listing: Listing, reply: Reply) -> str:
    """Return an address as the door takes it: whole, of the same server, or a path behind the app's own address."""
    base = urlsplit(base_url)
    if "://" in address[:10] or address.startswith("//"):
        try:
            if same_server(address, base_url):
                return address
        except ValueError:
            pass
        raise AnswerUnexpected(f"{reply.call}: the next page is said to be at another server", app=reply.app)
    if address.startswith("?"):  # of the same list, whose path may hold what the owner stated
        return f"{base.scheme}://{base.netloc}{reply.call.partition(' ')[2]}{address}"
    path = f"/{address.lstrip('/')}"
    if base.path not in ("", "/") and path.startswith(f"{base.path.rstrip('/')}/"):
        return f"{base.scheme}://{base.netloc}{path}"
    return path


def moment_of(value: Any) -> float | None:
    """Return a moment as seconds since 1970, however an app writes it; None for what is no moment."""
    found = _read_moment(value)
    if not isinstance(found, datetime):
        return found
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def is_certain(value: Any) -> bool:
    """
    Say whether a value tells a moment, and in which time zone.

    Without one it may be the app's own: west of Greenwich all that is new would look older than the beginning, and be
    left out without a word.
    """
    found = _read_moment(value)
    return found.tzinfo is not None if isinstance(found, datetime) else found is not None


def _read_moment(value: Any) -> datetime | float | None:
    if isinstance(value, str):
        text = value.strip()[:60]
        if not (text.isdecimal() and len(text) >= 9):
            return _written_moment(text)
        value = int(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e17:
        return None
    number = value / 1e6 if value > 1e14 else value / 1000 if value > 1e11 else float(value)
    return number if number < 2e10 else None


def _written_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError:
        try:
            return parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None


def their_now(headers: Mapping[str, str]) -> float:
    """Return what time it is at the app, by its own clock where it tells."""
    return moment_of(headers.get("date")) or now().timestamp()
