"""Lists that grow come by pages; one that is a plain array names the next page in a `Link` header (RFC 8288)."""

from __future__ import annotations

from collections.abc import Sequence
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
    found = list(rows[: limit + 1])
    if len(found) > limit:
        query = request.GET.copy()
        query[cursor], query["limit"] = str(found[limit - 1].pk), str(limit)
        response["Link"] = f'<{public_url()}{request.path}?{query.urlencode()}>; rel="next"'
    return found[:limit]
