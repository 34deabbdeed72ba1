"""What is open stands on Home and Health with what can be done; how I am told is mine to choose."""

from __future__ import annotations

import pytest

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.monitoring.models import Channel, Notice
from signoff.web.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(db: None) -> Notice:
    world.business()
    return Notice.objects.get()


def test_home_and_health_show_a_notice_with_what_can_be_done(as_role, notice):
    client = as_role("owner")

    for address in ("/", "/health/"):
        page = client.get(address).content.decode()
        assert f'action="/notices/{notice.pk}/acknowledge/"' in page
        assert f'action="/notices/{notice.pk}/snooze/"' in page
    assert "First seen today at" in page


def test_who_acknowledges_is_named_and_the_card_stays(as_role, notice):
    client = as_role("builder")

    answer = client.post(f"/notices/{notice.pk}/acknowledge/", {"round": notice.round, "next": "/"})

    assert (answer.status_code, answer["Location"]) == (303, "/")
    page = client.get("/").content.decode()
    assert "Bea Lind knows, since today" in page
    assert "Noted. You are told again if it gets worse." in page
    assert f"/notices/{notice.pk}/acknowledge/" not in page


def test_what_is_snoozed_leaves_home_and_stays_on_health(as_role, notice):
    client = as_role("owner")

    client.post(f"/notices/{notice.pk}/snooze/", {"round": notice.round})

    home = client.get("/").content.decode()
    assert "OpenAI key ends" not in home
    assert "1 thing is put aside until it gets worse." in home
    assert "until it gets worse" in client.get("/health/").content.decode()


def test_what_has_got_worse_is_said_and_not_acknowledged(as_role, notice):
    client = as_role("owner")
    Notice.objects.update(round=2)

    client.post(f"/notices/{notice.pk}/acknowledge/", {"round": 1})

    assert "got worse since you looked" in client.get("/health/").content.decode()
    assert Notice.objects.get().acknowledged_at is None


def test_a_viewer_sees_notices_and_decides_nothing_about_them(as_role, notice):
    client = as_role("viewer")

    assert "/acknowledge/" not in client.get("/health/").content.decode()
    assert client.post(f"/notices/{notice.pk}/snooze/").status_code == 403
    assert not Notice.objects.get().is_quiet


def test_what_only_a_notice_knows_gets_a_card_of_its_own(as_role, notice):
    Notice.objects.update(key="model:1:gpt-4o", title="The AI model gpt-4o stops on Thu 14 January")
    Connection.objects.update(ends_at=None)

    assert "The AI model gpt-4o stops on Thu 14 January" in as_role("owner").get("/").content.decode()


def test_quiet_hours_and_urgency_are_kept(as_role, notice):
    client = as_role("owner")
    row = Channel.objects.get()
    wanted = {
        "urgency": "soon",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "zone": "Europe/Berlin",
        "is_on": "on",
    }

    answer = client.post(f"/settings/notices/{row.pk}/", wanted)

    assert answer.status_code == 303
    row.refresh_from_db()
    assert (row.urgency, row.quiet_from.hour, row.zone, row.lets_urgent) == (
        "soon",
        22,
        "Europe/Berlin",
        False,
    )
    assert "quiet from 22:00 to 07:00 (Europe/Berlin)" in client.get("/settings/notices/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"zone": "Berlin"}, "There is no such time zone"),
        ({"quiet_until": ""}, "need a beginning and an end"),
        ({"quiet_until": "22:00"}, "another time than they begin"),
        ({"urgency": "whenever"}, "Select a valid choice"),
    ],
)
def test_hours_that_make_no_sense_are_refused(as_role, notice, wrong, said):
    client = as_role("owner")
    row = Channel.objects.get()
    wanted = {"urgency": "soon", "quiet_from": "22:00", "quiet_until": "07:00", "zone": "UTC"} | wrong

    answer = client.post(f"/settings/notices/{row.pk}/", wanted)

    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_an_address_is_sealed_and_never_shown_again(as_role, notice):
    client = as_role("owner")
    token = "123456789:AAF_abcdefghijklmnopqrstuvwxyz12345"

    answer = client.post("/settings/notices/", {"kind": "service", "address": f"tgram://{token}/1234567/"})

    assert answer.status_code == 303
    row = Channel.objects.get(kind="service")
    assert (row.shown, token.encode() in bytes(row.sealed)) == ("Telegram", False)
    assert "AAF_abc" not in client.get("/settings/notices/").content.decode()


@pytest.mark.parametrize(
    ("kind", "address", "said"),
    [
        ("mail", "nobody", "not an e-mail address"),
        ("app", "slack-main", "a dot and the place"),
        ("app", "hubspot-main.#x", "cannot tell people anything"),
        ("app", "nowhere.#x", "No connection is named nowhere"),
        ("service", "nonsense", "No service is known"),
        ("service", "syslog://", "not asked over https"),
        ("service", "jsons://example.com/?verify=no", "without a look at the certificate"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(as_role, notice, kind, address, said):
    answer = as_role("owner").post("/settings/notices/", {"kind": kind, "address": address})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Channel.objects.count() == 1


def test_a_test_that_does_not_leave_says_why(as_role, notice, monkeypatch):
    monkeypatch.setenv("SIGNOFF_SMTP", "smtp://127.0.0.1:9")
    client = as_role("owner")

    client.post(f"/settings/notices/{Channel.objects.get().pk}/test/")

    page = client.get("/settings/notices/").content.decode()
    assert "The test did not leave. The mail server did not take the e-mail" in page


def test_a_wrong_address_of_the_mail_server_stands_on_the_page(as_role, notice, monkeypatch):
    monkeypatch.setenv("SIGNOFF_SMTP", "mail.example.com")

    page = as_role("owner").get("/settings/notices/").content.decode()

    assert "No e-mail can leave" in page
    assert "must look like smtps://" in page


def test_nobody_reaches_the_channels_of_another(as_role, notice):
    row = Channel.objects.get()
    client = as_role("builder")

    for what in ("", "test/", "first/", "remove/"):
        assert client.post(f"/settings/notices/{row.pk}/{what}").status_code == 404


def test_my_own_e_mail_is_there_before_its_row_and_can_be_switched_on(as_role, notice):
    client = as_role("viewer")
    assert "/settings/notices/0/" in client.get("/settings/notices/").content.decode()

    client.post("/settings/notices/0/", {"urgency": "now", "zone": "UTC", "is_on": "on"})

    row = Channel.objects.get(person=Person.objects.get(role="viewer"))
    assert (row.kind, row.urgency, row.is_on) == ("own", "now", True)


def test_a_viewer_adds_no_channel_to_elsewhere(as_role, notice):
    answer = as_role("viewer").post(
        "/settings/notices/", {"kind": "mail", "address": "elsewhere@example.com"}
    )

    assert answer.status_code == 422
    assert Channel.objects.count() == 1


def test_the_order_is_mine_and_ones_own_e_mail_stays(as_role, notice):
    client = as_role("owner")
    client.post("/settings/notices/", {"kind": "mail", "address": "office@example.com"})
    office, own = Channel.objects.get(kind="mail"), Channel.objects.get(kind="own")

    client.post(f"/settings/notices/{office.pk}/first/")
    assert list(Channel.objects.all()) == [office, own]
    client.post(f"/settings/notices/{own.pk}/remove/")
    client.post(f"/settings/notices/{office.pk}/remove/")

    assert list(Channel.objects.all()) == [own]
