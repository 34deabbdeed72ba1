"""People are asked to review in Slack: once for each draft, together where many wait, and no run ever waits for it."""

from __future__ import annotations

import socket
from datetime import timedelta
from email import message_from_bytes, policy
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from django.db import connection as db
from standardwebhooks.webhooks import Webhook as Receiver

from signoff.accounts.models import Person
from signoff.connections.connect import connect
from signoff.connections.models import Connection
from signoff.connections.standing import check
from signoff.core import clock
from signoff.core.secret import Secret
from signoff.engine import verbs
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.outbound.tests.local import answer, local
from signoff.pacing.models import Pace
from signoff.review import asking, assigning
from signoff.review.models import Asking, Review
from signoff.review.opening import open_review
from signoff.runs.models import Run
from signoff_sandbox.testing import SLACK_KEY, SLACK_SIGNING_SECRET

pytestmark = pytest.mark.django_db

SIGNING_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
FREE = {"requests_per_minute": 1_000_000}
FILE = """\
name: follow-up-leads
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Answer.}
answer: {reply: {type: text, max: 800}}
review: {by: [sales], ask: slack-main.PLACE}
then:
  - slack-main.post_message: {channel: "#general", text: answer.reply}
"""


@pytest.fixture
def slack(house):
    house.practice.control(
        "slack",
        restore_token=True,
        faults="",
        clear=True,
        limits={"per_second": 1000, "burst": 1000},
        channel={"id": "C0RANDOM", "is_member": False},
    )
    connect("slack", "slack-main", Secret(SLACK_KEY), base_url=house.practice.slack, limits=FREE)
    return house.practice


@pytest.fixture
def integration(slack):
    return put_into_force()


def put_into_force(place="#sales"):
    result = apply([read_text(FILE.replace("PLACE", place))])
    assert not result.faults, result.faults
    made = Integration.objects.get(name="follow-up-leads")
    verbs.switch(made, True)
    return made


def wait_for_review(integration, label, findings=()):
    """Let a draft wait for a person, as the engine does when it is written."""
    now = clock.now()
    run = Run.objects.create(
        integration=integration, version=integration.current, dedupe_key=label, label=label,
        record={"name": label}, state="waiting for review", findings=list(findings), received_at=now, changed_at=now,
    )  # fmt: skip
    return open_review(run, {"reply": "Yes, until 14:00."})


def messages(practice):
    return [m for m in practice.books("slack")["messages"] if m["metadata"]]


def let_time_pass():
    """As if the pause between two messages, or the time to wait after a lost answer, were over."""
    earlier = clock.now() - timedelta(seconds=70)
    Asking.objects.filter(finished_at=None).update(next_at=earlier)
    Asking.objects.exclude(started_at=None).update(started_at=earlier)
    Asking.objects.exclude(finished_at=None).update(finished_at=earlier)
    Pace.objects.update(held_until=None, request_at=earlier)


def test_a_draft_that_waits_is_told_of_with_a_link_to_its_page(slack, integration):
    review = wait_for_review(integration, "Dana Whitfield", findings=[{}, {}])

    assert asking.look() == 1

    (message,) = messages(slack)
    assert message["channel_name"] == "sales"
    assert message["links"] == [f"http://127.0.0.1:8000/review/{review.pk}/"]
    assert "A draft waits for you: Dana Whitfield" in message["shown"]
    assert "2 things in it were not found in the record" in message["shown"]
    assert "until 14:00" not in str(message["blocks"]), "the draft itself stays here"


def test_it_is_told_of_once(slack, integration):
    wait_for_review(integration, "Dana")

    asking.look()
    let_time_pass()

    assert asking.look() == 0
    assert len(messages(slack)) == 1


def test_many_that_wait_are_one_message_that_names_the_first(slack, integration):
    for number in range(14):
        wait_for_review(integration, f"Lead {number}")

    asking.look()

    (message,) = messages(slack)
    assert "14 drafts wait for you" in message["shown"]
    assert "Lead 9" in message["shown"]
    assert "Lead 10" not in message["shown"]
    assert "and 4 more" in message["shown"]
    assert message["links"] == ["http://127.0.0.1:8000/review/"]


