"""The connector on the practice Notion."""

from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.base import Intent, NotSent, Sent
from signoff.connectors.notion.connector import AddComment, AddPage
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
)
from signoff_sandbox.notion.app import BOT


@pytest.fixture
def notion(practice):
    practice.control("notion", fresh=True, clock_offset_seconds=0)
    yield connect(practice, "notion")
    practice.control("notion", fresh=True, clock_offset_seconds=0)


def person_adds(practice, name, **more):
    properties = {"Lead": {"title": [{"text": {"content": name}}]}, **more}
    return practice.control("notion", add_page=properties)["add_page"]


def intent(action="add_page", marker="m1", **params):
    return Intent(action=action, params=params, marker=marker, started_at=datetime.now(UTC))


def books(practice):
    return practice.books("notion")


def test_check_tells_who_we_are_and_what_we_may(notion):
    account = notion.check()

    assert (account.id, account.name) == (BOT, "Practice Ltd")
    assert account.may == ("read content", "insert content", "insert comments")
    assert account.lacks == ()


def test_check_writes_nothing(notion, practice):
    notion.check()

    assert (books(practice)["pages"], books(practice)["comments"]) == ([], [])


def test_a_wrong_key_is_rejected(notion, practice):
    with pytest.raises(CredentialRejected):
        connect(practice, "notion", key="ntn_wrong").check()


@pytest.mark.parametrize("lacking", ["read content", "insert content", "insert comments"])
def test_check_names_what_a_restricted_key_lacks(notion, practice, lacking):
    rights = {"read content", "insert content", "insert comments"} - {lacking}
    practice.control("notion", capabilities=sorted(rights))

    account = notion.check()

    assert account.lacks == (lacking,)
    assert lacking not in account.may


def test_check_says_what_to_press_where_the_table_is_not_shared(notion, practice):
    practice.control("notion", shared=False)

    with pytest.raises(InputRejected) as caught:
        notion.check()

    assert "Connections" in caught.value.next_step


def test_a_missing_right_stops_only_its_own_work(notion, practice):
    practice.control("notion", capabilities=["read content"])

    with pytest.raises(PermissionMissing):
        notion.add_page(AddPage(title="Ada", text="Hello"), "m1")


def test_fields_are_those_of_the_table(notion):
    fields = {field.name: field for field in notion.fields("page")}

    kinds = {name: field.type for name, field in fields.items()}
    assert kinds == {
        "Lead": "text",
        "Company": "text",
        "E_mail": "email",
        "Phone": "phone",
        "Website": "link",
        "Stage": "choice",
        "Budget": "number",
        "Newsletter": "yesno",
        "Due_date": "date",
    }
    assert fields["Due_date"].label == "Due date"
    assert [choice.value for choice in fields["Stage"].choices] == ["New", "Won"]


def test_a_page_becomes_a_record_of_plain_values(notion, practice):
    id = person_adds(
        practice,
        "Ada",
        **{
            "Company": {"rich_text": [{"text": {"content": "Acme "}}, {"text": {"content": "Ltd"}}]},
            "E-mail": {"email": "ada@acme.example"},
            "Phone": {"phone_number": "+49 30 1"},
            "Website": {"url": "https://acme.example"},
            "Stage": {"select": {"name": "New"}},
            "Budget": {"number": 1200.5},
            "Newsletter": {"checkbox": True},
            "Due date": {"date": {"start": "2026-12-01", "end": None}},
        },
    )

    assert notion.read("page_added", id, ()) == {
        "id": id,
        "Lead": "Ada",
        "Company": "Acme Ltd",
        "E_mail": "ada@acme.example",
        "Phone": "+49 30 1",
        "Website": "https://acme.example",
        "Stage": "New",
        "Budget": 1200.5,
        "Newsletter": True,
        "Due_date": "2026-12-01",
    }
    assert notion.read("page_added", id, ("Lead", "Stage")) == {"id": id, "Lead": "Ada", "Stage": "New"}


def test_an_empty_property_is_none(notion, practice):
    record = notion.read("page_added", person_adds(practice, "Ada"), ())

    assert (record["Company"], record["Stage"], record["Budget"], record["Newsletter"]) == (
        "",
        None,
        None,
        False,
    )


