"""The inbox as pages: finding, whose it is, asking again, and that whatever is no decision decides nothing."""

from __future__ import annotations

import re
from collections import deque
from datetime import timedelta
from html import unescape
from threading import Thread

import pytest
from django.db import connection as db
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from signoff.accounts.models import Away, Person
from signoff.core import clock
from signoff.engine import verbs
from signoff.review.decide import DecisionRefused
from signoff.review.models import Review
from signoff.runs.models import Run
from signoff.web.tests import world

pytestmark = pytest.mark.django_db

ACTS = ("approve", "edit", "reject", "undo", "again", "redraft", "assign", "grade")


@pytest.fixture
def waiting(as_role):
    """Return the owner's client and the drafts that wait."""
    owner = world.person()
    world.connections()
    reviews = world.drafts(world.integration(owner))
    return as_role("owner"), reviews


def seen(review: Review, **more: str) -> dict[str, str]:
    return {"content_hash": review.content_hash, **more}


def as_stored() -> list[tuple]:
    """Return all of the drafts that a decision could change."""
    rows = Review.objects.order_by("pk").values_list(
        "pk", "state", "verdict", "decided_by", "first_by", "assigned_to", "again_at", "content_hash"
    )
    return [*rows, *Run.objects.order_by("pk").values_list("pk", "state", "redrafted", "record")]


# What decides nothing


def test_a_get_at_every_address_that_decides_changes_nothing_and_says_why(waiting):
    client, reviews = waiting
    before = as_stored()

    for act in ACTS:
        for how in (client.get, client.head):
            answer = how(
                f"/review/{reviews[0].pk}/{act}/?content_hash={reviews[0].content_hash}&reason=tone&note=x&to=1"
            )
            assert answer.status_code == 405, act
        page = client.get(f"/review/{reviews[0].pk}/{act}/").content.decode()
        assert "Nothing was" in page, act
    assert as_stored() == before


def test_the_addresses_that_decide_are_all_known_here():
    found = {
        match[1]
        for pattern in get_resolver().url_patterns[-1].url_patterns
        if (match := re.fullmatch(r"review/<int:review_id>/(\w+)/", str(pattern.pattern)))
    }

    assert found == {*ACTS, "fresh"}


def test_a_program_that_follows_every_link_decides_nothing(waiting):
    """As a scanner of e-mails does with the cookies of whoever is signed in: from the link in the mail, on and on."""
    client, reviews = waiting
    before = as_stored()
    to_do = deque([f"/review/{reviews[0].pk}/", "/review/"])
    followed: set[str] = set()

    while to_do:
        address = to_do.popleft()
        if address in followed or len(followed) > 120:
            continue
        followed.add(address)
        answer = client.get(address)
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        for found in re.findall(r'(?:href|action|hx-get|src)="([^"#]+)"', answer.content.decode()):
            link = unescape(found)
            link = (
                link
                if link.startswith("/")
                else f"{address.split('?')[0]}{link}"
                if link.startswith("?")
                else ""
            )
            if link.startswith("/review/"):
                to_do.append(link)

    acts = {match[1] for one in followed if (match := re.fullmatch(r"/review/\d+/(\w+)/", one))}
    assert {"approve", "reject", "again"} <= acts, "it has opened what the forms send to"
    assert as_stored() == before


def test_a_program_without_a_cookie_is_led_to_sign_in_and_decides_nothing(waiting):
    _, reviews = waiting
    before = as_stored()
    stranger = Client()

    for act in ACTS:
        for answer in (
            stranger.get(f"/review/{reviews[0].pk}/{act}/"),
            stranger.post(f"/review/{reviews[0].pk}/{act}/", seen(reviews[0], reason="tone", note="x")),
        ):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/sign-in/")
    assert as_stored() == before


@pytest.mark.parametrize("act", [*ACTS, "together"])
def test_a_forged_form_from_another_site_decides_nothing(waiting, act):
    _, reviews = waiting
    before = as_stored()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Person.objects.get(role="owner"))
    where = "/review/together/?integration=x" if act == "together" else f"/review/{reviews[0].pk}/{act}/"

    answer = strict.post(where, seen(reviews[0], reason="tone", note="x"))

    assert answer.status_code == 403
    assert as_stored() == before


