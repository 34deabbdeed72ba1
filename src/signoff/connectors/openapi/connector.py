"""The connector of an app that is known by its document: it does what the plan says, and nothing beside."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

from signoff.connectors import base
from signoff.connectors.base import (
    Account,
    Choice,
    Connector,
    Event,
    Field,
    Intent,
    Outcome,
    Page,
    Record,
    Written,
)
from signoff.connectors.openapi import rates
from signoff.connectors.openapi.following import (
    Place,
    dig,
    is_certain,
    moment_of,
    next_page,
    rows_of,
    their_now,
    too_long,
)
from signoff.connectors.openapi.plan import Begins, Does, Listing, One, Plan, Prop
from signoff.connectors.shapes import is_page, lenient_json, member, web_page, word
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    PermissionMissing,
    QuotaExhausted,
)
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage

OURS = re.compile(r"so-\d+-\d+-[0-9a-f]{8}")
LABELS = (
    "name", "title", "subject", "full_name", "display_name", "summary", "email", "from", "username", "login",
    "description", "message", "body", "content", "text",
)  # fmt: skip
MOST_LOOKED_THROUGH = 10  # pages, to find one record again
LONG_ENOUGH = 12  # letters of a text by which something that we made is known again
LONGEST_ID = 120
MARK_LETTERS = 24
SHORTENED = re.compile(rf".{{{LONGEST_ID - MARK_LETTERS - 1}}}~[0-9a-f]{{{MARK_LETTERS}}}", re.DOTALL)
ACCOUNT_IDS = ("id", "gid", "uuid", "sid", "login", "username", "email")


class Described(Connector):
    """One account at an app that is known by its document; `plan` and the actions are those of what was chosen."""

    plan: ClassVar[Plan]
    doing: ClassVar[dict[str, base.Action]] = {}
    states_pace = True

    @classmethod
    def actions(cls) -> dict[str, base.Action]:
        return cls.doing

    @staticmethod
    def limits(headers: Mapping[str, str]) -> tuple[base.Limit, ...]:
        return rates.limits(headers)

    def check(self) -> Account:
        host, who = urlsplit(self.door.base_url).hostname or "", self.plan.who
        id, name = "/".join([host, *self._known().values()])[:200], self.plan.title
        if who is not None:
            reply = self.door.get(who.path)
            if reply.status not in (403, 404, 405):
                explain(reply)
                told = dig(lenient_json(reply), who.inside)
                id = next((str(told[key]) for key in ACCOUNT_IDS if _is_said(member(told, key))), id)
                name = next(
                    (str(told[key]) for key in (*LABELS, *ACCOUNT_IDS) if _is_said(member(told, key))), name
                )
        may, lacks = [], []
        for one in self.plan.begins:
            try:
                self._page(one.listing, None)
                may.append(f"read {one.object}")
            except PermissionMissing:
                lacks.append(f"read {one.object}")
        return Account(id, name, (*may, *(action.label for action in self.plan.does)), tuple(lacks))

    def fields(self, object: str) -> list[Field]:
        for one in self.plan.begins:
            if object in (one.object, one.name):
                return [_field(prop) for prop in one.fields]
        action = next((one for one in self.plan.does if one.name == object), None)
        return [_field(prop) for prop in action.params] if action else []

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> Page:
        one = self._begins(trigger)
        if cursor is None:
            return self._first(one)
        place = Place.read(cursor)
        place.begin_pass()
        reply, rows, following = self._page(
            one.listing, place.page, place.low if place.by == "time" else None
        )
        made = [dig(row, one.listing.made) if one.listing.made else None for row in rows]
        stamps, ids = [moment_of(each) for each in made], [_id(row, one.listing) for row in rows]
        known = set(place.known)
        events = () if place.learns else tuple(
            self._event(one, row, id, stamp, fields)
            for row, id, stamp in zip(rows, ids, stamps, strict=True)
            if id and id not in known and not _is_ours(row, one)
            and (place.by == "ids" or (stamp is not None and stamp >= place.start))
        )  # fmt: skip
        is_first_seen = place.by == "ids" and not (known or place.learns or place.pages)
        if is_first_seen and made and all(map(is_certain, made)):
            # Nothing was there at the beginning, so that nobody could tell how this list says when. Now one can.
            place.by, place.known = "time", ids
        place.take(stamps, ids)
        more = place.goes_on(following, reply.app)
        return Page(events, place.write(), more)

    def _first(self, one: Begins) -> Page:
        """Begin now: what is there already is told of no more."""
        reply, rows, following = self._page(one.listing, None)
        moment, ids = their_now(reply.headers), [_id(row, one.listing) for row in rows]
        made = [dig(row, one.listing.made) if one.listing.made else None for row in rows]
        tells_times = bool(made) and all(map(is_certain, made))
        place = Place("time" if tells_times else "ids", moment, moment, ids)
        if tells_times:
            return Page((), place.write())
        place.learns, place.begun = True, moment
        place.take([], ids)
        more = place.goes_on(following, reply.app)
        return Page((), place.write(), more)

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> Record | None:
        one = self._begins(trigger)
        by_itself = one.one is not None and not SHORTENED.fullmatch(object_id)
        row = self._one(one.one, object_id) if by_itself and one.one else self._found(one.listing, object_id)
        return _record(one, row, object_id, fields) if row is not None else None

    def latest(self, trigger: str, most: int) -> Sequence[Event]:
        one = self._begins(trigger)
        _, rows, _ = self._page(one.listing, None)
        told = [self._event(one, row, _id(row, one.listing), None, ()) for row in rows]
        stamps = [moment_of(dig(row, one.listing.made)) or 0.0 if one.listing.made else 0.0 for row in rows]
        newest = sorted(zip(stamps, told, strict=True), key=lambda pair: -pair[0])
        return [event for _, event in newest[:most]]

    def perform(self, name: str, params: Mapping[str, Any], marker: str) -> Written:
        action = self.doing.get(name)
        if action is None:
            raise self._not_offered(f"the action {name}")
        given = self.parse(action, params).model_dump(exclude_none=True)
        does = next(one for one in self.plan.does if one.name == name)
        reply = self._write(does, given, marker)
        told = lenient_json(reply)
        id = dig(told, does.id) if does.id else None
        if not _is_said(id):
            id = reply.headers.get("location", "").rstrip("/").rpartition("/")[2] or _last_id(does, given)
        link = dig(told, does.link) if does.link else None
        is_link = isinstance(link, str) and link.startswith("https://") and len(link) < 2000
        note = "Accepted; the app does it by and by." if reply.status == 202 else ""
        return Written(id=str(id)[:200] or marker, link=str(link) if is_link else None, note=note)

    def reconcile(self, intent: Intent) -> Outcome:
        does = next((one for one in self.plan.does if one.name == intent.action), None)
        if does is None or does.repeatable:
            return base.Unknown("it can simply be done again")
        given = {key: value for key, value in intent.params.items() if value is not None}
        if does.reads_back is not None:
            row = self._one(does.reads_back, _last_id(does, given), self._values(does, given))
            if row is not None and _holds(row, does, given):
                return base.Sent(_last_id(does, given))
            return base.Unknown("what stands there is not what was to be written")
        if does.found_in is None:
            return base.Unknown("the document names no list in which it could be found")
        page: dict[str, Any] | None = None
        for _ in range(MOST_LOOKED_THROUGH):
            _, rows, page = self._page(does.found_in, page, None, self._values(does, given))
            for row in rows:
                if _is_made_by(row, does, given, intent):
                    return base.Sent(_whole_id(row, does.found_in))
            if page is None:
                break
        # An app that nobody knows may show late what it has: that it is not there yet proves nothing.
        return base.Unknown("it is not in the list, which may be late")

    # Asking

    def _begins(self, trigger: str) -> Begins:
        for one in self.plan.begins:
            if one.name == trigger:
                return one
        raise self._not_offered(f"the trigger {trigger}")

    def _known(self) -> dict[str, Any]:
        """Return what the owner stated beside the key, by the app's own names."""
        return {one.param: self.settings.get(one.name, "") for one in self.plan.asked}

    def _values(self, does: Does, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what stands beside an action's body, by the app's own names."""
        own = {one.path[0]: _own(one, given) for one in does.params if one.place != "body"}
        return {**self._known(), **{name: value for name, value in own.items() if value is not None}}

    def _page(
        self,
        listing: Listing,
        page: Mapping[str, Any] | None,
        low: float | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> tuple[Reply, list[Any], dict[str, Any] | None]:
        """Return the answer, its records and where it goes on, None where it ends."""
        known = _demanded(listing.params, values if values is not None else self._known())
        headers = _placed(listing.params, known, "header")
        if page is not None and "address" in page:
            reply = self.door.get(page["address"], headers=headers)
        else:
            params: dict[str, Any] = {**listing.fixed, **_placed(listing.params, known, "query")}
            if listing.pages.size_param:
                params[listing.pages.size_param] = str(listing.pages.size)
            if listing.since and low is not None:
                params[listing.since] = _moment(low, listing.since_as)
            params |= (page or {}).get("params", {})
            reply = self.door.get(_filled(listing.path, known), params=params, headers=headers)
        explain(reply)
        rows = rows_of(reply, listing)
        return reply, rows, next_page(reply, rows, listing, page, self.door.base_url)

    def _one(self, one: One, id: str, values: Mapping[str, Any] | None = None) -> Any:
        known = _demanded(one.params, {**self._known(), **(values or {}), one.param: id})
        query, headers = _placed(one.params, known, "query"), _placed(one.params, known, "header")
        reply = self.door.get(_filled(one.path, known), params=query or None, headers=headers)
        if reply.status in (404, 410):
            return None
        explain(reply)
        row = dig(reply.json(), one.inside)
        if not isinstance(row, dict):
            raise reply.unexpected(f"{reply.call}: the record is missing")
        return row

    def _found(self, listing: Listing, id: str) -> Any:
        page: dict[str, Any] | None = None
        for _ in range(MOST_LOOKED_THROUGH):
            reply, rows, page = self._page(listing, page)
            found = next((row for row in rows if _id(row, listing) == id), None)
            if found is not None or page is None:
                return found
        raise too_long(reply.app)

    def _write(self, does: Does, given: Mapping[str, Any], marker: str) -> Reply:
        values, body = self._values(does, given), dict[str, Any]()
        for one in does.params:
            value = one.fixed if one.fixed is not None and one.required else given.get(one.name)
            if one.place == "body" and value is not None:
                _put(body, one.path, int(value) if one.whole and isinstance(value, float) else value)
        if does.mark:
            _put(body, does.mark, marker)
        query, headers = _placed(does.params, values, "query"), _placed(does.params, values, "header")
        if does.mark_header:
            headers[does.mark_header] = marker
        more: dict[str, Any] = {"json": body}
        if does.takes == "form":
            more = {"content": urlencode(list(_pairs(body))).encode()}
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = _filled(does.path, values)
        reply = self.door.request(
            does.method, path, effect="write", params=query or None, headers=headers, **more
        )
        explain(reply)
        return reply

    def _event(self, one: Begins, row: Any, id: str, stamp: float | None, fields: Sequence[str]) -> Event:
        at = datetime.fromtimestamp(stamp, UTC) if stamp is not None else None
        named = {prop.name: dig(row, prop.path) for prop in one.fields}
        label = next(
            (named[key] for key in LABELS if isinstance(named.get(key), str) and named[key].strip()), id
        )
        short = " ".join(str(label).split())[:80]
        return Event(f"{one.name}:{id}"[:200], id, _record(one, row, id, fields), short, at)


def explain(reply: Reply) -> None:
    """Raise the error that an answer stands for, by the statuses alone: an app's own codes nobody knows here."""
    if reply.ok:
        return
    body = lenient_json(reply)
    code = next((word(member(body, *path)) for path in CODES if word(member(body, *path))), "")
    detail = f"{reply.call}: {reply.status} {code}".rstrip()
    if reply.status in (401, 403) and is_page(reply):
        raise web_page(detail, reply.app)
    if reply.status == 401:
        raise CredentialRejected(detail, app=reply.app)
    if reply.status == 402:
        raise QuotaExhausted(detail, app=reply.app)
    if reply.status == 403:
        raise PermissionMissing(detail, app=reply.app)
    raise_for_outage(reply)
    if reply.status == 404:
        said = "{app} does not find what we asked for. Nothing was changed."
    elif reply.status == 409:
        said = "{app} says that this is in conflict with what it has. Nothing was changed."
    else:
        said = "{app} did not accept what we sent. Nothing was changed."
    raise InputRejected(
        detail,
        app=reply.app,
        owner_message=said,
        next_step="Look at what was sent and at the settings of the connection to {app}, then try again.",
    )


CODES = (("code",), ("error",), ("error", "code"), ("error", "type"), ("type",), ("errorCode",), ("status",))


def _is_said(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _field(prop: Prop) -> Field:
    choices = tuple(Choice(one, one) for one in prop.choices)
    return Field(prop.name, prop.label, prop.type, prop.max_length, choices, prop.read_only, prop.required)


def _whole_id(row: Any, listing: Listing) -> str:
    value = dig(row, listing.id)
    return str(value) if _is_said(value) else ""


def _id(row: Any, listing: Listing) -> str:
    """Return the id by which a record is known here; of a very long one its beginning, and a hash of the whole."""
    whole = _whole_id(row, listing)
    if len(whole) <= LONGEST_ID:
        return whole
    mark = hashlib.sha256(whole.encode()).hexdigest()[:MARK_LETTERS]
    return f"{whole[: LONGEST_ID - MARK_LETTERS - 1]}~{mark}"


def _record(one: Begins, row: Any, id: str, fields: Sequence[str]) -> Record:
    id = _whole_id(row, one.listing) or id  # what is written back goes to the record by its own id
    by_name = {prop.name: prop.path for prop in one.fields}
    names = fields or [*by_name][:60]
    return {name: dig(row, by_name[name]) for name in names if name in by_name} | {"id": id}


def _is_ours(row: Any, one: Begins) -> bool:
    told = dig(row, one.mark) if one.mark else None
    return isinstance(told, str) and OURS.fullmatch(told) is not None


def _is_made_by(row: Any, does: Does, given: Mapping[str, Any], intent: Intent) -> bool:
    """Say whether a record of a list is the one that an action made: by our number, else by all that was sent."""
    if does.mark and dig(row, does.mark) == intent.marker:
        return True
    listing = does.found_in
    made = moment_of(dig(row, listing.made)) if listing is not None and listing.made else None
    if made is None or made < intent.started_at.timestamp() - 5:
        return False
    texts = [one for one in _sent(does, given) if isinstance(given[one.name], str)]
    return any(len(given[one.name]) >= LONG_ENOUGH for one in texts) and _holds(row, does, given)


def _holds(row: Any, does: Does, given: Mapping[str, Any]) -> bool:
    """Say whether a record holds all that was sent, as far as it tells of it, and at least one thing."""
    told = [(given[one.name], dig(row, one.path)) for one in _sent(does, given)]
    told = [(sent, stands) for sent, stands in told if stands is not None]
    return bool(told) and all(str(sent).strip() == str(stands).strip() for sent, stands in told)


def _sent(does: Does, given: Mapping[str, Any]) -> list[Prop]:
    return [one for one in does.params if one.place == "body" and one.name in given]


def _own(one: Prop, given: Mapping[str, Any]) -> Any:
    """Return a value beside the body: the one that the document allows alone, else what was given; None for none."""
    return one.fixed if one.fixed is not None and one.required else given.get(one.name)


def _demanded(params: Sequence[Prop], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known, with what the document allows alone in its place."""
    return {**known, **{one.path[0]: one.fixed for one in params if one.fixed is not None}}


def _placed(params: Sequence[Prop], values: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return the query or the headers of a call, as texts (of a list in the query, several), without what is empty."""
    found: dict[str, Any] = {}
    for one in params:
        value = values.get(one.path[0])
        if one.place == place and value not in (None, "", []):
            several = isinstance(value, list) and place == "query"
            found[one.path[0]] = [_text(each) for each in value] if several else _text(value)
    return found


def _last_id(does: Does, given: Mapping[str, Any]) -> str:
    in_path = [one for one in does.params if one.place == "path" and one.name in given]
    return str(given[in_path[-1].name]) if in_path else ""


def _filled(path: str, values: Mapping[str, Any]) -> str:
    def told(found: re.Match[str]) -> str:
        value = _text(values.get(found[1], ""))
        if not value.strip("."):
            raise InputRejected(
                f"{found[1]} of the path is empty",
                field=found[1],
                owner_message=f"“{found[1]}” is empty, so there is no place to ask. Nothing was sent.",
            )
        return quote(value, safe="@")

    return re.sub(r"\{([^{}/]+)\}", told, path)


def _moment(seconds: float, how: str) -> str:
    if how == "seconds":
        return str(int(seconds))
    at = datetime.fromtimestamp(int(seconds), UTC)
    return at.date().isoformat() if how == "date" else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _put(body: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        body = body.setdefault(key, {})
    body[path[-1]] = value


def _pairs(body: Mapping[str, Any], before: str = "") -> Any:
    """Yield a form's pairs; what is inside of something is written as outer[inner]."""
    for key, value in body.items():
        name = f"{before}[{key}]" if before else key
        if isinstance(value, Mapping):
            yield from _pairs(value, name)
        elif isinstance(value, list):
            yield from ((name, _text(one)) for one in value)
        else:
            yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
