"""Asking HubSpot: questions, pages, records by their ids, and what is tied to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from signoff.connectors.hubspot.answers import explain, id_of, next_after, results
from signoff.connectors.hubspot.kinds import PRIMARY, VERSION, Kind
from signoff.connectors.shapes import items, member
from signoff.outbound.door import Door
from signoff.outbound.reply import Reply
from signoff.outbound.request import KEY

BATCH: Final = 100  # what a batch read takes
BATCH_WITH_HISTORY: Final = 50  # what it takes when it is asked for earlier values too


class Asking:
    """One account at HubSpot, to be asked. Every answer is explained; what is left is a good one."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def get(self, path: str, **params: str) -> Reply:
        reply = self.door.get(path, params=params or None)
        explain(reply)
        return reply

    def post(self, path: str, question: Mapping[str, Any]) -> Reply:
        """POST a question: searches and batch reads change nothing."""
        reply = self.door.post(path, effect="read", json=question)
        explain(reply)
        return reply

    def pages(self, path: str, **params: str) -> Iterator[Any]:
        after: str | None = None
        while True:
            reply = self.get(path, **params, **({"after": after} if after else {}))
            yield from results(reply)
            after = next_after(reply)
            if after is None:
                return

    def search(self, path: str, question: Mapping[str, Any]) -> list[Any]:
        return results(self.post(f"{path}/search", question))

    def records(
        self, path: str, ids: Iterable[str], properties: Sequence[str], history: Sequence[str] = ()
    ) -> Iterator[Any]:
        """
        Read records by their ids, fresh and not from the search index; those that are gone are left out.
        """
        wanted = list(dict.fromkeys(ids))
        size = BATCH_WITH_HISTORY if history else BATCH
        for start in range(0, len(wanted), size):
            question: dict[str, Any] = {
                "properties": list(properties),
                "inputs": [{"id": id} for id in wanted[start : start + size]],
            }
            if history:
                question["propertiesWithHistory"] = list(history)
            for record in results(self.post(f"{path}/batch/read", question)):
                if not member(record, "archived"):
                    yield record

    def tied(self, kind: Kind, id: str, plural: str) -> Iterator[str]:
        """Return the ids of what is tied to a record; this is read from the record, not from an index."""
        for item in self.pages(f"{kind.path}/{id}/associations/{plural}", limit="500"):
            yield str(member(item, "toObjectId") or id_of(item))

    def first_tied(self, kind: Kind, ids: Sequence[str], other: Kind) -> dict[str, str]:
        """
        Return for each record the one of another kind that belongs to it.

        Of several it is the one that HubSpot calls primary, else the oldest, so that it stays the same one.
        """
        found = {}
        path = f"/crm/associations/{VERSION}/{kind.plural}/{other.plural}/batch/read"
        for start in range(0, len(ids), BATCH):
            question = {"inputs": [{"id": id} for id in ids[start : start + BATCH]]}
            for item in results(self.post(path, question)):
                ties = [tie for tie in items(member(item, "to")) if member(tie, "toObjectId")]
                if ties:
                    first = min(ties, key=_order)
                    found[str(member(item, "from", "id"))] = str(first["toObjectId"])
        return found

    def app_id(self) -> str | None:
        """Return who we are in the history of a property, None where HubSpot does not say."""
        reply = self.door.post(
            "/oauth/v2/private-apps/get/access-token-info", effect="read", json={"tokenKey": KEY}
        )
        if not reply.ok:
            return None
        id = member(reply.json(), "appId")
        return str(id) if isinstance(id, int | str) else None


def _order(tie: Any) -> tuple[bool, int]:
    types = {member(type, "typeId") for type in items(member(tie, "associationTypes"))}
    id = str(tie["toObjectId"])
    return not types & PRIMARY, int(id) if id.isdigit() else 0