@pytest.mark.parametrize("act", ["approve", "edit", "reject", "again", "redraft", "grade", "assign"])
def test_a_person_of_another_group_decides_nothing_and_is_told(waiting, client, act):
    _, reviews = waiting
    client.force_login(world.person("reviewer", "Max Weber", groups_csv="support"))
    before = as_stored()

    answer = client.post(
        f"/review/{reviews[0].pk}/{act}/", seen(reviews[0], reason="tone", note="x", is_error="yes")
    )

    assert answer.status_code == (303 if act == "grade" else 409)
    page = client.get(f"/review/{reviews[0].pk}/") if act == "grade" else answer
    assert "You may not decide on this draft" in page.content.decode() or act == "assign"
    assert as_stored() == before


@pytest.mark.parametrize("act", ACTS)
def test_a_viewer_may_not_even_open_it(waiting, client, act):
    _, reviews = waiting
    client.force_login(world.person("viewer", "Vera Holm"))
    before = as_stored()

    answer = client.post(f"/review/{reviews[0].pk}/{act}/", seen(reviews[0], reason="tone", note="x"))

    assert answer.status_code == 403
    assert as_stored() == before


def test_a_decision_on_a_withdrawn_run_is_refused_with_the_reason(waiting):
    client, reviews = waiting
    Review.objects.filter(pk=reviews[0].pk).update(state="withdrawn")
    Run.objects.filter(pk=reviews[1].run_id).update(state="rejected")

    withdrawn = client.post(f"/review/{reviews[0].pk}/approve/", seen(reviews[0]))
    moved_on = client.post(f"/review/{reviews[1].pk}/approve/", seen(reviews[1]))

    assert (withdrawn.status_code, moved_on.status_code) == (409, 409)
    assert "This draft was withdrawn. Nothing was decided." in withdrawn.content.decode()
    assert "does not wait for a decision any more" in moved_on.content.decode()
    assert not Run.objects.filter(state="approved").exists()


def test_a_replayed_decision_decides_nothing_more(waiting):
    client, reviews = waiting
    form = seen(reviews[0])
    client.post(f"/review/{reviews[0].pk}/approve/", form)
    before = as_stored()

    answer = client.post(f"/review/{reviews[0].pk}/approve/", form)

    assert answer.status_code == 409
    assert "Priya Nair has approved it already" in unescape(answer.content.decode())
    assert as_stored() == before