def test_what_comes_soon_after_a_message_is_told_of_together_in_the_next(slack, integration):
    wait_for_review(integration, "First")
    asking.look()
    wait_for_review(integration, "Second")
    asking.look()
    wait_for_review(integration, "Third")

    assert asking.look() == 0, "a minute must pass"
    let_time_pass()
    assert asking.look() == 1

    assert "2 drafts wait for you" in messages(slack)[1]["shown"]


def test_what_was_decided_meanwhile_is_not_told_of(slack, house, integration):
    review = wait_for_review(integration, "Decided")
    verbs.decide(review.pk, "rejected", house.owner, review.content_hash, reason="tone")

    assert asking.look() == 0
    assert messages(slack) == []


def test_with_the_signing_secret_the_way_to_the_page_is_a_button(slack, integration):
    hidden = {"signing_secret": SLACK_SIGNING_SECRET}
    connect("slack", "slack-main", Secret(SLACK_KEY), settings=hidden)
    review = wait_for_review(integration, "Dana")

    asking.look()

    (message,) = messages(slack)
    assert [b["url"] for b in message["buttons"]] == [f"http://127.0.0.1:8000/review/{review.pk}/"]
    assert message["links"] == []


def test_a_name_in_a_record_calls_nobody(slack, integration):
    wait_for_review(integration, "<!channel> <@U0PRIYA> @here & co")
    asking.look()
    let_time_pass()
    wait_for_review(integration, "<!everyone>")
    wait_for_review(integration, "<https://evil.example|Open the draft>")

    asking.look()

    assert [m["notifies"] for m in messages(slack)] == [[], []]
    assert "<!channel> <@U0PRIYA> @here & co" in messages(slack)[0]["shown"]
    assert messages(slack)[1]["links"] == ["http://127.0.0.1:8000/review/"]


@pytest.mark.parametrize("fault", ["http503", "cut", "internal_error"])
def test_while_slack_is_down_drafts_collect_and_are_told_of_once_afterwards(slack, integration, fault):
    slack.control("slack", faults=f"slack.{fault}=1")
    wait_for_review(integration, "First")
    for _ in range(3):
        asking.look()
        let_time_pass()
    wait_for_review(integration, "Second")
    slack.control("slack", faults="")

    for _ in range(3):
        asking.look()
        let_time_pass()

    (message,) = messages(slack)
    assert "2 drafts wait for you" in message["shown"]
    assert {r.asked_id for r in Review.objects.all()} == {Asking.objects.get().pk}


def test_a_limit_is_kept_to_and_nothing_is_told_twice(slack, integration):
    slack.control("slack", fail_next={"fault": "rate", "times": 2, "path": "chat.postMessage"})
    wait_for_review(integration, "Dana")

    for _ in range(3):
        asking.look()
        asking.look()
        let_time_pass()

    assert len(messages(slack)) == 1


@pytest.mark.parametrize("fault", ["lost_answer", "late503"])
def test_a_message_whose_answer_was_lost_is_not_sent_again(slack, integration, fault):
    slack.control("slack", fail_next={"fault": fault, "path": "chat.postMessage"})
    wait_for_review(integration, "Dana")
    asking.look()
    assert Asking.objects.get().state == "transmitting"

    asking.look()
    let_time_pass()
    asking.look()

    assert len(messages(slack)) == 1
    assert Asking.objects.get().state == "done"


def test_where_nobody_can_say_whether_it_arrived_it_is_not_sent_again(slack, integration):
    slack.control(
        "slack", scopes=["chat:write"], fail_next={"fault": "lost_answer", "path": "chat.postMessage"}
    )
    wait_for_review(integration, "Dana")
    asking.look()
    let_time_pass()
    asking.look()
    let_time_pass()
    asking.look()

    assert len(messages(slack)) == 1
    assert Asking.objects.get().state == "uncertain"


def test_a_channel_that_takes_nothing_is_said_to_the_owner_and_works_once_it_is_mended(slack, client, house):
    integration = put_into_force("random")
    slack.control("slack", scopes=["chat:write", "channels:read", "channels:history"])
    wait_for_review(integration, "Dana")

    asking.look()

    client.force_login(house.owner)
    for page in ("/", "/integrations/follow-up-leads/"):
        shown = client.get(page).content.decode()
        assert "Our app is not in this Slack channel" in shown
        assert "/invite @Signoff" in shown
    slack.control("slack", channel={"id": "C0RANDOM", "is_member": True})
    let_time_pass()
    asking.look()
    assert len(messages(slack)) == 1
    assert "Our app is not" not in client.get("/").content.decode()