def test_a_page_that_is_gone_or_in_the_trash_is_none(notion, practice):
    id = person_adds(practice, "Ada")
    practice.control("notion", move_to_trash=id)

    assert notion.read("page_added", id, ()) is None
    assert notion.read("page_added", "0" * 32, ()) is None


def test_what_is_there_starts_nothing_and_what_comes_later_does_once(notion, practice):
    person_adds(practice, "Old")
    first = notion.changes("page_added", None, ())
    new = person_adds(practice, "New")

    second = notion.changes("page_added", first.cursor, ())
    again = notion.changes("page_added", first.cursor, ())
    third = notion.changes("page_added", second.cursor, ())

    assert first.events == ()
    assert [(event.object_id, event.label) for event in second.events] == [(new, "New")]
    assert second.events == again.events
    assert third.events == ()


def test_pages_of_one_minute_that_fill_more_than_a_list_are_all_found(notion, practice):
    cursor = notion.changes("page_added", None, ()).cursor
    for number in range(103):
        person_adds(practice, f"Lead {number}")

    events = notion.changes("page_added", cursor, ()).events

    assert len({event.key for event in events}) == 103


def test_a_quiet_table_is_asked_for_the_last_minutes_only(notion, practice):
    cursor = notion.changes("page_added", None, ()).cursor
    person_adds(practice, "Ada")

    since = datetime.fromisoformat(notion.changes("page_added", cursor, ()).cursor.split('"')[1])

    assert timedelta(minutes=14) < datetime.now(UTC) - since < timedelta(minutes=17)


def test_what_was_added_while_nobody_looked_is_found_later(notion, practice):
    cursor = notion.changes("page_added", None, ()).cursor
    practice.control("notion", clock_offset_seconds=120)
    missed = person_adds(practice, "Missed")
    practice.control("notion", clock_offset_seconds=3 * 24 * 3600)
    late = person_adds(practice, "Late")

    events = notion.changes("page_added", cursor, ()).events

    assert [event.object_id for event in events] == [missed, late]


def test_what_signoff_itself_added_starts_nothing(notion, practice):
    cursor = notion.changes("page_added", None, ()).cursor
    notion.add_page(AddPage(title="Ada", text="Hello"), "m1")

    assert notion.changes("page_added", cursor, ()).events == ()


def test_a_page_is_added_with_its_title_its_text_and_the_run(notion, practice):
    written = notion.add_page(AddPage(title="Ada", text="Line one\nLine two"), "m1")

    (page,) = books(practice)["pages"]
    assert (page["id"], page["text"]) == (written.id, "Line one\nLine two\n\nSignoff run m1")
    assert page["properties"]["Lead"]["title"][0]["plain_text"] == "Ada"


def test_a_comment_is_added(notion, practice):
    page = person_adds(practice, "Ada")

    written = notion.add_comment(AddComment(page=page, text="Rang twice."), "m1")

    (comment,) = books(practice)["comments"]
    assert (comment["id"], comment["parent"]["page_id"]) == (written.id, page)
    assert comment["rich_text"][0]["plain_text"] == "Rang twice."


def test_a_lost_answer_is_found_again(notion, practice):
    practice.control("notion", fail_next="lost_answer")
    with pytest.raises(OutcomeUnknown):
        notion.add_page(AddPage(title="Ada", text="Hello"), "m1")

    assert notion.reconcile(intent()) == Sent(books(practice)["pages"][0]["id"])


def test_a_lost_answer_is_found_even_in_the_trash(notion, practice):
    practice.control("notion", fail_next="lost_answer")
    with pytest.raises(OutcomeUnknown):
        notion.add_page(AddPage(title="Ada", text="Hello"), "m1")
    practice.control("notion", move_to_trash=books(practice)["pages"][0]["id"])

    assert isinstance(notion.reconcile(intent()), Sent)


def test_a_write_that_never_arrived_is_known_not_to_have(notion, practice):
    notion.add_page(AddPage(title="Ada", text="Hello"), "another")
    practice.control("notion", fail_next="http500")
    with pytest.raises(OutcomeUnknown):
        notion.add_page(AddPage(title="Ada", text="Hello"), "m1")

    assert notion.reconcile(intent()) == NotSent()


def test_a_limit_carries_the_wait(notion, practice):
    practice.control("notion", fail_next="rate_limited")

    with pytest.raises(RateLimited) as caught:
        notion.fields("page")

    assert caught.value.retry_after_seconds == 7
