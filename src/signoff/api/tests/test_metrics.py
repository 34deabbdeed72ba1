"""What Prometheus reads, and that the ready dashboard and alert rules ask for nothing that does not exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from signoff.accounts.tokens import make_token
from signoff.core import clock
from signoff.engine.models import Backup, Beat

FILES = Path(__file__).parents[4] / "docs" / "monitoring"
STATES = {
    "needs you",
    "uncertain",
    "failed",
    "queued",
    "asking",
    "approved",
    "delivering",
    "waiting for review",
}


@pytest.fixture
def scraped(client, house, work_off):
    """Return the numbers of a Signoff that has done something, as {name: {labels: value}}."""
    house.receive(house.lead())
    work_off()
    house.receive(house.lead())
    Backup.objects.create(made_at=clock.now(), path="/b", computer="here", checked_at=clock.now())
    Beat.objects.create(name="web", at=clock.now())
    with_end = type(house.integration).objects.get(pk=house.integration.pk)
    assert with_end.is_on
    token = make_token("prometheus", house.owner, ["read"]).reveal()
    reply = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert reply.status_code == 200
    assert reply["Content-Type"].startswith("text/plain")
    found: dict[str, dict[tuple, float]] = {}
    for family in text_string_to_metric_families(reply.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def expressions() -> list[str]:
    rules = yaml.safe_load((FILES / "alerts.yml").read_text())["groups"]
    panels = json.loads((FILES / "grafana-dashboard.json").read_text())["panels"]
    return [
        *(rule["expr"] for group in rules for rule in group["rules"]),
        *(target["expr"] for panel in panels for target in panel["targets"]),
    ]


def test_the_numbers_are_those_of_the_rows(scraped):
    assert scraped["signoff_records"][(("state", "waiting for review"),)] == 1
    assert scraped["signoff_records"][(("state", "queued"),)] == 1
    assert scraped["signoff_connection_working"][(("app", "hubspot"), ("connection", "hubspot-main"))] == 1
    assert scraped["signoff_records_begun_today"][(("integration", "follow-up-new-leads"),)] == 1
    assert scraped["signoff_spent_today_dollars"][(("integration", "follow-up-new-leads"),)] > 0
    assert scraped["signoff_database_bytes"][()] > 1_000_000


def test_every_metric_and_label_that_the_dashboard_and_the_alerts_name_exists(scraped):
    from signoff.engine import measuring

    source = Path(measuring.__file__).read_text()
    named = {name for text in expressions() for name in re.findall(r"\bsignoff_\w+", text)}
    # A key that ends is not in every shop, so its name is looked for where it is given.
    assert {name for name in named if name not in scraped and f'"{name}"' not in source} == set()
    assert len(named) > 12
    labels = {pair for text in expressions() for pair in re.findall(r'(\w+)=~?"([^"]+)"', text)}
    known = {label for numbers in scraped.values() for labels in numbers for label in labels}
    for label, values in labels - {("job", "signoff")}:
        for value in values.split("|"):
            assert (label, value) in known, (label, value)


def test_every_metric_that_exists_is_drawn_or_alerted(scraped):
    text = " ".join(expressions())

    assert [name for name in scraped if name not in text] == []


@pytest.mark.parametrize(("header", "status"), [({}, 401), ({"Authorization": "Bearer so_nonsense"}, 401)])
def test_without_a_token_nothing_is_told(client, db, header, status):
    reply = client.get("/metrics", headers=header)

    assert reply.status_code == status
    assert b"signoff_records" not in reply.content


def test_a_token_that_may_not_read_is_refused(client, house):
    token = make_token("n8n", house.owner, ["propose"]).reveal()

    assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 403
