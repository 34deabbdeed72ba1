"""One trace for each record, over all its steps, with nothing of the record in it."""

from __future__ import annotations

import gzip

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from signoff.engine import tracing, verbs
from signoff.outbound.tests.local import local
from signoff.review.models import Review
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def spans(monkeypatch):
    """A collector; returns a function that gives the spans it has received."""
    bodies = []
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"

    def take(asked):
        bodies.append(gzip.decompress(asked.body) if asked.body[:2] == b"\x1f\x8b" else asked.body)
        return ok

    def received():
        tracing.flush()
        found = []
        for body in bodies:
            for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for of_scope in of_resource.scope_spans:
                    found += of_scope.spans
        return found

    with local(take) as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        tracing._provider.cache_clear()
        yield received
        tracing._provider().shutdown()
    tracing._provider.cache_clear()


def test_a_record_is_one_trace_from_its_receipt_to_its_end(spans, house, work_off):
    delivered, rejected = house.receive(house.lead(), house.lead())
    work_off()
    for review in Review.objects.all():
        verdict = "approved" if review.run_id == delivered else "rejected"
        reason = "" if verdict == "approved" else "tone"
        verbs.decide(review.pk, verdict, house.owner, review.content_hash, reason=reason)
    Run.objects.update(deliver_at=None)
    work_off(also_later=True)
    assert Run.objects.get(pk=delivered).state == "done"

    for run_id, end, steps in ((delivered, "done", 2), (rejected, "rejected", 1)):
        mine = [span for span in spans() if {"signoff.run": run_id}.items() <= told(span).items()]
        (root,) = [span for span in mine if not span.parent_span_id]
        assert len({span.trace_id for span in mine}) == 1
        assert {span.parent_span_id for span in mine if span is not root} == {root.span_id}
        assert len(mine) >= 1 + steps
        assert told(root)["signoff.state.after"] == end
        assert root.start_time_unix_nano <= min(span.start_time_unix_nano for span in mine)
    traces = {span.trace_id for span in spans()}
    assert len(traces) == 2
    everything = b"".join(span.SerializeToString() for span in spans()).decode(errors="replace")
    for run in Run.objects.all():
        assert run.record["email"] not in everything
        assert run.label not in everything


def test_where_nobody_collects_nothing_is_loaded(monkeypatch, house, work_off):
    for name in tracing.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    tracing._provider.cache_clear()

    house.receive(house.lead())
    work_off()

    assert tracing._provider() is None


def told(span):
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}
