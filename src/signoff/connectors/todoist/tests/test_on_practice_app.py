"""The connector on the practice Todoist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.base import Intent, NotSent, Sent
from signoff.connectors.tests.practice import connect
from signoff.connectors.todoist.connector import AddComment, AddTask
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    TimedOutBeforeSending,
    VendorDown,
)
from signoff_sandbox.testing import TODOIST_SETTINGS

OFFERS = TODOIST_SETTINGS["project"]
MARKER = "so-7-0-1f9c"


@pytest.fixture
def todoist(practice):
    practice.control("todoist", fresh=True, fail_no_more=True)
    yield connect(practice, "todoist")
    practice.control("todoist", fresh=True, fail_no_more=True)


def intent(action, **params):
    return Intent(action=action, params=params, marker=MARKER, started_at=datetime.now(UTC))


def add(practice, *told):
    return practice.control("todoist", add=list(told))["add"]


def tasks(practice):
    return practice.books("todoist")["tasks"]


# Who we are


def test_check_tells_whose_account_it_is_and_what_the_token_may(todoist, practice):
    account = todoist.check()

    assert (account.id, account.name) == ("2671355", "Priya Example")
    assert account.may == ("read tasks", "add tasks", "add comments")
    assert account.lacks == ()
    assert practice.books("todoist", summary=True)["tasks"] == 0, "looking makes nothing"


@pytest.mark.parametrize(
    ("scopes", "lacks"),
    [
        (["data:read"], ("add tasks", "add comments")),
        (["data:read", "task:add"], ("add comments",)),
        (["data:read_write"], ()),
    ],
)
def test_check_tells_what_a_restricted_token_lacks(todoist, practice, scopes, lacks):
    practice.control("todoist", scopes=scopes)

    assert todoist.check().lacks == lacks


def test_a_token_that_may_not_even_say_whose_it_is_is_refused(todoist, practice):
    practice.control("todoist", scopes=["task:add"])

    with pytest.raises(PermissionMissing):
        todoist.check()


def test_a_wrong_token_and_a_new_one_are_rejected(practice, todoist):
    with pytest.raises(CredentialRejected):
        connect(practice, "todoist", key="f" * 40).check()

    practice.control("todoist", key="e" * 40)
    with pytest.raises(CredentialRejected):
        todoist.check()


@pytest.mark.parametrize("project", ["6XGgm6PHrGgMpCFq", "2203306141", "Offers, please"])
def test_a_project_that_is_not_there_is_noticed_when_connecting(practice, todoist, project):
    with pytest.raises(InputRejected):
        connect(practice, "todoist", project=project).check()


# What starts work


def test_a_task_that_is_added_is_told_once(todoist, practice):
    add(practice, "an old one")
    begin = todoist.changes("task_added", None, ())
    start = begin.cursor
    assert begin.events == (), "what is there already starts nothing"

    [id] = add(
        practice,
        {"content": "Offer for Mr Berg", "description": "40 chairs", "priority": 4, "labels": ["urgent"]},
    )
    page = todoist.changes("task_added", start, ())

    assert [event.record["content"] for event in page.events] == ["Offer for Mr Berg"]
    record = page.events[0].record
    assert (record["id"], record["description"], record["priority"], record["labels"]) == (
        id,
        "40 chairs",
        "4",
        ["urgent"],
    )
    assert (page.events[0].object_id, page.events[0].label) == (id, "Offer for Mr Berg")
    assert todoist.changes("task_added", page.cursor, ()).events == ()
    assert todoist.changes("task_added", start, ()).events[0].key == page.events[0].key, (
        "the same cursor, the same events"
    )


def test_the_first_look_at_an_empty_project_begins_there(todoist, practice):
    start = todoist.changes("task_added", None, ())
    add(practice, "the very first")

    assert start.events == ()
    assert len(todoist.changes("task_added", start.cursor, ()).events) == 1


def test_only_the_fields_that_are_asked_for_are_told(todoist, practice):
    start = todoist.changes("task_added", None, ()).cursor
    add(practice, {"content": "a", "due_date": "2026-12-01"})

    [event] = todoist.changes("task_added", start, ("content", "due")).events

    assert event.record == {"id": event.object_id, "content": "a", "due": "2026-12-01"}


def test_a_project_of_several_pages_is_read_whole(todoist, practice):
    start = todoist.changes("task_added", None, ()).cursor
    add(practice, *(f"task {number}" for number in range(250)))

    page = todoist.changes("task_added", start, ())

    assert len({event.key for event in page.events}) == 250


def test_another_project_starts_nothing_until_the_task_is_moved_here(todoist, practice):
    other = practice.control("todoist", project="Other")["project"]
    start = todoist.changes("task_added", None, ()).cursor
    [id] = add(practice, {"content": "elsewhere", "project_id": other})
    assert todoist.changes("task_added", start, ()).events == ()

    practice.control("todoist", move={"id": id, "project": OFFERS})

    assert [event.object_id for event in todoist.changes("task_added", start, ()).events] == [id]


def test_what_signoff_adds_starts_nothing(todoist):
    start = todoist.changes("task_added", None, ()).cursor
    todoist.add_task(AddTask(project=OFFERS, content="call them"), MARKER)

    page = todoist.changes("task_added", start, ())

    assert page.events == ()


def test_without_a_project_the_inbox_is_read(practice, todoist):
    inbox = connect(practice, "todoist", project="")
    start = inbox.changes("task_added", None, ()).cursor
    practice.control("todoist", add={"content": "from my phone", "project_id": None})

    assert [event.label for event in inbox.changes("task_added", start, ()).events] == ["from my phone"]


def test_a_project_can_be_named_by_its_address(practice, todoist):
    named = connect(practice, "todoist", project=f"https://app.todoist.com/app/project/offers-2026-{OFFERS}/")
    start = named.changes("task_added", None, ()).cursor
    add(practice, "one")

    assert len(named.changes("task_added", start, ()).events) == 1


def test_an_owner_chooses_among_the_latest_tasks(todoist, practice):
    ids = add(practice, "first", "second", "third")

    latest = todoist.latest("task_added", 2)

    assert [(event.object_id, event.label) for event in latest] == [(ids[2], "third"), (ids[1], "second")]
    assert todoist.read("task_added", ids[1], ("content",)) == {"id": ids[1], "content": "second"}
    assert [event.label for event in todoist.latest("task_added", 10)] == ["third", "second", "first"]


def test_fields_have_the_choices_of_the_account(todoist, practice):
    practice.control("todoist", label="VIP")

    fields = {field.name: field for field in todoist.fields("task")}

    assert [choice.value for choice in fields["labels"].choices] == ["urgent", "customer", "VIP"]
    assert [choice.value for choice in fields["priority"].choices] == ["4", "3", "2", "1"]
    assert {field.type for field in fields.values()} == {"text", "choice", "choices", "datetime"}


# What goes back


def test_a_task_is_added_with_all_its_values(todoist, practice):
    written = todoist.add_task(
        AddTask(
            project=OFFERS, content="Call Mr Berg", description="about chairs", due="2026-12-01", priority="4"
        ),
        MARKER,
    )

    [task] = tasks(practice)
    assert (task["id"], task["content"], task["priority"]) == (written.id, "Call Mr Berg", 4)
    assert task["due"]["date"] == "2026-12-01"
    assert task["description"] == f"about chairs\n\nSignoff run {MARKER}"


def test_what_a_record_leaves_empty_is_left_out(todoist, practice):
    todoist.add_task(AddTask(project=OFFERS, content="x", description=None, due=None, priority=None), MARKER)

    [task] = tasks(practice)
    assert (task["description"], task["due"], task["priority"]) == (f"Signoff run {MARKER}", None, 1)


def test_a_task_goes_to_a_project_named_by_its_address(todoist, practice):
    address = f"https://app.todoist.com/app/project/offers-2026-{OFFERS}"

    todoist.add_task(AddTask(project=address, content="x"), MARKER)

    assert [task["project_id"] for task in tasks(practice)] == [OFFERS]


def test_a_task_that_is_opened_again_is_told_once_at_most(todoist, practice):
    start = todoist.changes("task_added", None, ()).cursor
    [id] = add(practice, "again and again")
    first = todoist.changes("task_added", start, ())
    practice.control("todoist", complete=id)
    without = todoist.changes("task_added", first.cursor, ())
    practice.control("todoist", reopen=id)
    again = todoist.changes("task_added", without.cursor, ())

    assert without.events == ()
    assert [event.key for event in again.events] == [event.key for event in first.events], (
        "one key is one run"
    )


def test_a_comment_is_added_below_its_task(todoist, practice):
    [id] = add(practice, "Offer")

    written = todoist.add_comment(
        AddComment(task=f"https://app.todoist.com/app/task/offer-{id}", content="Done."), MARKER
    )

    [comment] = practice.books("todoist")["comments"]
    assert (comment["id"], comment["item_id"]) == (written.id, id)
    assert comment["content"].startswith("Done.\n")


@pytest.mark.parametrize("moved", [None, "complete", "move"])
def test_a_task_whose_answer_was_lost_is_found_again(todoist, practice, moved):
    practice.control("todoist", fail_next={"fault": "lost_answer", "method": "POST"})
    with pytest.raises(OutcomeUnknown):
        todoist.add_task(AddTask(project=OFFERS, content="once"), MARKER)
    [task] = tasks(practice)
    if moved == "complete":
        practice.control("todoist", complete=task["id"])
    if moved == "move":
        other = practice.control("todoist", project="Other")["project"]
        practice.control("todoist", move={"id": task["id"], "project": other})

    assert todoist.reconcile(intent("add_task", project=OFFERS, content="once")) == Sent(task["id"])


def test_a_comment_whose_answer_was_lost_is_found_again(todoist, practice):
    [id] = add(practice, "Offer")
    practice.control("todoist", fail_next={"fault": "lost_answer", "method": "POST"})
    with pytest.raises(OutcomeUnknown):
        todoist.add_comment(AddComment(task=id, content="once"), MARKER)

    [comment] = practice.books("todoist")["comments"]
    assert todoist.reconcile(intent("add_comment", task=id, content="once")) == Sent(comment["id"])


def test_what_never_arrived_is_known_not_to_have(todoist, practice):
    [id] = add(practice, "Offer")
    practice.control("todoist", comment={"task": id, "content": "from a person\n\nSignoff run so-8-0-1f9c"})
    practice.control("todoist", fail_next=[{"fault": "http500", "method": "POST", "times": 2}])
    with pytest.raises(OutcomeUnknown):
        todoist.add_task(AddTask(project=OFFERS, content="never"), MARKER)
    with pytest.raises(OutcomeUnknown):
        todoist.add_comment(AddComment(task=id, content="never"), MARKER)

    assert todoist.reconcile(intent("add_task", project=OFFERS, content="never")) == NotSent()
    assert todoist.reconcile(intent("add_comment", task=id, content="never")) == NotSent()


def test_a_comment_cannot_be_looked_for_on_a_task_that_is_gone(todoist, practice):
    [id] = add(practice, "Offer")
    practice.control("todoist", delete=id)

    with pytest.raises(InputRejected):
        todoist.reconcile(intent("add_comment", task=id, content="?"))


def test_a_task_cannot_be_looked_for_where_done_ones_are_not_told(todoist, practice):
    practice.control("todoist", fail_next={"fault": "forbidden", "path": "/api/v1/tasks/completed"})

    with pytest.raises(PermissionMissing):
        todoist.reconcile(intent("add_task", project=OFFERS, content="?"))


def test_a_lost_task_among_many_is_found_on_a_later_page(todoist, practice):
    add(practice, *(f"task {number}" for number in range(230)))
    written = todoist.add_task(AddTask(project=OFFERS, content="the last"), MARKER)

    assert todoist.reconcile(intent("add_task", project=OFFERS, content="the last")) == Sent(written.id)


# What Todoist refuses


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("bad_request", InputRejected),
        ("unauthorized", CredentialRejected),
        ("invalid_token", CredentialRejected),
        ("forbidden", PermissionMissing),
        ("scope", PermissionMissing),
        ("full", InputRejected),
        ("not_found", InputRejected),
        ("rate", RateLimited),
        ("gateway", VendorDown),
        ("http500", OutcomeUnknown),
        ("http502", OutcomeUnknown),
        ("http503", OutcomeUnknown),
        ("cut", OutcomeUnknown),
        ("malformed", OutcomeUnknown),
    ],
)
def test_each_refusal_of_a_write_belongs_to_whoever_can_mend_it(todoist, practice, fault, error):
    practice.control("todoist", fail_next=fault)

    with pytest.raises(error) as refused:
        todoist.add_task(AddTask(project=OFFERS, content="Mr Berg's secret"), MARKER)

    assert "Berg" not in str(refused.value)


@pytest.mark.parametrize(
    ("fault", "error"), [("http500", VendorDown), ("http503", VendorDown), ("cut", VendorDown)]
)
def test_a_question_without_an_answer_is_asked_again_later(todoist, practice, fault, error):
    practice.control("todoist", fail_next=fault)

    with pytest.raises(error):
        todoist.changes("task_added", None, ())


def test_a_rate_limit_carries_the_wait(todoist, practice):
    practice.control("todoist", fail_next="rate")

    with pytest.raises(RateLimited) as limited:
        todoist.changes("task_added", None, ())

    assert limited.value.retry_after_seconds == 66


def test_a_full_project_says_so_and_stops_nothing_else(todoist, practice):
    practice.control("todoist", most_tasks=1)
    [id] = add(practice, "the only one")

    with pytest.raises(InputRejected) as full:
        todoist.add_task(AddTask(project=OFFERS, content="one too many"), MARKER)

    assert "full" in full.value.owner_message
    assert todoist.add_comment(AddComment(task=id, content="this goes"), MARKER).id


@pytest.mark.parametrize(
    "target", ["../../user", "x?project_id=1", "a\r\nX-Evil: 1", "https://evil.example/", "6X7 f"]
)
def test_a_hostile_target_reaches_no_other_path_and_no_header(todoist, practice, target):
    with pytest.raises(InputRejected):
        todoist.add_task(AddTask(project=target, content="x"), MARKER)
    with pytest.raises(InputRejected):
        todoist.add_comment(AddComment(task=target, content="x"), MARKER)

    assert practice.books("todoist", summary=True)["tasks"] == 0
    assert practice.books("todoist", summary=True)["comments"] == 0


def test_a_hostile_text_is_only_text(todoist, practice):
    text = 'a"}, {"project_id": "6X7fqH39MwjmwV4q"\r\nSignoff run so-1-0-0000'
    todoist.add_task(AddTask(project=OFFERS, content="x", description=text), MARKER)

    [task] = tasks(practice)
    assert task["project_id"] == OFFERS
    assert task["description"] == f"{text}\n\nSignoff run {MARKER}"
    assert (
        todoist.reconcile(
            Intent(
                action="add_task",
                params={},
                marker="so-1-0-0000",
                started_at=datetime.now(UTC) - timedelta(minutes=1),
            )
        )
        == NotSent()
    )


def test_signoff_nobody_listens_means_nothing_was_sent(practice, todoist):
    todoist.door.base_url = "http://127.0.0.1:9"

    with pytest.raises(TimedOutBeforeSending):
        todoist.add_task(AddTask(project=OFFERS, content="x"), MARKER)
