"""
One trace for each record, for whoever has a collector: a span from its receipt to its end, and in it one for each time
that a worker carried it on.

On only where an OTLP endpoint is set (`OTEL_EXPORTER_OTLP_ENDPOINT`) and the extra `traces` is installed; costs nothing
otherwise. The ids follow from the run, so that steps in different processes, days apart, are one trace. Nothing of a
record stands in it: names, states and times.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import structlog

from signoff.runs.models import Run
from signoff.vault.keys import derived

log = structlog.get_logger()

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
OVER = ("done", "rejected", "failed", "left")

_wanted: ContextVar[tuple[int, int] | None] = ContextVar("wanted", default=None)


@contextmanager
def step(run_id: int) -> Iterator[None]:
    """Time one step of a run, and close its trace if the run is over afterwards."""
    tracer = _tracer()
    if tracer is None:
        yield
        return
    from opentelemetry import trace

    ids = _ids(run_id)
    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED)
    parent = trace.SpanContext(ids[0], ids[1], is_remote=True, trace_flags=flags)
    context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
    with tracer.start_as_current_span("carry on", context, attributes={"signoff.run": run_id}) as span:
        before = _looked_up(run_id)
        yield
        after = _looked_up(run_id)
        if before is None or after is None:
            return
        span.set_attribute("signoff.integration", after["integration__name"])
        span.set_attribute("signoff.state.before", before["state"])
        span.set_attribute("signoff.state.after", after["state"])
    if before["state"] != after["state"]:
        over(run_id)


def over(run_id: int) -> None:
    """Close the trace of a run that has come to its end; does nothing for one that has not."""
    tracer = _tracer()
    found = _looked_up(run_id) if tracer is not None else None
    if tracer is None or found is None or found["state"] not in OVER:
        return
    from opentelemetry.context import Context

    token = _wanted.set(_ids(run_id))
    try:
        span = tracer.start_span(
            f"record of {found['integration__name']}",
            Context(),
            start_time=int(found["received_at"].timestamp() * 1e9),
            attributes={
                "signoff.run": run_id,
                "signoff.integration": found["integration__name"],
                "signoff.state.after": found["state"],
            },
        )
    finally:
        _wanted.reset(token)
    span.end(time.time_ns())


def flush() -> None:
    """Send what was not sent yet."""
    if (provider := _provider()) is not None:
        provider.force_flush()


def _looked_up(run_id: int) -> dict[str, Any] | None:
    found = Run.objects.filter(pk=run_id).values("state", "received_at", "integration__name").first()
    return dict(found) if found else None


def _ids(run_id: int) -> tuple[int, int]:
    """Return the ids of a run's trace and of its first span: the same in every process, and nobody else's."""
    digest = hashlib.sha256(derived("traces") + str(run_id).encode()).digest()
    return int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big")


def _tracer() -> Any:
    provider = _provider()
    return provider.get_tracer("signoff") if provider is not None else None


@cache
def _provider() -> Any:
    """Return what makes and sends spans, None where nobody wants any."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON
    except ImportError:
        log.warning("traces are wanted and cannot be made: pip install 'signoff[traces]'")
        return None

    class Ids(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            wanted = _wanted.get()
            return wanted[0] if wanted else int(super().generate_trace_id())

        def generate_span_id(self) -> int:
            wanted = _wanted.get()
            return wanted[1] if wanted else int(super().generate_span_id())

    resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "signoff")})
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, id_generator=Ids())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
