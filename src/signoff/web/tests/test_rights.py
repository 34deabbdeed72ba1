"""Who may open what, and that a GET decides nothing."""

from __future__ import annotations

import pytest
from django.urls import URLPattern

from signoff.accounts.models import ApiToken, Invitation, Passkey, Person, Session
from signoff.connections.models import Connection, DescribedApp
from signoff.hooks.models import Hook, Message
from signoff.integrations.models import Draft
from signoff.monitoring.models import Channel, Notice
from signoff.proving.models import Case, Proof
from signoff.review.models import Review
from signoff.runs.models import Delivery, Picture, Run, Upload, UploadRow
from signoff.versions.models import Drill
from signoff.web.n8n import package
from signoff.web.tests import world
from signoff.web.urls import urlpatterns

pytestmark = pytest.mark.django_db

OPEN_TO_ALL = {
    "setup/",
    "sign-in/",
    "sign-in/link/<str:text>/",
    "sign-in/invitation/<str:text>/",
    "sign-in/second/",
    "sign-in/passkey/",
    "sign-in/passkey/options/",
    "sign-out/",
    "n8n/nodes/<slug:runs>/<str:file>",  # for npm, which has no password; holds nothing of this Signoff but its address
    "health/versions.ics",  # for calendar programs; opens nothing without a person's key
}
OWNERS_ONLY = [
    "/connections/new/",
    "/connections/new/hubspot/",
    "/connections/new/openapi/",
    "/connections/described/<int:described_id>/",
    "/connections/callback/",
    "/connections/<int:connection_id>/disconnect/",
    "/settings/people/",
    "/settings/people/invite/",
    "/settings/people/rules/",
    "/settings/people/<int:person_id>/",
    "/settings/people/<int:person_id>/link/",
    "/settings/people/<int:person_id>/sign-out/",
    "/settings/people/<int:person_id>/second-step/reset/",
    "/settings/people/<int:person_id>/remove/",
    "/settings/people/invitations/<int:invitation_id>/withdraw/",
    "/settings/tokens/",
    "/settings/tokens/new/",
    "/settings/tokens/<int:token_id>/revoke/",
    "/settings/audit/",
    "/settings/audit/table/",
    "/health/quarterly/",
    "/health/quarterly/<str:quarter>/",
]
NOT_FOR_REVIEWERS = [
    "/uploads/",
    "/integrations/",
    "/connections/",
    "/health/",
    "/health/cost/",
    "/health/week/",
    "/health/versions/",
    "/settings/notices/",
    "/settings/backups/",
    "/history/<int:run_id>/prompt/",
]


def routes() -> list[str]:
    """Return every route of the pages."""
    return [str(pattern.pattern) for pattern in urlpatterns if isinstance(pattern, URLPattern)]


def filled(route: str) -> str:
    """Return a route as an address, with something that exists in each gap."""
    gaps = {
        "<int:review_id>": Review,
        "<int:run_id>": Run,
        "<int:connection_id>": Connection,
        "<int:described_id>": DescribedApp,
        "<int:delivery_id>": Delivery,
        "<int:person_id>": Person,
        "<int:session_id>": Session,
        "<int:invitation_id>": Invitation,
        "<int:passkey_id>": Passkey,
        "<int:picture_id>": Picture,
        "<int:upload_id>": Upload,
        "<int:token_id>": ApiToken,
        "<int:notice_id>": Notice,
        "<int:channel_id>": Channel,
        "<int:draft_id>": Draft,
        "<int:drill_id>": Drill,
        "<int:proof_id>": Proof,
        "<int:case_id>": Case,
        "<int:message_id>": Message,
    }
    route = route.replace(
        "<int:hook_id>", str(Hook.objects.filter(run=None).first().pk) if "hook_id" in route else ""
    )
    for gap, model in gaps.items():
        if gap in route:
            route = route.replace(gap, str(model.objects.order_by("id").first().pk))
    route = route.replace("<slug:fact>", "prices").replace("<int:number>", "1")
    route = route.replace("<slug:name>", "follow-up-after-demo").replace("<slug:app>", "hubspot")
    route = route.replace("<slug:runs>", "computer").replace("<str:file>", package.file_name())
    route = route.replace("<slug:kind>", "csv").replace("<str:quarter>", "2026-Q3")
    route = route.replace("<str:text>", "nonsense").replace("<slug:recipe>", "follow-up-new-leads")
    assert "<" not in route, f"say what goes into the gap of {route}"
    return f"/{route}"


def text_of(answer) -> str:
    """Return what an answer says, a table that comes piece by piece included."""
    pieces = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(pieces).decode(errors="replace")


def test_every_page_but_the_entrance_sends_a_stranger_to_the_sign_in(client):
    world.business()

    for route in routes():
        answer = client.get(filled(route))
        if route in OPEN_TO_ALL:
            assert answer.status_code in (200, 303, 405, 410), route
        else:
            assert answer.status_code == 302, route
            assert answer["Location"].startswith("/sign-in/"), route


@pytest.mark.parametrize("address", OWNERS_ONLY)
@pytest.mark.parametrize("role", ["builder", "reviewer", "viewer"])
def test_owners_pages_are_closed_to_others_and_say_who_to_ask(as_role, address, role):
    world.business()

    answer = as_role(role).get(filled(address[1:]))

    assert answer.status_code == 403
    assert "Ask Priya Nair" in answer.content.decode()


