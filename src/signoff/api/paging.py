"""
Lists that grow come by pages: as {"items", "next"}, or as a plain array whose `Link` header names the next (RFC 8288).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Header, Query

from signoff.core.home import public_url

LARGEST_ID = 2**63 - 1

Number = Annotated[int | None, Query(ge=0, le=LARGEST_ID)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", max_length=1000)]
Limit = Annotated[int, Query(ge=1, le=500)]


def page(
    request: HttpRequest,
    response: HttpResponse,
    rows: QuerySet[Any] | Sequence[Any],
    limit: int,
    cursor: str = "before",
) -> list[Any]:
    """Return the first rows; where there are more, the answer's `Link` says how to ask for them."""
    found, following = _cut(rows, limit)
    if following is not None:
        query = request.GET.copy()
        query[cursor], query["limit"] = str(following), str(limit)
        response["Link"] = f'<{public_url()}{request.path}?{query.urlencode()}>; rel="next"'
    return found


def part(
    rows: QuerySet[Any] | Sequence[Any], limit: int, shown: Callable[[Any], Any] | None = None
) -> dict[str, Any]:
    """Return {"items", "next"}: the first rows, as `shown` makes documents of them, and how to ask for the others."""
    found, following = _cut(rows, limit)
    return {"items": [shown(row) for row in found] if shown else found, "next": following}


def _cut(rows: QuerySet[Any] | Sequence[Any], limit: int) -> tuple[list[Any], int | None]:
    """Return the first rows, and the number of the last of them where there are more."""
    found = list(rows[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None
