"""An approved answer goes to an address of the owner's, and what becomes of it there."""

from __future__ import annotations

import json

import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from signoff.connections.connect import connect
from signoff.connections.models import Connection
from signoff.connections.standing import check
from signoff.core.errors import InputRejected
from signoff.core.secret import Secret
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.engine.schedules import check_connections
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.outbound.tests.local import answer, local
from signoff.review.models import Review
from signoff.runs.models import Delivery, Run

pytestmark = pytest.mark.django_db

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
FILE = """\
name: answer-orders
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Answer the question in the record.}
answer: {reply: {type: text, max: 800}}
then:
  - shop-hook.%s: {type: order.answered, data: {to: record.email, reply: answer.reply}}
"""


class Box:
    """What the receiver says next, and what it got: an id it has seen is left out, as the owner was told."""

    def __init__(self):
        self.says = answer(200)
        self.seen: dict[str, dict] = {}

    def __call__(self, asked):
        message = Receiver(SECRET).verify(asked.body, asked.headers)
        said, self.says = self.says, answer(200)
        if said is None or said.startswith(b"HTTP/1.1 2"):
            self.seen.setdefault(asked.headers["webhook-id"], message)
        return said


@pytest.fixture
def box():
    return Box()


@pytest.fixture
def hook(house, box):
    with local(box) as server:
        connect_to(server)
        yield server


def connect_to(server, path="/hooks/orders-marked"):
    settings = {"address": server.url + path, "signed": "standard"}
    return connect(
        "webhook", "shop-hook", Secret(SECRET), settings=settings, limits={"requests_per_minute": 1_000_000}
    )


def integrate(action):
    result = apply([read_text(FILE % action)])
    assert not result.faults, result.faults
    from signoff.integrations.models import Integration

    integration = Integration.objects.get(name="answer-orders")
    verbs.switch(integration, True)
    return integration


def approved(house, integration, work_off, key="order-1"):
    """Return a run whose draft a person approved; nothing has left yet."""
    from signoff.connectors.base import Event

    record = {"name": "Ada Byron", "email": "ada@example.test", "message": "Do you open on Saturdays?"}
    (run,) = verbs.receive(integration, [Event(key, "", record, "Ada Byron")], "A record came by webhook")
    work_off()
    review = Review.objects.get(run=run)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run.pk).update(deliver_at=None)
    return run


def test_an_approved_answer_arrives_once_signed_and_with_the_record_it_answers(house, work_off, hook, box):
    run = approved(house, integrate("send"), work_off)

    work_off(also_later=True)

    run.refresh_from_db()
    (message,) = box.seen.values()
    assert run.state == Run.State.DONE, run.timeline
    assert message["type"] == "order.answered"
    assert message["data"] == {"to": "ada@example.test", "reply": run.answer["reply"]}
    assert message["id"] == Delivery.objects.get().marker


def test_a_lost_answer_is_sent_again_with_the_id_by_which_the_receiver_leaves_it_out(
    house, work_off, hook, box
):
    run = approved(house, integrate("send"), work_off)
    box.says = None

    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.timeline
    assert len(hook.asked) == 2
    assert hook.asked[0].headers["webhook-id"] == hook.asked[1].headers["webhook-id"]
    assert hook.asked[0].body == hook.asked[1].body
    assert len(box.seen) == 1


def test_what_goes_once_is_never_repeated_and_a_person_is_asked(house, work_off, hook, box):
    run = approved(house, integrate("send_once"), work_off)
    box.says = None
    advance(run_id=run.pk)
    Delivery.objects.update(started_at=run.received_at.replace(year=2020))

    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == Run.State.UNCERTAIN
    assert len(hook.asked) == 1


def test_a_receiver_that_is_gone_pauses_all_its_work_until_the_owner_gives_another_address(
    house, work_off, hook, box
):
    integration = integrate("send")
    run = approved(house, integration, work_off)
    box.says = answer(410)
    work_off(also_later=True)
    second = approved(house, integration, work_off, "order-2")
    work_off(also_later=True)

    check_connections(0)
    connection = Connection.objects.get(name="shop-hook")
    assert connection.state == Connection.State.NEEDS_YOU
    assert "gone for good" in connection.problem
    assert len(hook.asked) == 1, "nothing more is sent to an address that is gone"

    verbs.mended(connect_to(hook, "/hooks/orders-new"))
    work_off(also_later=True)

    assert {run_.state for run_ in Run.objects.filter(pk__in=[run.pk, second.pk])} == {Run.State.DONE}
    assert len(box.seen) == 2
    assert [asked.path for asked in hook.asked[1:]] == ["/hooks/orders-new"] * 2


def test_the_owners_word_that_it_works_again_is_taken(house, work_off, hook, box):
    run = approved(house, integrate("send"), work_off)
    box.says = answer(404)
    work_off(also_later=True)

    connection = check(Connection.objects.get(name="shop-hook"))
    verbs.mended(connection)
    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == Run.State.DONE


def test_the_address_is_sealed_and_stands_nowhere_else(house, work_off, hook):
    run = approved(house, integrate("send"), work_off)
    hook.asked.clear()
    work_off(also_later=True)

    row = Connection.objects.filter(name="shop-hook").values().get()
    assert "orders-marked" not in str(row)
    assert b"orders-marked" not in bytes(row["settings_sealed"])
    said = [*Delivery.objects.values(), *Run.objects.filter(pk=run.pk).values()]
    assert "orders-marked" not in json.dumps(said, default=str)


def test_a_file_that_sends_to_a_webhook_without_an_address_has_a_fault_at_its_line(house):
    connect("webhook", "shop-hook", Secret(SECRET))

    (fault,) = apply([read_text(FILE % "send")]).faults

    assert fault.line == 6
    assert "has no “Address that answers are sent to”" in fault.what


def test_an_answer_may_not_choose_what_it_is(house, hook):
    result = apply([read_text((FILE % "send").replace("order.answered", "answer.reply"))])

    assert any("must come from the record" in fault.what for fault in result.faults)


def test_an_address_in_a_private_network_is_not_even_saved(house, monkeypatch):
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "")

    with pytest.raises(InputRejected):
        connect("webhook", "inside", Secret(SECRET), settings={"address": "https://10.0.0.7/hook"})

    assert not Connection.objects.filter(name="inside").exists()