@pytest.mark.parametrize("address", NOT_FOR_REVIEWERS)
def test_reviewer_sees_reviews_and_no_more(as_role, address):
    world.business()

    assert as_role("reviewer").get(filled(address[1:])).status_code == 403


def test_menu_holds_only_what_a_role_can_open(as_role):
    world.business()

    page = as_role("reviewer").get("/").content.decode()

    assert 'href="/review/"' in page
    assert 'href="/connections/"' not in page
    assert 'href="/integrations/"' not in page


def test_viewer_cannot_review(as_role):
    world.business()

    assert as_role("viewer").get("/review/").status_code == 403


def test_reviewer_sees_of_history_only_their_own_decisions(as_role):
    world.business()
    reviewer = Person.objects.get(role="reviewer")
    mine, other = Review.objects.order_by("id")[:2]
    Review.objects.filter(pk=mine.pk).update(state="decided", verdict="rejected", decided_by=reviewer)
    client = as_role("reviewer")

    page = client.get("/history/").content.decode()

    assert f"/history/{mine.run_id}/" in page
    assert f"/history/{other.run_id}/" not in page
    assert client.get(f"/history/{other.run_id}/").status_code == 404


def test_draft_of_another_group_is_not_in_a_reviewers_list(as_role):
    world.business()
    Person.objects.filter(role="reviewer").update(groups_csv="support")

    page = as_role("reviewer").get("/review/").content.decode()

    assert "Dana" not in page
    assert "caught up" in page


def test_draft_of_another_group_says_nothing_at_its_own_address_either(as_role):
    world.business()
    waiting = Review.objects.filter(state="waiting").select_related("run").first()
    card = Picture.objects.create(
        run=waiting.run, name="photo", media_type="image/png", data=b"png", sha256="0" * 64
    )
    Person.objects.filter(role="reviewer").update(groups_csv="support")
    client, label = as_role("reviewer"), waiting.run.label

    page = client.get(f"/review/{waiting.pk}/")
    decided = client.post(f"/review/{waiting.pk}/approve/", {"content_hash": waiting.content_hash})

    assert (page.status_code, decided.status_code) == (403, 409)
    for answer in (page, decided):
        assert label not in answer.content.decode()
        assert "You may not decide on this draft" in answer.content.decode()
    assert client.get(f"/review/{waiting.pk}/fresh/").status_code == 404
    assert client.get(f"/history/{waiting.run_id}/pictures/{card.pk}/").status_code == 404
    Person.objects.filter(role="reviewer").update(groups_csv="sales")
    assert label in client.get(f"/review/{waiting.pk}/").content.decode()
    assert client.get(f"/history/{waiting.run_id}/pictures/{card.pk}/").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/history/?before=²", "/history/?upload=²", "/history/again/?run=²", "/review/?after=²", "/review/?use=²",
        "/connections/new/hubspot/?replace=²", "/settings/hooks/{hook}/?before=²", "/settings/audit/?before=²",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_number_is_none(as_role, address):
    world.business()

    assert (
        as_role("owner").get(address.format(hook=Hook.objects.filter(run=None).earliest("pk").pk)).status_code
        < 400
    )


@pytest.mark.parametrize("role", ["owner", "builder", "reviewer", "viewer"])
def test_no_get_changes_anything(as_role, role):
    world.business()
    client = as_role(role)
    before = _state()

    for address in map(filled, routes()):
        for query in ("", "?on=yes", "?was_sent=yes", "?verdict=approved&content_hash=x", "?reason=fact"):
            assert client.get(address + query).status_code < 500, address

    assert _state() == before


def test_deciding_by_get_says_why_nothing_was_decided(as_role):
    world.business()

    answer = as_role("owner").get(filled("review/<int:review_id>/approve/"))

    assert answer.status_code == 405
    assert "Nothing was decided" in answer.content.decode()


def test_deactivated_person_is_out_at_once(as_role):
    world.business()
    client = as_role("reviewer")
    Person.objects.filter(role="reviewer").update(is_active=False)

    assert client.get("/review/").status_code == 302


def test_every_form_that_posts_carries_a_token(as_role):
    world.business()
    client = as_role("owner")

    for address in map(filled, routes()):
        page = text_of(client.get(address))  # a picture is no text
        for form in page.split("<form")[1:]:
            if 'method="post"' in form.split(">")[0]:
                assert "csrfmiddlewaretoken" in form.split("</form>")[0], address


def test_page_has_no_inline_style_or_script(as_role):
    world.business()
    client = as_role("owner")

    for address in map(filled, routes()):
        page = text_of(client.get(address))  # a picture is no text
        assert "style=" not in page, address
        assert "<style" not in page, address
        assert " onclick" not in page, address
        assert all("src=" in part.split(">")[0] for part in page.split("<script")[1:]), address


def _state():
    return (
        list(Review.objects.order_by("id").values_list("id", "state", "verdict")),
        list(Run.objects.order_by("id").values_list("id", "state", "attempt")),
        list(Delivery.objects.values_list("id", "state")),
        list(Upload.objects.values_list("id", "state", "mapping", "position")),
        list(UploadRow.objects.values_list("id", "state")),
        list(Person.objects.order_by("id").values_list("id", "is_active", "password")),
        list(Notice.objects.values_list("id", "acknowledged_at", "snoozed_at")),
        list(Channel.objects.order_by("id").values_list("id", "is_on", "position", "worked_at", "problem")),
        list(Hook.objects.order_by("id").values_list("id", "state")),
        list(Message.objects.order_by("id").values_list("id", "state", "tries", "next_at")),
    )
