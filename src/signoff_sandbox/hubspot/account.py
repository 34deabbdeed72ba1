"""What is known about the account: fields, owners, details, daily usage, and what a key may do."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from signoff_sandbox.clock import Clock, iso
from signoff_sandbox.desk import Json, body_of
from signoff_sandbox.hubspot import errors
from signoff_sandbox.hubspot.door import TIME_ZONE, Door, zone
from signoff_sandbox.hubspot.objects import ACCOUNT_ID
from signoff_sandbox.hubspot.pipelines import Pipeline, Pipelines
from signoff_sandbox.hubspot.properties import Property
from signoff_sandbox.hubspot.shelf import Cabinet, Shelf

OWNERS = (
    {
        "id": "71001",
        "userId": 9001,
        "email": "priya.nair@harbourdesk.example",
        "firstName": "Priya",
        "lastName": "Nair",
    },
    {
        "id": "71002",
        "userId": 9002,
        "email": "tom.okafor@harbourdesk.example",
        "firstName": "Tom",
        "lastName": "Okafor",
    },
)
_MADE = "2026-01-12T09:00:00.000Z"


class Account:
    """Answers about the account itself."""

    def __init__(self, cabinet: Cabinet, pipelines: Pipelines, door: Door, clock: Clock) -> None:
        self._cabinet = cabinet
        self._pipelines = pipelines
        self._door = door
        self._clock = clock
        self.portal_id = ACCOUNT_ID
        self.kind = "DEVELOPER_TEST"

    async def properties(self, request: Request) -> Response:
        archived = request.query_params.get("archived") == "true"
        found = [p.as_json() for p in self._shelf(request).properties.values() if p.archived == archived]
        return JSONResponse({"results": found})

    async def property(self, request: Request) -> Response:
        return JSONResponse(self._property(request).as_json())

    async def create_property(self, request: Request) -> Response:
        shelf, asked = self._shelf(request), await body_of(request, errors.refuse)
        name = str(asked.get("name") or "")
        if not name or name in shelf.properties:
            raise errors.invalid(f"property {name!r} exists already or has no name")
        made = Property(
            name,
            str(asked.get("label") or name),
            str(asked.get("type") or "string"),
            str(asked.get("fieldType") or "text"),
            _options(asked),
            ours=True,
            unique=bool(asked.get("hasUniqueValue")),
            created=self._clock.now(),
            updated=self._clock.now(),
        )
        shelf.properties[name] = made
        return JSONResponse(made.as_json(), status_code=201)

    async def update_property(self, request: Request) -> Response:
        shelf, known = self._shelf(request), self._property(request)
        asked = await body_of(request, errors.refuse)
        changed = replace(known, updated=self._clock.now(), label=str(asked.get("label") or known.label))
        if "options" in asked:
            changed = replace(changed, options=_options(asked))
        shelf.properties[known.name] = changed
        return JSONResponse(changed.as_json())

    async def archive_property(self, request: Request) -> Response:
        known = self._property(request)
        self._shelf(request).properties[known.name] = replace(known, archived=True)
        return Response(status_code=204)

    async def validations(self, request: Request) -> Response:
        rules = [
            {"propertyName": known.name, "propertyValidationRules": [_at_most(known.most_letters)]}
            for known in self._shelf(request).properties.values()
            if known.most_letters
        ]
        return JSONResponse({"results": rules})

    async def owners(self, request: Request) -> Response:
        email = request.query_params.get("email")
        found = [_owner(o) for o in OWNERS if not email or o["email"] == email]
        return JSONResponse({"results": found})

    async def owner(self, request: Request) -> Response:
        found = [_owner(o) for o in OWNERS if o["id"] == request.path_params["id"]]
        if not found:
            raise errors.not_found()
        return JSONResponse(found[0])

    async def pipelines(self, request: Request) -> Response:
        return JSONResponse({"results": [p.as_json(n) for n, p in enumerate(self._of_kind(request))]})

    async def pipeline(self, request: Request) -> Response:
        return JSONResponse(self._pipeline(request).as_json(0))

    async def stages(self, request: Request) -> Response:
        stages = self._pipeline(request).stages
        return JSONResponse({"results": [stage.as_json(n) for n, stage in enumerate(stages)]})

    async def details(self, request: Request) -> Response:
        offset = self._clock.utc().astimezone(zone()).utcoffset()
        minutes = int(offset.total_seconds() // 60) if offset else 0
        sign = "-" if minutes < 0 else "+"
        return JSONResponse(
            {
                "portalId": self.portal_id,
                "accountType": self.kind,
                "timeZone": TIME_ZONE,
                "utcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
                "utcOffsetMilliseconds": minutes * 60_000,
                "companyCurrency": "USD",
                "additionalCurrencies": ["EUR"],
                "uiDomain": request.url.netloc,
                "dataHostingLocation": "na1",
            }
        )

    async def daily_usage(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "results": [
                    {
                        "name": "Private app and service key calls",
                        "usageLimit": self._door.per_day,
                        "currentUsage": self._door.used_today,
                        "collectedAt": iso(self._clock.now()),
                        "fetchStatus": "SUCCESS",
                        "resetsAt": iso(self._door.resets_at().timestamp()),
                    }
                ]
            }
        )

    async def token_info(self, request: Request) -> Response:
        asked = await body_of(request, errors.refuse)
        key = self._door.admit({"authorization": f"Bearer {asked.get('tokenKey', '')}"})
        told: Json = {
            "userId": 9001,
            "hubId": self.portal_id,
            "appId": key.app_id,
            "scopes": sorted(key.scopes),
        }
        return JSONResponse(told)

    def _of_kind(self, request: Request) -> list[Pipeline]:
        """Return the pipelines of a kind of record: here only deals have any."""
        return self._pipelines.all if self._shelf(request).name == "deals" else []

    def _pipeline(self, request: Request) -> Pipeline:
        found = [p for p in self._of_kind(request) if p.id == request.path_params["pipeline"]]
        if not found:
            raise errors.not_found()
        return found[0]

    def _shelf(self, request: Request) -> Shelf:
        shelf = self._cabinet.shelf(request.path_params["kind"])
        if shelf is None:
            raise errors.invalid(f"Unable to infer object type from: {request.path_params['kind']}")
        return shelf

    def _property(self, request: Request) -> Property:
        known = self._shelf(request).properties.get(request.path_params["name"])
        archived = request.query_params.get("archived") == "true"
        if known is None or known.archived != archived:
            raise errors.not_found("Property does not exist")
        return known


def _at_most(letters: int) -> Json:
    return {"ruleType": "MAX_LENGTH", "ruleArguments": [str(letters)], "shouldApplyNormalization": False}


def _options(asked: Json) -> tuple[tuple[str, str], ...]:
    return tuple((str(o["value"]), str(o.get("label") or o["value"])) for o in asked.get("options") or [])


def _owner(owner: Json) -> Json:
    return {**owner, "type": "PERSON", "createdAt": _MADE, "updatedAt": _MADE, "archived": False, "teams": []}