def test_a_token_that_ended_pauses_asking_and_no_run(slack, house, integration, work_off):
    slack.control("slack", end_token=True)
    wait_for_review(integration, "Dana")
    asking.look()

    connection = Connection.objects.get(name="slack-main")
    assert connection.state == Connection.State.NEEDS_YOU
    (run_id,) = house.receive(house.lead())
    work_off()
    assert Run.objects.get(pk=run_id).state == Run.State.WAITING

    slack.control("slack", restore_token=True)
    check(connection)
    let_time_pass()
    asking.look()
    assert len(messages(slack)) == 1


def test_a_run_asks_by_itself_when_its_draft_waits(slack, integration, work_off):
    from signoff.connectors.base import Event

    record = {"name": "Ada Byron", "message": "Do you open on Saturdays?"}
    verbs.receive(integration, [Event("order-1", "", record, "Ada Byron")], "A record came by webhook")
    work_off()

    asking.look()

    assert "Ada Byron" in messages(slack)[0]["shown"]


def test_an_approved_answer_is_posted_and_calls_nobody(slack, house, integration, work_off):
    from signoff.connectors.base import Event

    verbs.receive(integration, [Event("order-1", "", {"name": "Ada"}, "Ada")], "A record came by webhook")
    work_off()
    review = Review.objects.get()
    text = "Hi <!channel>, see <https://evil.example|here> & there"
    verbs.decide(review.pk, "edited", house.owner, review.content_hash, {"reply": text})
    Run.objects.update(deliver_at=None)

    work_off(also_later=True)

    (posted,) = [m for m in messages(slack) if m["channel_name"] == "general"]
    assert Run.objects.get().state == Run.State.DONE
    assert posted["shown"] == text
    assert (posted["notifies"], posted["links"]) == ([], [])


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("gmail-sales.x", "`x` is no e-mail address"),
        ("openai-main.x", "Nobody can be asked by `openai-main`"),
        ("hubspot-main.#sales", "Nobody can be asked by `hubspot-main`"),
        ("nowhere.#sales", "No connection is named `nowhere`"),
    ],
)
def test_a_file_that_asks_where_nobody_can_be_asked_has_a_fault_at_its_line(slack, place, what):
    text = FILE.replace("slack-main.PLACE", place).replace("slack-main.post", "slack-main.post")

    faults = apply([read_text(text)]).faults

    assert [fault.line for fault in faults] == [5]
    assert what in faults[0].what


@pytest.mark.parametrize(
    "written", ["slack-main", '"slack-main. #sales"', "[slack-main.#sales]", '".#sales"']
)
def test_a_place_that_is_none_is_named(slack, written):
    faults = apply([read_text(FILE.replace("slack-main.PLACE", written))]).faults

    assert [fault.line for fault in faults] == [5]


def test_a_place_that_is_asked_in_keeps_its_connection(slack, integration):
    from signoff.integrations.usage import switched_on_with

    assert switched_on_with("slack-main") == ["follow-up-leads"]


