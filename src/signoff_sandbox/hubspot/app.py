"""The practice HubSpot as an app: its paths, what `/_control` can do, its books and its pages."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox import leads
from signoff_sandbox.clock import iso
from signoff_sandbox.desk import BadControl, Desk, ErrorMaker, Json, Verb
from signoff_sandbox.hubspot import errors, webhooks
from signoff_sandbox.hubspot.account import OWNERS, Account
from signoff_sandbox.hubspot.door import Door, Key
from signoff_sandbox.hubspot.objects import ACCOUNT_ID, Objects
from signoff_sandbox.hubspot.properties import Property
from signoff_sandbox.hubspot.shelf import Cabinet, Record, Shelf
from signoff_sandbox.page import page, table
from signoff_sandbox.world import World

VERSIONS = ("2025-09", "2026-03", "2026-09", "v3", "v4")
# HubSpot's own path rule: /crm/v3/objects/x is the old spelling of /crm/objects/{version}/x.
_OLD_PATH = re.compile(r"^/crm/(v[34])/(objects|properties|owners|associations)(?=/|$)")
_READS = re.compile(r"/(search|batch/read)$|get/access-token-info$")

Handler = Callable[[Request], Awaitable[Response]]


class HubSpot(Desk):
    name = "hubspot"
    title = "Practice HubSpot"

    def __init__(self, world: World) -> None:
        self.cabinet = Cabinet(world.clock)
        self.door = Door(world.clock, world.options.hubspot_per_10s)
        self.objects = Objects(self.cabinet)
        self.account = Account(self.cabinet, self.door, world.clock)
        self.ended_versions: set[str] = set()
        self.seeded = 0
        super().__init__(world)
        if world.options.leads:
            self._seed_leads(world.options.leads)

    def opened(self) -> None:
        self.objects.address = self.address

    # Paths

    def routes(self) -> Sequence[BaseRoute]:
        o, a = self.objects, self.account
        base = "/crm/objects/{version}/{kind}"
        tied = base + "/{id}/associations/{to}"
        tied_default = "/crm/objects/{version}/{kind}/{id}/associations/default/{to}/{to_id}"
        properties = "/crm/properties/{version}/{kind}"
        return [
            self._route("POST", base + "/search", o.search, search=True),
            self._route("GET", base + "/{id}", o.read),
            self._route("PATCH", base + "/{id}", o.update, write=True),
            self._route("POST", base, o.create, write=True),
            self._route("GET", base, o.list_page),
            self._route("DELETE", base + "/{id}", o.archive, write=True),
            self._route("POST", base + "/merge", o.merge, write=True),
            self._route("POST", base + "/gdpr-delete", o.gdpr_delete, write=True),
            self._route("POST", base + "/batch/{verb}", o.batch),
            self._route("GET", tied, o.associations),
            self._route("PUT", tied_default, o.associate_default, write=True),
            self._route("PUT", tied + "/{to_id}", o.associate, write=True),
            self._route("PUT", tied + "/{to_id}/{type}", o.associate, write=True),
            self._route("DELETE", tied + "/{to_id}", o.dissociate, write=True),
            self._route("DELETE", tied + "/{to_id}/{type}", o.dissociate, write=True),
            self._route(
                "POST", "/crm/associations/{version}/{from}/{to}/batch/{verb:path}", o.associations_batch
            ),
            self._route("GET", properties, a.properties, needs=_schemas),
            self._route("POST", properties, a.create_property, needs=_schemas_write),
            self._route("GET", properties + "/{name}", a.property, needs=_schemas),
            self._route("PATCH", properties + "/{name}", a.update_property, needs=_schemas_write),
            self._route("DELETE", properties + "/{name}", a.archive_property, needs=_schemas_write),
            self._route("GET", "/crm/owners/{version}", a.owners, needs=_owners),
            self._route("GET", "/crm/owners/{version}/", a.owners, needs=_owners),
            self._route("GET", "/crm/owners/{version}/{id}", a.owner, needs=_owners),
            self._route("GET", "/account-info/{version}/details", a.details, needs=_nothing),
            self._route(
                "GET", "/account-info/{version}/api-usage/daily/private-apps", a.daily_usage, needs=_nothing
            ),
            Route("/oauth/v2/private-apps/get/access-token-info", a.token_info, methods=["POST"]),
        ]

    def _route(
        self,
        method: str,
        path: str,
        handler: Handler,
        *,
        write: bool = False,
        search: bool = False,
        needs: Callable[[Request, Cabinet, bool], list[tuple[str, ...]]] | None = None,
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            key = self.door.admit(request.headers)
            if request.path_params.get("version") not in self._living_versions():
                raise errors.not_found("This API version is not supported any more.")
            writes = write or (
                request.method == "POST" and not _READS.search(request.scope["path"]) and not search
            )
            self.door.require(key, *(needs or _objects)(request, self.cabinet, writes))
            headers = self.door.pace(key, search=search)
            if self.latency_seconds:
                await asyncio.sleep(self.latency_seconds)
            response = await handler(request)
            response.headers.update(headers)
            return response

        return Route(path, endpoint, methods=[method])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = _OLD_PATH.sub(r"/crm/\2/\1", scope["path"])
        await super().__call__(scope, receive, send)

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        await errors.error(404, "OBJECT_NOT_FOUND", "resource not found")(scope, receive, send)

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    def is_write(self, method: str, path: str) -> bool:
        return method != "GET" and not _READS.search(path)

    def _living_versions(self) -> set[str]:
        return set(VERSIONS) - self.ended_versions

    # Control

    def control_verbs(self) -> dict[str, Verb]:
        return {
            "seed_leads": self._seed_leads,
            "create_contacts": self._create_contacts,
            "update_contacts": self._update_contacts,
            "delete_contacts": self._delete_contacts,
            "merge_contacts": self._merge_contacts,
            "add_option": self._add_option,
            "remove_option": self._remove_option,
            "add_property": self._add_property,
            "rename_property": self._rename_property,
            "archive_property": self._archive_property,
            "require_properties": self._require_properties,
            "revoke_key": lambda token: self._key(token, revoked=True),
            "restore_key": lambda token: self._key(token, revoked=False, expired_at=None, ends_at=None),
            "expire_key": lambda token: self._key(token, expired_at=self.clock.now()),
            "rotate_key": self._rotate_key,
            "restrict_key": self._restrict_key,
            "limits": self._limits,
            "search_lag_seconds": self._search_lag,
            "end_version": lambda version: self.ended_versions.add(str(version)),
            "restore_version": lambda version: self.ended_versions.discard(str(version)),
            "account": self._set_account,
            "webhook": self._webhook,
        }

    def _seed_leads(self, asked: Any) -> list[str]:
        """Create believable leads: a number, or `{"count", "without_email", "languages"}`. Return their ids."""
        wanted = asked if isinstance(asked, dict) else {"count": asked}
        count = int(wanted["count"])
        new = leads.make(
            count,
            seed=self.world.options.seed,
            start=self.seeded,
            without_email=int(wanted.get("without_email", 0)),
            languages=wanted.get("languages"),
        )
        self.seeded += count
        return self._create_contacts(new)

    def _create_contacts(self, new: Any) -> list[str]:
        now_ms = self.cabinet.now_ms()
        made = []
        for position, properties in enumerate(new):
            unknown = set(properties) - set(self.cabinet.contacts.properties)
            if unknown:
                raise BadControl(f"contacts have no property {', '.join(sorted(unknown))}")
            values = {k: str(v) for k, v in properties.items() if v not in (None, "")}
            if values.get("email", "").lower() in self.cabinet.contacts.by_email:
                raise BadControl(f"there is a contact with {values['email']} already")
            # Each a little later than the one before: real leads do not arrive in the same millisecond.
            made.append(self.cabinet.contacts.add(self.cabinet.new_id(), values, now_ms + position // 50))
        return [str(record.id) for record in made]

    def _update_contacts(self, changes: Any) -> int:
        for change in changes:
            record = self._contact(change["id"])
            values = {k: str(v or "") for k, v in change["properties"].items()}
            self.cabinet.contacts.change(record, values, self.cabinet.now_ms(), self.objects.search_lag_ms)
        return len(changes)

    def _delete_contacts(self, ids: Any) -> int:
        for id in ids:
            self.cabinet.contacts.remove(self._contact(id))
        return len(ids)

    def _merge_contacts(self, asked: Any) -> str:
        self.cabinet.merge(self._contact(asked["winner"]), self._contact(asked["loser"]))
        return str(asked["winner"])

    def _add_option(self, asked: Any) -> int:
        known = self._property(asked)
        option = (str(asked["value"]), str(asked.get("label") or asked["value"]))
        return self._put_property(asked, replace(known, options=(*known.options, option)))

    def _remove_option(self, asked: Any) -> int:
        known = self._property(asked)
        left = tuple(o for o in known.options if o[0] != str(asked["value"]))
        if len(left) == len(known.options):
            raise BadControl(f"{known.name} has no option {asked['value']}")
        return self._put_property(asked, replace(known, options=left))

    def _add_property(self, asked: Any) -> int:
        options = tuple((str(o), str(o)) for o in asked.get("options", ()))
        kind = asked.get("type") or ("enumeration" if options else "string")
        field_type = asked.get("fieldType") or ("select" if options else "text")
        made = Property(
            asked["name"], asked.get("label") or asked["name"], kind, field_type, options, ours=True
        )
        return self._put_property(asked, made)

    def _rename_property(self, asked: Any) -> int:
        """Give a property another name, as an administrator does by making a new one and moving the values."""
        shelf = self._kind(asked)
        known = shelf.properties.pop(str(asked["from"]))
        for record in shelf.records.values():
            if known.name in record.values:
                record.values[str(asked["to"])] = record.values.pop(known.name)
        return self._put_property(asked, replace(known, name=str(asked["to"])))

    def _archive_property(self, asked: Any) -> int:
        wanted = asked if isinstance(asked, dict) else {"property": asked}
        return self._put_property(wanted, replace(self._property(wanted), archived=True))

    def _require_properties(self, names: Any) -> list[str]:
        self.objects.required_by_admin = frozenset(names)
        return sorted(self.objects.required_by_admin)

    def _key(self, token: Any, **changes: Any) -> bool:
        """Change a key, told by its text; `true` or empty means all keys."""
        keys = [self._known_key(token)] if isinstance(token, str) and token else list(self.door.keys.values())
        for key in keys:
            self.door.keys[key.token] = replace(key, **changes)
        return True

    def _rotate_key(self, asked: Any) -> bool:
        """`{"new": TOKEN, "old": TOKEN?, "grace_seconds": 604800}`: the new one works now, the old one until then."""
        grace = float(asked.get("grace_seconds", 0))
        old = [self._known_key(asked["old"])] if asked.get("old") else list(self.door.keys.values())
        scopes = old[0].scopes
        for key in old:
            self.door.keys[key.token] = replace(key, ends_at=self.clock.now() + grace)
        self.door.keys[str(asked["new"])] = Key(str(asked["new"]), scopes)
        return True

    def _restrict_key(self, asked: Any) -> list[str]:
        """`{"scopes": [...], "token": TOKEN?}`: the key may only do this from now on."""
        self._key(asked.get("token"), scopes=frozenset(asked["scopes"]))
        return sorted(asked["scopes"])

    def _limits(self, asked: Any) -> Json:
        self.door.per_10s = int(asked.get("per_10s", self.door.per_10s))
        self.door.per_day = int(asked.get("per_day", self.door.per_day))
        self.door.used_today = int(asked.get("used_today", self.door.used_today))
        self.door.searches_per_second = int(asked.get("searches_per_second", self.door.searches_per_second))
        return {
            "per_10s": self.door.per_10s,
            "per_day": self.door.per_day,
            "searches_per_second": self.door.searches_per_second,
        }

    def _search_lag(self, seconds: Any) -> float:
        self.objects.search_lag_ms = round(float(seconds) * 1000)
        return float(seconds)

    def _set_account(self, asked: Any) -> Json:
        self.account.portal_id = int(asked.get("portal_id", self.account.portal_id))
        self.account.kind = str(asked.get("type", self.account.kind))
        return {"portal_id": self.account.portal_id, "type": self.account.kind}

    async def _webhook(self, asked: Any) -> list[int]:
        """`{"url", "secret", "contact_ids" or "events", "times", "forged", "age_seconds"}`; returns the statuses."""
        events = asked.get("events")
        if events is None:
            now = self.cabinet.now_ms()
            events = [webhooks.event(n, int(id), now) for n, id in enumerate(asked.get("contact_ids", ()))]
        return await webhooks.send(self.clock, {**asked, "events": events})

    def _contact(self, id: Any) -> Record:
        record = self.cabinet.contacts.find(str(id))
        if record is None:
            raise BadControl(f"no contact {id}")
        return record

    def _kind(self, asked: Any) -> Shelf:
        shelf = self.cabinet.shelf(str(asked.get("object", "contacts")))
        if shelf is None:
            raise BadControl(f"no object {asked.get('object')}")
        return shelf

    def _property(self, asked: Any) -> Property:
        known = self._kind(asked).properties.get(str(asked["property"]))
        if known is None:
            raise BadControl(f"no property {asked['property']}")
        return known

    def _put_property(self, asked: Any, changed: Property) -> int:
        properties = self._kind(asked).properties
        properties[changed.name] = replace(changed, updated=self.clock.now())
        return len(properties)

    def _known_key(self, token: Any) -> Key:
        if token not in self.door.keys:
            raise BadControl("no such key")
        return self.door.keys[str(token)]

    # Books

    def books(self, *, summary: bool) -> Json:
        contacts, notes = self.cabinet.contacts, self.cabinet.shelves["notes"]
        writes = self.objects.property_writes
        if summary:
            return {
                "contacts": sum(not r.archived for r in contacts.records.values()),
                "notes": len(notes.records),
                "property_writes": len(writes),
                "tasks": len(self.cabinet.shelves["tasks"].records),
                "companies": len(self.cabinet.shelves["companies"].records),
            }
        return {
            "contacts": [self._contact_told(r) for r in contacts.records.values()],
            "notes": [self._note_told(r) for r in notes.records.values()],
            "property_writes": writes,
            "tasks": [{"id": str(r.id), **r.values} for r in self.cabinet.shelves["tasks"].records.values()],
            "companies": [
                {"id": str(r.id), **r.values} for r in self.cabinet.shelves["companies"].records.values()
            ],
            "keys": [
                {"last4": k.token[-4:], "revoked": k.revoked, "scopes": sorted(k.scopes)}
                for k in self.door.keys.values()
            ],
            "used_today": self.door.used_today,
        }

    def _contact_told(self, record: Record) -> Json:
        return {
            "id": str(record.id),
            "archived": record.archived,
            "created_at": iso(record.created_ms / 1000),
            "modified_at": iso(record.modified_ms / 1000),
            "properties": record.values,
        }

    def _note_told(self, record: Record) -> Json:
        tied = self.cabinet.tied(self.cabinet.shelves["notes"], record.id, self.cabinet.contacts)
        return {
            "id": str(record.id),
            "body": record.values.get("hs_note_body", ""),
            "contact_ids": [str(i) for i in tied],
            "created_at": iso(record.created_ms / 1000),
            "archived": record.archived,
        }

    # Pages

    def pages(self) -> Sequence[BaseRoute]:
        return [*super().pages(), Route(f"/contacts/{ACCOUNT_ID}/record/0-1/{{id}}", self._contact_page)]

    def is_page(self, path: str) -> bool:
        return super().is_page(path) or path.startswith(f"/contacts/{ACCOUNT_ID}/")

    def front_page(self) -> str:
        newest = sorted(self.cabinet.contacts.records.values(), key=lambda r: -r.id)[:50]
        rows = [
            (
                f'<a href="/contacts/{ACCOUNT_ID}/record/0-1/{r.id}">{html.escape(_name(r))}</a>',
                html.escape(r.values.get("company", "")),
                html.escape(r.values.get("lead_intent", "")),
                html.escape(iso(r.created_ms / 1000)[:16].replace("T", " ")),
            )
            for r in newest
        ]
        owners = ", ".join(f"{o['firstName']} {o['lastName']}" for o in OWNERS)
        intro = f"<p>The contacts of Harbour Desk, a made-up business. Owners: {html.escape(owners)}.</p>"
        return page(
            self.title,
            intro + table(("Contact", "Company", "Lead intent", "Created"), rows, "No contacts yet."),
        )

    async def _contact_page(self, request: Request) -> Response:
        record = self.cabinet.contacts.find(request.path_params["id"])
        if record is None:
            return HTMLResponse(page(self.title, "<p>There is no such contact.</p>"), status_code=404)
        properties = self.cabinet.contacts.properties
        fields = [
            (html.escape(properties[k].label if k in properties else k), html.escape(v))
            for k, v in record.values.items()
        ]
        notes_shelf = self.cabinet.shelves["notes"]
        ids = self.cabinet.tied(self.cabinet.contacts, record.id, notes_shelf)
        notes = [
            (
                html.escape(iso(n.created_ms / 1000)[:16].replace("T", " ")),
                html.escape(n.values.get("hs_note_body", "")),
            )
            for n in (notes_shelf.get(i) for i in ids)
            if n
        ]
        content = (
            f"<h2>{html.escape(_name(record))}</h2>"
            + table(("Field", "Value"), fields, "Nothing is known.")
            + "<h2>Notes</h2>"
            + table(("When", "Note"), notes, "No notes yet.")
        )
        return HTMLResponse(page(self.title, content))


def _name(record: Record) -> str:
    parts = (record.values.get("firstname", ""), record.values.get("lastname", ""))
    return " ".join(p for p in parts if p) or record.values.get("email") or f"Contact {record.id}"


def _objects(request: Request, cabinet: Cabinet, write: bool) -> list[tuple[str, ...]]:
    shelf = cabinet.shelf(request.path_params.get("kind") or request.path_params.get("from") or "")
    if shelf is None:
        return []
    scope = f"{shelf.scope}.{'write' if write else 'read'}"
    return [(scope, "sales-email-read") if shelf.name == "emails" else (scope,)]


def _schemas(_request: Request, _cabinet: Cabinet, _write: bool) -> list[tuple[str, ...]]:
    return [("crm.schemas.contacts.read",), ("crm.objects.contacts.read",)]


def _schemas_write(_request: Request, _cabinet: Cabinet, _write: bool) -> list[tuple[str, ...]]:
    return [("crm.schemas.contacts.write",)]


def _owners(_request: Request, _cabinet: Cabinet, _write: bool) -> list[tuple[str, ...]]:
    return [("crm.objects.owners.read",)]


def _nothing(_request: Request, _cabinet: Cabinet, _write: bool) -> list[tuple[str, ...]]:
    return []
