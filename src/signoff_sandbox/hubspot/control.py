"""What `POST /_control` can do to the practice HubSpot; `signoff_sandbox.control` lists the verbs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from signoff_sandbox import leads
from signoff_sandbox.desk import BadControl, Json, Verb
from signoff_sandbox.hubspot import webhooks
from signoff_sandbox.hubspot.account import Account
from signoff_sandbox.hubspot.door import SCOPES, Door, Key
from signoff_sandbox.hubspot.objects import Objects
from signoff_sandbox.hubspot.pipelines import Pipeline, Pipelines, Stage
from signoff_sandbox.hubspot.properties import Property
from signoff_sandbox.hubspot.shelf import Cabinet, Record, Shelf
from signoff_sandbox.world import World


class Control:
    """Changes the account behind its users' backs, as people and administrators do."""

    def __init__(
        self,
        cabinet: Cabinet,
        pipelines: Pipelines,
        door: Door,
        objects: Objects,
        account: Account,
        world: World,
    ) -> None:
        self.cabinet = cabinet
        self.pipelines = pipelines
        self.door = door
        self.objects = objects
        self.account = account
        self.world = world
        self.seeded = 0

    def verbs(self) -> dict[str, Verb]:
        return {
            "seed_leads": self.seed_leads,
            "create_contacts": self._create_contacts,
            "update_contacts": self._update_contacts,
            "delete_contacts": self._delete_contacts,
            "merge_contacts": self._merge_contacts,
            "create_records": self._create_records,
            "update_records": self._update_records,
            "delete_records": self._delete_records,
            "tie": self._tie,
            "add_pipeline": self._add_pipeline,
            "rename_stage": self._rename_stage,
            "remove_stage": self._remove_stage,
            "add_option": self._add_option,
            "remove_option": self._remove_option,
            "add_property": self._add_property,
            "rename_property": self._rename_property,
            "archive_property": self._archive_property,
            "require_properties": self._require_properties,
            "limit_length": self._limit_length,
            "restore_scopes": lambda token: self._key(token, scopes=frozenset(SCOPES)),
            "revoke_key": lambda token: self._key(token, revoked=True),
            "restore_key": lambda token: self._key(token, revoked=False, expired_at=None, ends_at=None),
            "expire_key": lambda token: self._key(token, expired_at=self.world.clock.now()),
            "rotate_key": self._rotate_key,
            "restrict_key": self._restrict_key,
            "limits": self._limits,
            "search_lag_seconds": self._search_lag,
            "end_version": lambda version: self.door.versions.discard(str(version)),
            "restore_version": lambda version: self.door.versions.add(str(version)),
            "account": self._set_account,
            "webhook": self._webhook,
        }

    def seed_leads(self, asked: Any) -> list[str]:
        """
        Create believable leads: a number, or `{"count", "without_email", "languages"}`. Return their ids.
        """
        wanted = asked if isinstance(asked, dict) else {"count": asked}
        count = int(wanted["count"])
        new = leads.make(
            count,
            seed=self.world.seed,
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

    def _create_records(self, asked: Any) -> list[str]:
        """`{"object": "deals", "records": [{property: value}]}`: somebody makes them in HubSpot."""
        shelf, made = self._kind(asked), []
        for properties in asked["records"]:
            values = {k: str(v) for k, v in properties.items() if v not in (None, "")}
            self._fit(shelf, values, {})
            made.append(shelf.add(self.cabinet.new_id(), values, self.cabinet.now_ms()))
        return [str(record.id) for record in made]

    def _update_records(self, asked: Any) -> int:
        """`{"object": "deals", "records": [{"id", "properties"}]}`."""
        shelf = self._kind(asked)
        for change in asked["records"]:
            record = self._record(shelf, change["id"])
            values = {k: str(v or "") for k, v in change["properties"].items()}
            self._fit(shelf, values, record.values)
            shelf.change(record, values, self.cabinet.now_ms(), self.objects.search_lag_ms)
        return len(asked["records"])

    def _delete_records(self, asked: Any) -> int:
        shelf = self._kind(asked)
        for id in asked["ids"]:
            shelf.remove(self._record(shelf, id))
        return len(asked["ids"])

    def _tie(self, asked: Any) -> bool:
        """`{"deals": id, "contacts": id}`: two records belong together."""
        (one, one_id), (other, other_id) = asked.items()
        a, b = self._kind({"object": one}), self._kind({"object": other})
        self.cabinet.tie(a, self._record(a, one_id).id, b, self._record(b, other_id).id)
        return True

    def _fit(self, shelf: Shelf, values: dict[str, str], kept: dict[str, str]) -> None:
        unknown = set(values) - set(shelf.properties)
        if unknown:
            raise BadControl(f"{shelf.name} have no property {', '.join(sorted(unknown))}")
        if shelf.name == "deals":
            fault = self.pipelines.fault(values, kept)
            if fault:
                raise BadControl(fault[2])
            values.update(self.pipelines.worked_out(values.get("dealstage", "")))

    def _add_pipeline(self, asked: Any) -> int:
        """`{"id", "label", "stages": [{"id", "label", "probability"}]}`."""
        stages = [
            Stage(str(s["id"]), str(s["label"]), str(s.get("probability", "0.5"))) for s in asked["stages"]
        ]
        self.pipelines.all.append(Pipeline(str(asked["id"]), str(asked["label"]), stages))
        return len(self.pipelines.all)

    def _rename_stage(self, asked: Any) -> str:
        found = self.pipelines.stage(str(asked["id"]))
        if found is None:
            raise BadControl(f"no stage {asked['id']}")
        found[1].label = str(asked["label"])
        return found[1].label

    def _remove_stage(self, id: Any) -> int:
        found = self.pipelines.stage(str(id))
        if found is None:
            raise BadControl(f"no stage {id}")
        found[0].stages.remove(found[1])
        return len(found[0].stages)

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
        """
        Give a property another name, as an administrator does by making a new one and moving the values.
        """
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

    def _limit_length(self, asked: Any) -> int:
        """`{"object", "property", "most"}`: a rule of an administrator, enforced on the 2026-09 paths."""
        return self._put_property(asked, replace(self._property(asked), most_letters=int(asked["most"])))

    def _key(self, token: Any, **changes: Any) -> bool:
        """Change a key, told by its text; `true` or empty means all keys."""
        keys = [self._known_key(token)] if isinstance(token, str) and token else list(self.door.keys.values())
        for key in keys:
            self.door.keys[key.token] = replace(key, **changes)
        return True

    def _rotate_key(self, asked: Any) -> bool:
        """
        `{"new": TOKEN, "old": TOKEN?, "grace_seconds": 604800}`: the new one works now, the old one until
        then.
        """
        grace = float(asked.get("grace_seconds", 0))
        old = [self._known_key(asked["old"])] if asked.get("old") else list(self.door.keys.values())
        scopes = old[0].scopes
        for key in old:
            self.door.keys[key.token] = replace(key, ends_at=self.world.clock.now() + grace)
        another = max(key.app_id for key in self.door.keys.values()) + 1
        self.door.keys[str(asked["new"])] = Key(str(asked["new"]), scopes, app_id=another)
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
        """
        `{"url", "secret", "contact_ids" or "events" or "happened", "times", "forged", "age_seconds"}`; returns
        the statuses.

        `happened` names what an event is about, and the rest is filled in: `{"object": "deal", "id": 7,
        "type": "propertyChange", "property": "dealstage"}`.
        """
        events = asked.get("events")
        if events is None:
            now = self.cabinet.now_ms()
            told = asked.get("happened") or [{"id": id} for id in asked.get("contact_ids", ())]
            events = [self._happened(number, one, now) for number, one in enumerate(told)]
        return await webhooks.send(self.world.clock, {**asked, "events": events})

    def _happened(self, number: int, asked: Any, now_ms: int) -> Json:
        shelf = self._kind({"object": asked.get("object", "contact")})
        kind = str(asked.get("type", "creation"))
        more: Json = {"subscriptionType": f"{shelf.singular}.{kind}", "portalId": self.account.portal_id}
        if asked.get("generic"):
            more |= {"subscriptionType": f"object.{kind}", "objectTypeId": shelf.type_id}
        if kind == "propertyChange":
            name = str(asked["property"])
            record = shelf.find(str(asked["id"]))
            value = asked.get("value", record.values.get(name, "") if record else "")
            more |= {"propertyName": name, "propertyValue": value, "isSensitive": False}
        return webhooks.event(number, int(asked["id"]), int(asked.get("at", now_ms)), **more)

    def _contact(self, id: Any) -> Record:
        return self._record(self.cabinet.contacts, id)

    def _record(self, shelf: Shelf, id: Any) -> Record:
        record = shelf.find(str(id))
        if record is None:
            raise BadControl(f"no {shelf.singular} {id}")
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
        properties[changed.name] = replace(changed, updated=self.world.clock.now())
        return len(properties)

    def _known_key(self, token: Any) -> Key:
        if token not in self.door.keys:
            raise BadControl("no such key")
        return self.door.keys[str(token)]
