"""`/metrics`: how the work stands, as Prometheus reads it, for whoever has a token that may read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from signoff.api.problems import problem
from signoff.api.rights import Forbidden, read
from signoff.engine.measuring import measures


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with every number there is. Each request counts anew; twice a minute is plenty."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        found = read.authenticate(request, token.strip()) if scheme.lower() == "bearer" else None
    except Forbidden as error:
        return problem(403, str(error))
    if found is None:
        refused = problem(401, "Send a token that may read: Authorization: Bearer …")
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for one in measures():
        if one.name not in gauges:
            gauges[one.name] = Gauge(one.name, one.words, sorted(one.labels), registry=registry)
        gauge = gauges[one.name]
        (gauge.labels(**one.labels) if one.labels else gauge).set(one.value)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