@pytest.mark.django_db(transaction=True)
def test_workers_that_look_at_once_send_one_message(practice):
    from conftest import furnish  # the root's: a house outside of the test's own transaction

    house = furnish(practice)
    practice.control(
        "slack", restore_token=True, faults="", clear=True, limits={"per_second": 1000, "burst": 1000}
    )
    connect("slack", "slack-main", Secret(SLACK_KEY), base_url=practice.slack, limits=FREE)
    made = put_into_force()
    for number in range(5):
        wait_for_review(made, f"Lead {number}")
    assert house.owner

    def look():
        try:
            asking.look()
        finally:
            db.close()

    threads = [Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (message,) = messages(practice)
    assert "5 drafts wait for you" in message["shown"]


def test_a_worker_that_comes_second_takes_nothing_into_a_message_that_leaves_without_it(slack, integration):
    wait_for_review(integration, "First")
    asking._open_where_drafts_wait()
    seen_by_the_second = Asking.objects.get()
    Asking.objects.update(state="transmitting", attempt=1)  # the first worker has put its words together
    late = wait_for_review(integration, "Late")

    asking._advance(seen_by_the_second)

    late.refresh_from_db()
    assert late.asked_id is None, "else nobody would ever be told of it"


@pytest.mark.django_db(transaction=True)
def test_a_preview_of_the_link_and_a_press_of_the_button_decide_nothing(practice, live_server, monkeypatch):
    from conftest import furnish

    monkeypatch.setenv("SIGNOFF_URL", live_server.url)
    furnish(practice)
    practice.control(
        "slack", restore_token=True, faults="", clear=True, limits={"per_second": 1000, "burst": 1000}
    )
    hidden = {"signing_secret": SLACK_SIGNING_SECRET}
    connect("slack", "slack-main", Secret(SLACK_KEY), base_url=practice.slack, limits=FREE, settings=hidden)
    review = wait_for_review(put_into_force(), "Dana")
    asking.look()
    (message,) = messages(practice)

    (previewed,) = practice.control("slack", preview={"ts": message["ts"]})["preview"]
    press = {"ts": message["ts"], "url": f"{live_server.url}/in/app/slack", "action": {"value": "approve"}}
    pressed = practice.control("slack", press=press)["press"]
    forged = practice.control("slack", press={**press, "forged": True})["press"]

    assert previewed["url"] == f"{live_server.url}/review/{review.pk}/"
    assert "E-mail address" in previewed["body"], "a stranger sees the sign-in page"
    assert "until 14:00" not in previewed["body"]
    assert (pressed["status"], pressed["body"]) == (200, "")
    assert pressed["opens"] == previewed["url"]
    assert forged["status"] == 401
    review.refresh_from_db()
    assert review.state == Review.State.WAITING


# By e-mail, WhatsApp and webhook


class Letters:
    """A mail server that takes letters, or refuses those for some addresses."""

    def __init__(self):
        self.taken, self.refused = [], set()

    async def handle_DATA(self, server, session, envelope):  # aiosmtpd names it
        if self.refused & set(envelope.rcpt_tos):
            return "451 try again later"
        self.taken.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture
def letters(house, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Letters()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("SIGNOFF_SMTP", f"smtp://127.0.0.1:{port}")
    yield box
    controller.stop()


def by_mail(review="{by: [sales], ask: email}"):
    text = FILE.replace("{by: [sales], ask: slack-main.PLACE}", review).replace(
        'slack-main.post_message: {channel: "#general", text: answer.reply}',
        "gmail-sales.create_draft: {to: record.name, subject: Hello, body: answer.reply}",
    )
    result = apply([read_text(text)])
    assert not result.faults, result.faults
    made = Integration.objects.get(name="follow-up-leads")
    verbs.switch(made, True)
    return made


def reviewer(name, groups="sales"):
    somebody = Person.objects.add(f"{name.lower()}@example.test", None, "reviewer", name)
    Person.objects.filter(pk=somebody.pk).update(groups_csv=groups)


def test_by_email_each_person_is_written_to_about_what_is_theirs(letters):
    integration = by_mail()
    for name in ("Anna", "Bea"):
        reviewer(name)
    reviewer("Max", groups="support")
    wait_for_review(integration, "Dana")
    hers = wait_for_review(integration, "Marco")
    Review.objects.filter(pk=hers.pk).update(assigned_to=Person.objects.get(name="Bea"))

    assert asking.look() == 1
    assert asking.look() == 0

    told = {to: (str(letter["Subject"]), letter.get_content()) for to, letter in letters.taken}
    assert sorted(told) == ["anna@example.test", "bea@example.test"]
    assert told["anna@example.test"][0] == "A draft waits for you: Dana"
    assert told["bea@example.test"][0] == "2 drafts wait for you"
    assert "/review/" in told["anna@example.test"][1]
    assert "until 14:00" not in str(told), "the draft itself stays here"


def test_a_letter_that_was_not_taken_goes_again_to_that_person_alone(letters):
    integration = by_mail()
    for name in ("Anna", "Bea"):
        reviewer(name)
    wait_for_review(integration, "Dana")
    letters.refused = {"bea@example.test"}
    asking.look()
    assert [to for to, _ in letters.taken] == ["anna@example.test"]

    letters.refused = set()
    let_time_pass()
    asking.look()

    assert sorted(to for to, _ in letters.taken) == ["anna@example.test", "bea@example.test"]
    assert Asking.objects.get().state == "done"


def test_an_address_that_takes_no_letters_keeps_nobody_else_from_theirs(letters):
    integration = by_mail()
    for name in ("Anna", "Bea"):
        reviewer(name)
    letters.refused = {"bea@example.test"}  # she has left, and her mailbox with her
    wait_for_review(integration, "Dana")
    asking.look()
    wait_for_review(integration, "Marco")

    for _ in range(asking.MOST_TRIES + 3):
        let_time_pass()
        asking.look()

    assert [(to, str(letter["Subject"])) for to, letter in letters.taken] == [
        ("anna@example.test", "A draft waits for you: Dana"),
        ("anna@example.test", "A draft waits for you: Marco"),
    ]


def test_what_one_round_of_letters_has_no_room_for_is_told_in_the_next(letters, monkeypatch):
    monkeypatch.setattr(asking, "MOST_LETTERS", 2)
    integration = by_mail()
    reviewer("Anna")
    for name in ("Dana", "Marco", "Nell"):
        wait_for_review(integration, name)

    asking.look()
    let_time_pass()
    asking.look()

    assert [str(letter["Subject"]) for _, letter in letters.taken] == [
        "2 drafts wait for you",
        "A draft waits for you: Nell",
    ]


def test_without_a_mail_server_it_waits_and_says_what_to_do(house, monkeypatch):
    monkeypatch.delenv("SIGNOFF_SMTP", raising=False)
    reviewer("Anna")
    wait_for_review(by_mail(), "Dana")

    assert asking.look() == 0

    open_one = Asking.objects.get()
    assert "No mail server is set" in open_one.problem
    assert "SIGNOFF_SMTP" in open_one.next_step


def test_a_reminder_says_until_when_it_is_to_be_decided(letters):
    integration = by_mail("{by: [sales], assign: in turn, due_in: 4h}")
    reviewer("Anna")
    review = wait_for_review(integration, "Dana")
    assigning.look()
    asking.look()
    Review.objects.filter(pk=review.pk).update(remind_at=clock.now(), due_at=clock.now() + timedelta(hours=1))
    let_time_pass()

    assigning.look()
    asking.look()

    first, second = (letter.get_content() for _, letter in letters.taken)
    assert "For Anna." in first
    assert "To be decided by " in second
    assert len(letters.taken) == 2


def test_a_webhook_is_told_signed_and_with_nothing_of_the_draft(house):
    with local(lambda asked: answer(204)) as server:
        hidden = {"address": server.url + "/told", "signed": "standard"}
        connect("webhook", "hook-main", Secret(SIGNING_SECRET), settings=hidden)
        review = wait_for_review(by_mail("{by: [sales], ask: hook-main.reviews, due_in: 4h}"), "Dana")
        assert asking.look() == 1
        (asked,) = server.asked

    told = Receiver(SIGNING_SECRET).verify(asked.body, asked.headers)
    assert told["type"] == "review.waiting"
    assert told["data"]["place"] == "reviews"
    (draft,) = told["data"]["drafts"]
    assert (draft["id"], draft["label"]) == (review.pk, "Dana")
    assert draft["url"] == f"http://127.0.0.1:8000/review/{review.pk}/"
    assert draft["due_at"]
    assert "until 14:00" not in asked.body.decode()


def test_by_whatsapp_goes_a_link_alone(whole_house):
    practice = whole_house.practice
    practice.control("whatsapp", add_template={"name": "draft_waiting", "body": "{{1}}: {{2}} Please look."})
    place = "whatsapp-main.+4915112345678:draft_waiting/en_US"
    review = wait_for_review(by_mail(f"{{by: [sales], ask: '{place}'}}"), "Dana")

    assert asking.look() == 1

    sent = practice.books("whatsapp")["sent"][-1]
    assert f"/review/{review.pk}/" in str(sent)
    assert "until 14:00" not in str(sent)


@pytest.mark.parametrize(
    "place", ["+4915112345678", "+4915112345678:draft_waiting", "somebody:draft_waiting/en"]
)
def test_whatsapp_is_not_asked_to_carry_what_it_would_not_deliver(whole_house, place):
    text = FILE.replace("slack-main.PLACE", f"'whatsapp-main.{place}'").replace(
        "slack-main.post_message: {", "x.y: {"
    )

    faults = [fault.what for fault in apply([read_text(text)]).faults if fault.line == 5]

    assert len(faults) == 1
    assert f"`{place}`" in faults[0]