@pytest.mark.parametrize("hash", ["", "0" * 64, "x" * 100_000])
def test_a_decision_without_what_was_seen_is_none(waiting, hash):
    client, reviews = waiting
    before = as_stored()

    for act in ("approve", "reject", "again"):
        form = {"content_hash": hash, "reason": "tone", "note": "Shorter"}
        assert client.post(f"/review/{reviews[0].pk}/{act}/", form).status_code == 409
    assert as_stored() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_decides_and_the_other_is_told_who():
    owner = world.person()
    world.connections()
    (review, *_) = world.drafts(world.integration(owner))
    people = [owner, world.person("reviewer", "Rui Costa", groups_csv="sales")]
    said: list[str] = []

    def press(person: Person, verdict: str, **more: str) -> None:
        try:
            verbs.decide(review.pk, verdict, person, review.content_hash, **more)
            said.append(f"{person} decided")
        except DecisionRefused as refused:
            said.append(str(refused))
        finally:
            db.close()

    threads = [
        Thread(target=press, args=(people[0], "approved")),
        Thread(target=press, args=(people[1], "rejected"), kwargs={"reason": "tone"}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    review.refresh_from_db()
    first = review.decided_by
    assert sorted("decided" in one and "already" not in one for one in said) == [False, True]
    assert any(f"{first} has" in one and "already" in one for one in said)
    assert Run.objects.get(pk=review.run_id).state == ("approved" if first == owner else "rejected")


# Finding


def test_search_and_filters_stay_in_the_address_of_everything(waiting):
    client, reviews = waiting
    keep = "integration=follow-up-after-demo&q=marco"

    page = unescape(client.get(f"/review/?{keep}").content.decode())

    assert "1 found." in page
    assert f'href="/review/{reviews[1].pk}/?{keep}"' in page
    assert f'action="/review/{reviews[1].pk}/approve/?{keep}"' in page
    assert "Dana" not in page
    answer = client.post(f"/review/{reviews[1].pk}/approve/?{keep}", seen(reviews[1]))
    assert answer["Location"] == f"/review/?{keep}", "no other draft is like that"
    assert "No draft like that waits" in client.get(f"/review/?{keep}").content.decode()


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=" + "x" * 5000, "q=%27%29%3B--", "integration=%00", "who=%F0%9F%98%80", "after=-1", "who=7"],
)
def test_whatever_stands_in_the_address_shows_a_page(waiting, query):
    client, _ = waiting

    assert client.get(f"/review/?{query}").status_code == 200


def test_the_next_draft_is_the_next_of_those_wanted(waiting):
    client, reviews = waiting
    Review.objects.filter(pk__in=[reviews[0].pk, reviews[2].pk]).update(
        assigned_to=Person.objects.get(role="owner")
    )

    answer = client.post(f"/review/{reviews[0].pk}/approve/?who=me", seen(reviews[0]))

    assert answer["Location"] == f"/review/{reviews[2].pk}/?who=me"


def test_who_else_is_looking_is_shown_and_next_passes_it_over(waiting):
    client, reviews = waiting
    rui = Client()
    rui.force_login(world.person("reviewer", "Rui Costa", groups_csv="sales"))
    rui.get(f"/review/{reviews[1].pk}/")

    page = client.get(f"/review/{reviews[1].pk}/").content.decode()
    answer = client.post(f"/review/{reviews[0].pk}/approve/", seen(reviews[0]))

    assert "Rui Costa is looking at this." in page
    assert answer["Location"] == f"/review/{reviews[2].pk}/"
    Review.objects.update(looking_until=clock.now() - timedelta(seconds=1))
    assert "is looking at this" not in client.get(f"/review/{reviews[1].pk}/").content.decode()


# Whose, again, four eyes


def test_a_draft_is_given_to_somebody_and_says_so(waiting):
    client, reviews = waiting
    rui = world.person("reviewer", "Rui Costa", groups_csv="sales")
    Review.objects.filter(pk=reviews[0].pk).update(due_at=clock.now() - timedelta(minutes=5))

    page = client.post(f"/review/{reviews[0].pk}/assign/", {"to": rui.pk}, follow=True).content.decode()

    assert "For Rui Costa (by hand)" in page
    assert "was to be decided by" in page
    assert '<em class="tag bad">Overdue</em>' in page
    refused = client.post(f"/review/{reviews[0].pk}/assign/", {"to": "99999999"})
    assert (refused.status_code, "no such person" in refused.content.decode()) == (409, True)


def test_asking_again_opens_the_next_and_shows_that_it_is_being_written(waiting):
    client, reviews = waiting

    answer = client.post(f"/review/{reviews[0].pk}/again/", seen(reviews[0], note="Shorter"), follow=True)

    assert answer.redirect_chain[0][0] == f"/review/{reviews[1].pk}/"
    assert "Sent back to the AI." in answer.content.decode()
    assert "is writing this draft again" in client.get(f"/review/{reviews[0].pk}/").content.decode()
    assert Run.objects.get(pk=reviews[0].run_id).note["text"] == "Shorter"


def test_an_empty_note_is_refused_and_nothing_is_written_again(waiting):
    client, reviews = waiting

    answer = client.post(f"/review/{reviews[0].pk}/again/", seen(reviews[0], note=" \x00"))

    assert answer.status_code == 409
    assert "Say what should be different" in answer.content.decode()


def test_what_has_changed_in_the_app_stands_above_the_draft(waiting):
    client, reviews = waiting
    drift = [{"field": "company", "was": "Whitfield Dental", "now": "<b>Other</b>"}]
    Review.objects.filter(pk=reviews[0].pk).update(drift=drift, compared_at=clock.now())

    page = client.get(f"/review/{reviews[0].pk}/").content.decode()

    assert "The record has changed since this was written" in page
    assert "&lt;b&gt;Other&lt;/b&gt;" in page
    assert f'action="/review/{reviews[0].pk}/redraft/"' in page


def test_an_app_that_cannot_be_asked_is_told_as_such(waiting):
    client, reviews = waiting

    part = client.get(f"/review/{reviews[0].pk}/fresh/").content.decode()
    page = client.get(f"/review/{reviews[0].pk}/?fresh=1").content.decode()

    assert "The saved key of HubSpot is damaged" in part
    assert "HubSpot cannot be asked at the moment" in page


def test_the_second_of_two_sees_the_words_of_the_first(waiting, client):
    first, reviews = waiting
    Review.objects.update(four_eyes=True)
    typed = {"content.subject": "Mine", "content.body": "Hello Dana", "content.next_step": "call"}
    after = first.post(
        f"/review/{reviews[0].pk}/edit/", seen(reviews[0], **typed), follow=True
    ).content.decode()
    assert "Somebody else has to approve it" in after
    left = len(reviews) - 1
    assert f"{left} draft{'s wait' if left != 1 else ' waits'} for you" in first.get("/").content.decode()
    mine = first.get(f"/review/{reviews[0].pk}/").content.decode()
    assert "You have approved this." in mine
    assert f'action="/review/{reviews[0].pk}/approve/"' not in mine
    rui = Client()
    rui.force_login(world.person("reviewer", "Rui Costa", groups_csv="sales"))

    page = rui.get(f"/review/{reviews[0].pk}/").content.decode()
    old_tab = rui.post(f"/review/{reviews[0].pk}/approve/", seen(reviews[0]))

    assert "Priya Nair approved this" in page
    assert "Hello Dana" in page
    assert old_tab.status_code == 409
    assert "has edited and approved the draft since you opened it" in old_tab.content.decode()
    fresh = re.search(r'name="content_hash" value="(\w+)"', page)
    rui.post(f"/review/{reviews[0].pk}/approve/", {"content_hash": fresh[1]})
    reviews[0].refresh_from_db()
    assert reviews[0].decided_content["subject"] == "Mine"
    said = first.get(f"/review/{reviews[0].pk}/").content.decode()
    assert "Priya Nair and Rui Costa edited and approved this" in said


def test_approving_together_without_a_certificate_is_refused_with_the_reason(waiting):
    client, reviews = waiting
    before = as_stored()
    where = "/review/together/?integration=follow-up-after-demo"

    page = client.get(where).content.decode()
    answer = client.post(where, {"draft": [f"{one.pk}:{one.content_hash}" for one in reviews]})

    assert "only where an owner has signed for autopilot" in page
    assert answer.status_code == 409
    assert "4 drafts were not approved" in answer.content.decode()
    assert as_stored() == before


# Away


def test_out_of_office_is_set_and_ended_on_the_page_about_me(waiting):
    client, _ = waiting
    rui = world.person("reviewer", "Rui Costa", groups_csv="sales")
    today = timezone.localdate()
    days = {"from_on": f"{today}", "until_on": f"{today + timedelta(days=4)}", "cover": rui.pk}

    page = client.post("/settings/me/away/", days, follow=True).content.decode()
    assert "Rui Costa decides in your place" in page
    assert Away.objects.get().cover == rui

    wrong = client.post("/settings/me/away/", {**days, "until_on": f"{today - timedelta(days=4)}"})
    assert wrong.status_code == 422
    assert "before the first" in wrong.content.decode()
    client.post("/settings/me/away/", {"back": "1"})
    assert not Away.objects.exists()


def test_the_builder_keeps_that_people_are_told_by_email():
    from django.http import QueryDict

    from signoff.web.building import _review

    before = {"by": ["sales"], "ask": "email", "due_in": "4h", "four_eyes": "yes"}
    post = QueryDict("reviewed=person&by=sales&ask_by=email&ask_in=")

    assert _review(post, before) == before
