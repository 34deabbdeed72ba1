"""The object endpoints: list, read, create, update, archive, search, batches, merge and associations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from signoff_sandbox.clock import iso
from signoff_sandbox.desk import Json, Problem, body_of
from signoff_sandbox.hubspot import errors, values
from signoff_sandbox.hubspot.pipelines import Pipelines
from signoff_sandbox.hubspot.search import search
from signoff_sandbox.hubspot.shelf import PRIMARY_IDS, TYPE_IDS, Cabinet, Record, Shelf, Source

PAGE_CAP = 100
BATCH_CAP = 100
HISTORY_BATCH_CAP = 50
ACCOUNT_ID = 26_123_456


class Objects:
    """Answers for all kinds of records; one instance for the account."""

    def __init__(self, cabinet: Cabinet, pipelines: Pipelines) -> None:
        self.cabinet = cabinet
        self.pipelines = pipelines
        self.search_lag_ms = 0
        self.address = ""
        # Names an administrator made required; only the 2026-09 paths enforce them.
        self.required_by_admin: frozenset[str] = frozenset()
        self.property_writes: list[Json] = []

    # One record

    async def list_page(self, request: Request) -> Response:
        shelf, asked = self._shelf(request), request.query_params
        limit = int(asked.get("limit") or 10)
        if not 0 < limit <= PAGE_CAP:
            raise errors.invalid(f"limit must be between 1 and {PAGE_CAP}")
        archived = asked.get("archived") == "true"
        after = asked.get("after") or "0"
        if not after.isdigit():
            raise errors.invalid("after is not a cursor of this list")
        records, following = shelf.page(int(after), limit, archived=archived)
        names = _names(request)
        past = _names(request, "propertiesWithHistory")
        if past and limit > HISTORY_BATCH_CAP:
            raise errors.invalid(f"with history, limit must be at most {HISTORY_BATCH_CAP}")
        told: Json = {"results": [self._told(shelf, r, names, _ties_wanted(request), past) for r in records]}
        if following is not None:
            link = request.url.include_query_params(after=following)
            told["paging"] = {"next": {"after": str(following), "link": str(link)}}
        return JSONResponse(told)

    async def read(self, request: Request) -> Response:
        shelf = self._shelf(request)
        archived = request.query_params.get("archived") == "true"
        record = self._record(shelf, request, archived=archived)
        past = _names(request, "propertiesWithHistory")
        return JSONResponse(self._told(shelf, record, _names(request), _ties_wanted(request), past))

    async def create(self, request: Request) -> Response:
        shelf = self._shelf(request)
        asked = await body_of(request, errors.refuse)
        record = self._create(shelf, asked, self._version(request), _source(request))
        return JSONResponse(self._told(shelf, record, sorted(record.values)), status_code=201)

    async def update(self, request: Request) -> Response:
        shelf = self._shelf(request)
        asked = await body_of(request, errors.refuse)
        record = self._record(shelf, request)
        self._update(shelf, record, asked.get("properties") or {}, _source(request), self._version(request))
        return JSONResponse(self._told(shelf, record, sorted(record.values)))

    async def archive(self, request: Request) -> Response:
        shelf = self._shelf(request)
        record = shelf.find(request.path_params["id"])
        if record:
            shelf.remove(record)
        return Response(status_code=204)

    async def search(self, request: Request) -> Response:
        shelf = self._shelf(request)
        asked = await body_of(request, errors.refuse)
        found, total, following = search(shelf, asked, self.cabinet.now_ms(), self.search_lag_ms)
        names = asked.get("properties") or ()
        told: Json = {"total": total, "results": [self._told(shelf, r, names) for r in found]}
        if following is not None:
            told["paging"] = {"next": {"after": str(following)}}
        return JSONResponse(told)

    async def merge(self, request: Request) -> Response:
        shelf = self._shelf(request)
        asked = await body_of(request, errors.refuse)
        winner = shelf.find(str(asked.get("primaryObjectId")))
        loser = shelf.find(str(asked.get("objectIdToMerge")))
        if winner is None or loser is None or winner is loser:
            raise errors.not_found()
        self.cabinet.merge(winner, loser)
        return JSONResponse(self._told(shelf, winner, sorted(winner.values)))

    async def gdpr_delete(self, request: Request) -> Response:
        shelf = self._shelf(request)
        asked = await body_of(request, errors.refuse)
        record = shelf.find(str(asked.get("objectId")), str(asked.get("idProperty") or ""))
        if record:
            shelf.remove(record)
            record.values.clear()
        return Response(status_code=204)

    # Batches

    async def batch(self, request: Request) -> Response:
        shelf, verb = self._shelf(request), request.path_params["verb"]
        asked = await body_of(request, errors.refuse)
        inputs = asked.get("inputs") or []
        if len(inputs) > BATCH_CAP:
            raise errors.invalid(f"a batch holds at most {BATCH_CAP} inputs")
        if asked.get("propertiesWithHistory") and len(inputs) > HISTORY_BATCH_CAP:
            raise errors.invalid(f"with history, a batch holds at most {HISTORY_BATCH_CAP} inputs")
        version, source = self._version(request), _source(request)
        one: dict[str, Callable[[Json], Json | None]] = {
            "read": lambda i: self._batch_read(shelf, asked, i),
            "create": lambda i: self._told_all(shelf, self._create(shelf, i, version, source)),
            "update": lambda i: self._batch_update(shelf, i, source, version),
            "upsert": lambda i: self._batch_upsert(shelf, i, version, source),
            "archive": lambda i: self._batch_archive(shelf, i),
        }
        if verb not in one:
            raise errors.not_found()
        return self._batch_answer(verb, inputs, one[verb])

    def _batch_answer(
        self, verb: str, inputs: Iterable[Json], one: Callable[[Json], Json | None]
    ) -> Response:
        started = iso(self.cabinet.now_ms() / 1000)
        results, faults = [], []
        for each in inputs:
            try:
                result = one(each)
            except Problem as problem:
                # A create without a label for its inputs fails or succeeds as a whole.
                if verb == "create" and "objectWriteTraceId" not in each:
                    raise
                faults.append(_batch_fault(problem, each))
            else:
                if result is not None:
                    results.append(result)
        if verb == "archive":
            return Response(status_code=204)
        told: Json = {
            "status": "COMPLETE",
            "results": results,
            "startedAt": started,
            "completedAt": iso(self.cabinet.now_ms() / 1000),
        }
        if faults:
            return JSONResponse({**told, "numErrors": len(faults), "errors": faults}, status_code=207)
        return JSONResponse(told, status_code=201 if verb == "create" else 200)

    def _batch_read(self, shelf: Shelf, asked: Json, each: Json) -> Json:
        record = shelf.find(str(each.get("id")), str(asked.get("idProperty") or ""))
        if record is None:
            raise errors.not_found("Could not get some objects, they may be deleted or not exist.")
        past = asked.get("propertiesWithHistory") or ()
        return self._told(shelf, record, asked.get("properties") or (), past=past)

    def _batch_update(self, shelf: Shelf, each: Json, source: Source, version: str) -> Json:
        record = shelf.find(str(each.get("id")), str(each.get("idProperty") or ""))
        if record is None:
            raise errors.not_found()
        self._update(shelf, record, each.get("properties") or {}, source, version)
        return self._told_all(shelf, record)

    def _batch_upsert(self, shelf: Shelf, each: Json, version: str, source: Source) -> Json:
        id_property = str(each.get("idProperty") or "")
        record = shelf.find(str(each.get("id")), id_property)
        properties = dict(each.get("properties") or {})
        if record is None:
            if id_property:
                properties.setdefault(id_property, each.get("id"))
            made = self._create(shelf, {"properties": properties}, version, source)
            return {**self._told_all(shelf, made), "new": True}
        self._update(shelf, record, properties, source, version)
        return {**self._told_all(shelf, record), "new": False}

    def _batch_archive(self, shelf: Shelf, each: Json) -> None:
        record = shelf.find(str(each.get("id")))
        if record:
            shelf.remove(record)

    # Associations

    async def associations(self, request: Request) -> Response:
        shelf, other = self._shelf(request), self._shelf(request, "to")
        record = self._record(shelf, request)
        ids = self.cabinet.tied(shelf, record.id, other)
        living = [i for i in ids if other.get(i)]
        if self._version(request) == "v3":
            kind = f"{shelf.singular}_to_{other.singular}"
            return JSONResponse({"results": [{"id": str(i), "type": kind} for i in living]})
        return JSONResponse({"results": [self._told_tie(shelf, record.id, other, i) for i in living]})

    async def associate(self, request: Request) -> Response:
        shelf, other = self._shelf(request), self._shelf(request, "to")
        record, target = self._record(shelf, request), self._target(other, request)
        self._tie(shelf, record, other, target)
        if self._version(request) == "v3":
            return JSONResponse(self._told(shelf, record, (), [other.name]))
        told = {
            "fromObjectTypeId": shelf.type_id,
            "fromObjectId": str(record.id),
            "toObjectTypeId": other.type_id,
            "toObjectId": str(target.id),
            "labels": [],
        }
        return JSONResponse(told, status_code=201)

    async def associate_default(self, request: Request) -> Response:
        shelf, other = self._shelf(request), self._shelf(request, "to")
        record, target = self._record(shelf, request), self._target(other, request)
        self._tie(shelf, record, other, target)
        return JSONResponse(self._batch_of([self._default(shelf, record.id, other, target.id)]))

    async def dissociate(self, request: Request) -> Response:
        shelf, other = self._shelf(request), self._shelf(request, "to")
        record, target = self._record(shelf, request), self._target(other, request)
        self.cabinet.untie(shelf, record.id, other, target.id)
        return Response(status_code=204)

    async def associations_batch(self, request: Request) -> Response:
        shelf, other = self._shelf(request, "from"), self._shelf(request, "to")
        verb = request.path_params["verb"]
        inputs = (await body_of(request, errors.refuse)).get("inputs") or []
        if verb == "read":
            known = [(i, shelf.find(str(i.get("id")))) for i in inputs]
            found = [
                (i, [one for one in self.cabinet.tied(shelf, record.id, other) if other.get(one)])
                for i, record in known
                if record is not None
            ]
            v3 = self._version(request) == "v3"
            kind = f"{shelf.singular}_to_{other.singular}"
            results = [
                {
                    "from": {"id": str(i["id"])},
                    "to": [
                        {"id": str(t), "type": kind} if v3 else self._told_tie(shelf, int(i["id"]), other, t)
                        for t in ids
                    ],
                }
                for i, ids in found
                if ids
            ]
            return JSONResponse(self._batch_of(results))
        if verb not in ("create", "associate/default"):
            raise errors.not_found()
        made = []
        for each in inputs:
            record, target = shelf.find(str(each["from"]["id"])), other.find(str(each["to"]["id"]))
            if record is None or target is None:
                raise errors.not_found()
            self._tie(shelf, record, other, target)
            made.append(self._default(shelf, record.id, other, target.id))
        return JSONResponse(self._batch_of(made), status_code=201 if verb == "create" else 200)

    # Doing

    def _create(self, shelf: Shelf, asked: Json, version: str, source: Source) -> Record:
        properties = asked.get("properties")
        if not isinstance(properties, dict):
            raise errors.invalid("Invalid input JSON: properties is missing")
        faults = values.check(properties, shelf.properties, with_rules=version == "2026-09")
        if faults:
            raise errors.invalid_values(faults)
        needed = [*shelf.required, *(sorted(self.required_by_admin) if version == "2026-09" else ())]
        lacking = [n for n in needed if not properties.get(n) and n in shelf.properties]
        if lacking:
            raise errors.invalid_values([(n, "REQUIRED_PROPERTY", f"{n} is required") for n in lacking])
        kept = {k: text for k, v in properties.items() if (text := values.as_text(v)) != ""}
        existing = shelf.by_email.get(kept.get("email", "").lower())
        if existing is not None:
            raise errors.conflict(str(existing))
        self._fit_stage(shelf, kept, {})
        ties = self._ties_asked(shelf, asked.get("associations") or [])
        record = shelf.add(self.cabinet.new_id(), kept, self.cabinet.now_ms(), source)
        for other, target in ties:
            self._tie(shelf, record, other, target)
        self._write_down(shelf, record, kept)
        return record

    def _update(self, shelf: Shelf, record: Record, properties: Json, source: Source, version: str) -> None:
        faults = values.check(properties, shelf.properties, with_rules=version == "2026-09")
        if faults:
            raise errors.invalid_values(faults)
        kept = {k: values.as_text(v) for k, v in properties.items()}
        existing = shelf.by_email.get(kept.get("email", "").lower())
        if existing not in (None, record.id):
            raise errors.conflict(str(existing))
        self._fit_stage(shelf, kept, record.values)
        shelf.change(record, kept, self.cabinet.now_ms(), self.search_lag_ms, source)
        self._write_down(shelf, record, kept)

    def _fit_stage(self, shelf: Shelf, asked: dict[str, str], kept: dict[str, str]) -> None:
        """Hold a deal's stage to its pipeline. Raises 400."""
        if shelf.name != "deals":
            return
        fault = self.pipelines.fault(asked, kept)
        if fault:
            raise errors.invalid_values([fault])
        asked.update(self.pipelines.worked_out(asked.get("dealstage", "")))

    def _write_down(self, shelf: Shelf, record: Record, kept: dict[str, str]) -> None:
        if shelf.required:  # an activity: it is told whole
            return
        at = iso(self.cabinet.now_ms() / 1000)
        for name, value in kept.items():
            self.property_writes.append(
                {shelf.singular: str(record.id), "property": name, "value": value, "at": at}
            )

    def _ties_asked(self, shelf: Shelf, asked: Iterable[Json]) -> list[tuple[Shelf, Record]]:
        """Return what a new record is to be tied to. Raises before anything was created."""
        ties = []
        for each in asked:
            type_ids = [t.get("associationTypeId") for t in each.get("types") or []]
            other = next(
                (
                    self.cabinet.shelves[b]
                    for known in (TYPE_IDS, PRIMARY_IDS)
                    for (a, b), i in known.items()
                    if a == shelf.name and i in type_ids
                ),
                None,
            )
            if other is None:
                raise errors.invalid(f"association types {type_ids} are not possible for {shelf.name}")
            target = other.find(str((each.get("to") or {}).get("id")))
            if target is None:
                raise errors.not_found(f"{other.singular} to associate with was not found")
            ties.append((other, target))
        return ties

    def _tie(self, shelf: Shelf, record: Record, other: Shelf, target: Record) -> None:
        self.cabinet.tie(shelf, record.id, other, target.id)
        # A logged activity raises the record's time of last change, which pollers must survive.
        for side, one in ((shelf, record), (other, target)):
            if not side.required:
                side.change(one, {}, self.cabinet.now_ms(), self.search_lag_ms)

    # Telling

    def _told(
        self,
        shelf: Shelf,
        record: Record,
        names: Iterable[str] = (),
        ties: Iterable[str] = (),
        past: Iterable[str] = (),
    ) -> Json:
        wanted = {
            *shelf.shown,
            *(n for n in names if n in shelf.properties and not shelf.properties[n].archived),
        }
        told: Json = {
            "id": str(record.id),
            "properties": {name: shelf.value(record, name) for name in sorted(wanted)},
            "createdAt": iso(record.created_ms / 1000),
            "updatedAt": iso(record.modified_ms / 1000),
            "archived": record.archived,
        }
        if not shelf.required:
            told["url"] = f"{self.address}/contacts/{ACCOUNT_ID}/record/{shelf.type_id}/{record.id}"
        if past:
            told["propertiesWithHistory"] = {
                n: _told_history(shelf, record, n) for n in past if n in shelf.properties
            }
        tied: Json = {}
        for name in ties:
            other = self.cabinet.shelf(name)
            ids = self.cabinet.tied(shelf, record.id, other) if other else []
            if other and ids:
                kind = f"{shelf.singular}_to_{other.singular}"
                tied[other.name] = {"results": [{"id": str(i), "type": kind} for i in ids]}
        return {**told, "associations": tied} if tied else told

    def _told_tie(self, shelf: Shelf, id: int, other: Shelf, other_id: int) -> Json:
        types = self.cabinet.type_ids(shelf, id, other, other_id)
        return {
            "toObjectId": str(other_id),
            "associationTypes": [
                {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label} for type_id, label in types
            ],
        }

    def _told_all(self, shelf: Shelf, record: Record) -> Json:
        return self._told(shelf, record, record.values)

    def _default(self, shelf: Shelf, id: int, other: Shelf, other_id: int) -> Json:
        type_id = TYPE_IDS.get((shelf.name, other.name), 0)
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
        return {"from": {"id": str(id)}, "to": {"id": str(other_id)}, "associationSpec": spec}

    def _batch_of(self, results: Any) -> Json:
        now = iso(self.cabinet.now_ms() / 1000)
        return {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}

    # Finding

    def _version(self, request: Request) -> str:
        return str(request.path_params["version"])

    def _shelf(self, request: Request, part: str = "kind") -> Shelf:
        shelf = self.cabinet.shelf(request.path_params[part])
        if shelf is None:
            raise errors.invalid(f"Unable to infer object type from: {request.path_params[part]}")
        return shelf

    def _record(self, shelf: Shelf, request: Request, *, archived: bool = False) -> Record:
        id_property = request.query_params.get("idProperty") or ""
        record = shelf.find(request.path_params["id"], id_property, archived=archived)
        if record is None:
            raise errors.not_found()
        return record

    def _target(self, other: Shelf, request: Request) -> Record:
        record = other.find(request.path_params["to_id"])
        if record is None:
            raise errors.not_found()
        return record


def _names(request: Request, of: str = "properties") -> list[str]:
    given = request.query_params.getlist(of)
    return [name.strip() for part in given for name in part.split(",") if name.strip()]


def _source(request: Request) -> Source:
    """Return who writes by API, as the history of a property will tell it."""
    return ("INTEGRATION", str(request.state.app_id))


def _told_history(shelf: Shelf, record: Record, name: str) -> list[Json]:
    return [
        {"value": value, "timestamp": iso(at_ms / 1000), "sourceType": kind, "sourceId": id}
        for value, at_ms, (kind, id) in record.history(name)
    ]


def _ties_wanted(request: Request) -> list[str]:
    given = request.query_params.getlist("associations")
    return [name.strip() for part in given for name in part.split(",") if name]


def _batch_fault(problem: Problem, each: Json) -> Json:
    import json

    body = json.loads(bytes(problem.response.body))
    fault = {k: body[k] for k in ("status", "category", "message", "errors") if k in body}
    context: Json = {"ids": [str(each["id"])]} if "id" in each else {}
    if "objectWriteTraceId" in each:
        context["objectWriteTraceId"] = [each["objectWriteTraceId"]]
    return {**fault, "context": context}
