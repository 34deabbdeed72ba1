"""What stopped and is not wanted any more: left with a reason, so that nothing asks for it, and taken up again."""

from __future__ import annotations

import pytest

from signoff.accounts.models import AuditEntry
from signoff.accounts.tokens import make_token
from signoff.connections.models import Connection
from signoff.engine import leaving, verbs
from signoff.monitoring import looking
from signoff.monitoring.models import Notice
from signoff.runs.change import change, said
from signoff.runs.models import Delivery, Run
from signoff.runs.retention import forget

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopped(house) -> Run:
    """A record that asks for its owner: what it needs is missing, and nothing will bring it."""
    (run_id,) = house.receive(house.lead())
    values = {
        "state": "needs you",
        "problem": "The deal is not there any more.",
        "next_step": "Look.",
        "resume_as": "queued",
    }
    assert change(run_id, "queued", values)
    return Run.objects.get(pk=run_id)


def test_it_asks_for_nobody_any_more_and_nothing_of_it_is_lost(house, stopped):
    looking.look()
    notice = Notice.objects.get(closing="", closed_at=None, key__startswith="runs:held:")

    assert leaving.leave(stopped.pk, house.owner, "  A test of ours.\n ")
    looking.look()

    run = Run.objects.get(pk=stopped.pk)
    notice.refresh_from_db()
    assert (run.state, run.record, run.problem) == ("left", stopped.record, stopped.problem)
    assert run.timeline[-1]["what"] == f"{house.owner} left it as it is"
    assert "“A test of ours.”" in run.timeline[-1]["more"]
    assert notice.closed_at is not None
    entry = AuditEntry.objects.get(did="left as it is:")
    assert (entry.what, entry.details) == (f"run {run.pk}", {"reason": "A test of ours."})
    assert not leaving.leave(stopped.pk, house.owner, "Once more."), "it does not stand still any more"


def test_it_is_taken_up_again_from_where_it_stopped(house, stopped, work_off):
    leaving.leave(stopped.pk, house.owner, "Not now")

    assert verbs.resume(stopped.pk, house.owner)
    work_off()

    run = Run.objects.get(pk=stopped.pk)
    assert (run.state, run.problem, run.finished_at) == ("waiting for review", "", None)


def test_what_mends_a_connection_does_not_wake_what_was_left(house, stopped, work_off):
    row = Connection.objects.get(name="openai-main")
    Run.objects.filter(pk=stopped.pk).update(waits_for=row)
    leaving.leave(stopped.pk, house.owner, "Not wanted")

    assert verbs.mended(row) == 0


def test_what_was_erased_meanwhile_is_not_taken_up(house, stopped):
    leaving.leave(stopped.pk, house.owner, "Not wanted")
    assert forget([stopped.pk]) == 1

    assert not verbs.resume(stopped.pk, house.owner)


def test_what_an_app_said_of_a_customer_is_erased_with_the_record(house, stopped):
    says = "The tool write_note of MCP server says that it did not work: “no customer Dana Whitfield”."
    line = said("bad", says, "Look there.")
    assert change(stopped.pk, "needs you", {"problem": says, "next_step": "Ring Dana Whitfield."}, line)
    sent = Delivery.objects.create(
        run=stopped, position=0, connection=Connection.objects.get(name="hubspot-main"), action="add_note",
        params={"body": "Dana Whitfield"}, marker="so-1-0-00000000", state="failed", problem=says,
    )  # fmt: skip
    leaving.leave(stopped.pk, house.owner, "She bought elsewhere.")

    assert forget([stopped.pk]) == 1

    run = Run.objects.values().get(pk=stopped.pk)
    assert "Whitfield" not in f"{run} {Delivery.objects.values().get(pk=sent.pk)}"
    assert "says that it did not work: “…”" in str(run["timeline"])


@pytest.mark.parametrize("reason", ["", " \x00 ", "x" * 301])
def test_without_a_reason_nothing_is_left_and_it_says_why(client, house, stopped, reason):
    client.force_login(house.owner)

    with pytest.raises(leaving.NotLeft, match="Nothing was changed"):
        leaving.leave(stopped.pk, house.owner, reason)
    page = client.post("/history/leave/", {"run": stopped.pk, "reason": reason}, follow=True)

    assert "Nothing was changed" in page.content.decode()
    assert Run.objects.get(pk=stopped.pk).state == "needs you"


def test_the_page_leaves_one_or_all_of_a_list_and_a_get_none(client, house, stopped):
    other = Run.objects.get(pk=house.receive(house.lead())[0])
    change(other.pk, "queued", {"state": "needs you", "problem": "Something is missing."})
    client.force_login(house.owner)

    assert client.get(f"/history/leave/?run={stopped.pk}&reason=x").status_code == 405
    asked = client.get(f"/history/again/?run={stopped.pk}&run={other.pk}").content.decode()
    assert "Leave these 2 as they are" in asked
    page = client.post("/history/leave/", {"run": [stopped.pk, other.pk], "reason": "A test"}, follow=True)

    assert "2 records are left as they are." in page.content.decode()
    assert list(Run.objects.order_by("pk").values_list("state", flat=True)) == ["left", "left"]
    one = client.get(f"/history/{stopped.pk}/").content.decode()
    assert "Left as it is" in one
    assert "Try again" in one
    assert 'name="reason"' not in one


def test_a_program_leaves_and_takes_up_again(client, house, stopped):
    bearer = {"Authorization": f"Bearer {make_token('t', house.owner, ['read', 'review']).reveal()}"}
    where = f"/api/v1/runs/{stopped.pk}"

    def post(act, **body):
        return client.post(f"{where}/{act}", body, "application/json", headers=bearer)

    assert post("leave", reason=" ").status_code == 422
    assert post("leave").status_code == 422
    left = post("leave", reason="A test")
    assert (left.status_code, left.json()["state"]) == (200, "left")
    late = post("leave", reason="A test")
    assert (late.status_code, "Nothing was changed" in late.json()["detail"]) == (409, True)
    again = post("resume")
    assert (again.status_code, again.json()["state"]) == (200, "queued")
    assert post("resume").status_code == 409
    unknown = client.post("/api/v1/runs/99999999/leave", {"reason": "x"}, "application/json", headers=bearer)
    assert unknown.status_code == 404
    reading = {"Authorization": f"Bearer {make_token('r', house.owner, ['read']).reveal()}"}
    forbidden = client.post(f"{where}/leave", {"reason": "x"}, "application/json", headers=reading)
    assert forbidden.status_code == 403
