"""A passkey signs in its person, here and nowhere else; anything bent is refused with a sentence."""

from __future__ import annotations

import base64
import json
import string
import tracemalloc
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.accounts import passkeys
from signoff.accounts.models import Passkey, Person
from signoff.accounts.passkeys import NoPasskeysHere, PasskeyRefused, place
from signoff.accounts.tests.device import FLAG, Device
from signoff.core import clock

LETTERS = string.ascii_letters + string.digits + "-_"


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setenv("SIGNOFF_URL", "http://127.0.0.1:8000")


@pytest.fixture
def device(owner):
    """A device with a passkey of the owner."""
    made = Device()
    asked, remembered = passkeys.begin_adding(owner)
    passkeys.finish_adding(owner, remembered, made.make(asked), "Phone")
    return made


def used(device, person=None, **client):
    asked, remembered = passkeys.begin_using(person)
    return passkeys.finish_using(remembered, device.sign(asked, **client), person)


@pytest.mark.parametrize(
    ("url", "name", "address"),
    [
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:8123", "localhost", "http://localhost:8123"),
        ("https://signoff.example.com", "signoff.example.com", "https://signoff.example.com"),
        ("https://signoff.example.com:8443/", "signoff.example.com", "https://signoff.example.com:8443"),
    ],
)
def test_a_passkey_belongs_to_a_name(monkeypatch, url, name, address):
    monkeypatch.setenv("SIGNOFF_URL", url)

    assert (place().name, place().address) == (name, address)


@pytest.mark.parametrize("url", ["http://192.0.2.7:8000", "https://192.0.2.7", "http://signoff.example.com"])
def test_where_browsers_allow_none_it_says_what_is_missing(monkeypatch, url):
    monkeypatch.setenv("SIGNOFF_URL", url)

    with pytest.raises(NoPasskeysHere, match="with a name and https"):
        place()


def test_a_passkey_signs_its_person_in_without_being_told_who(owner, device):
    assert used(device) == owner
    assert used(device, owner) == owner
    row = Passkey.objects.get()
    assert row.name == "Phone"
    assert row.sign_count == 2
    assert row.used_at is not None


def test_what_is_asked_says_nothing_about_the_person_but_to_the_device(owner):
    asked, remembered = passkeys.begin_using()

    assert owner.email not in json.dumps([asked, remembered])
    assert asked["userVerification"] == "required"


def test_the_same_answer_is_not_good_for_another_question(owner, device):
    asked, remembered = passkeys.begin_using()
    answer = device.sign(asked)
    assert passkeys.finish_using(remembered, answer) == owner
    _, later = passkeys.begin_using()

    with pytest.raises(PasskeyRefused, match="could not be used"):
        passkeys.finish_using(later, answer)


@pytest.mark.parametrize(
    "origin",
    ["https://localhost:8000", "http://localhost:8001", "http://evil.example", "http://a.localhost:8000"],
)
def test_a_passkey_from_another_address_is_refused_and_says_where_to_go(owner, device, origin):
    device.origin = origin

    with pytest.raises(PasskeyRefused, match="Open http://localhost:8000 yourself"):
        used(device)


def test_a_passkey_that_was_asked_inside_another_page_is_refused(owner, device):
    with pytest.raises(PasskeyRefused, match="another address"):
        used(device, cross_origin=True)


def test_a_passkey_for_another_name_is_refused(owner, device):
    device.name = "evil.example"

    with pytest.raises(PasskeyRefused):
        used(device)


@pytest.mark.parametrize("flags", [FLAG.UP, FLAG.UV, FLAG(0)])
def test_a_device_that_was_not_unlocked_is_refused(owner, device, flags):
    device.flags = flags

    with pytest.raises(PasskeyRefused):
        used(device)


def test_a_device_that_was_not_unlocked_cannot_be_added(owner):
    made = Device()
    made.flags = FLAG.UP
    asked, remembered = passkeys.begin_adding(owner)

    with pytest.raises(PasskeyRefused):
        passkeys.finish_adding(owner, remembered, made.make(asked), "Phone")
    assert not Passkey.objects.exists()


def test_a_signature_by_another_key_is_refused(owner, device):
    device.key = Device().key

    with pytest.raises(PasskeyRefused):
        used(device)


def test_a_count_that_went_back_may_be_a_copy(owner, device):
    used(device)
    used(device)
    device.count = 0

    with pytest.raises(PasskeyRefused, match="may have been copied"):
        used(device)


def test_a_device_that_never_counts_is_fine(owner):
    made = Device()
    asked, remembered = passkeys.begin_adding(owner)
    passkeys.finish_adding(owner, remembered, made.make(asked), "Phone")
    for _ in range(2):
        made.count = -1

        assert used(made) == owner


def test_a_passkey_of_somebody_else_does_not_confirm_me(owner, reviewer, device):
    with pytest.raises(PasskeyRefused):
        used(device, reviewer)


def test_a_passkey_that_names_another_person_is_refused(owner, reviewer, device):
    device.handle = base64.urlsafe_b64encode(reviewer.handle.bytes).decode().rstrip("=")

    with pytest.raises(PasskeyRefused):
        used(device)


def test_a_passkey_of_somebody_who_left_lets_nobody_in(owner, device):
    Person.objects.update(is_active=False)

    with pytest.raises(PasskeyRefused, match="does not know this passkey"):
        used(device)


def test_a_removed_passkey_says_what_to_do(owner, device):
    Passkey.objects.all().delete()

    with pytest.raises(PasskeyRefused, match="delete it on your device too"):
        used(device)


@pytest.mark.parametrize("remembered", [None, {}, {"for": "add"}])
def test_an_answer_that_nobody_asked_for_is_refused(owner, device, remembered):
    asked, _ = passkeys.begin_using()

    with pytest.raises(PasskeyRefused, match="did not ask"):
        passkeys.finish_using(remembered, device.sign(asked))


def test_what_was_asked_to_add_one_is_no_sign_in(owner, device):
    asked, remembered = passkeys.begin_adding(owner)

    with pytest.raises(PasskeyRefused, match="did not ask"):
        passkeys.finish_using(remembered, device.sign(asked))


def test_what_was_asked_of_one_person_adds_nothing_to_another(owner, reviewer):
    asked, remembered = passkeys.begin_adding(owner)

    with pytest.raises(PasskeyRefused, match="did not ask"):
        passkeys.finish_adding(reviewer, remembered, Device().make(asked), "Phone")


def test_an_answer_that_comes_late_is_refused(owner, device, monkeypatch):
    asked, remembered = passkeys.begin_using()
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)

    with pytest.raises(PasskeyRefused, match="five minutes"):
        passkeys.finish_using(remembered, device.sign(asked))


def test_the_same_passkey_is_not_added_twice(owner, device):
    asked, remembered = passkeys.begin_adding(owner)

    with pytest.raises(PasskeyRefused, match="here already"):
        passkeys.finish_adding(owner, remembered, device.make(asked), "Phone again")
    assert Passkey.objects.count() == 1


def test_a_browser_is_told_which_passkeys_there_are_already(owner, device):
    asked, _ = passkeys.begin_adding(owner)

    assert len(asked["excludeCredentials"]) == 1


def test_there_is_an_end_to_how_many_one_has(owner, monkeypatch):
    monkeypatch.setattr(passkeys, "MOST", 0)
    asked, remembered = passkeys.begin_adding(owner)

    with pytest.raises(PasskeyRefused, match="Remove one"):
        passkeys.finish_adding(owner, remembered, Device().make(asked), "Phone")


@pytest.mark.parametrize(
    "part", ["rawId", "clientDataJSON", "authenticatorData", "attestationObject", "signature"]
)
def test_a_number_in_place_of_letters_takes_no_memory(owner, part):
    letters = {
        "clientDataJSON": "e30",
        "authenticatorData": "AAAA",
        "attestationObject": "AAAA",
        "signature": "AAAA",
    }
    answer = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": letters}
    (answer if part == "rawId" else letters)[part] = 200_000_000
    _, using = passkeys.begin_using()
    _, adding = passkeys.begin_adding(owner)

    tracemalloc.start()
    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(using, json.dumps(answer))
    with pytest.raises(PasskeyRefused):
        passkeys.finish_adding(owner, adding, json.dumps(answer), "Phone")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 20_000_000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["AAAA", "e30", "oWF4AQ"]),
    lambda parts: st.lists(parts, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["id", "rawId", "response", "type", "clientDataJSON", "attestationObject", "authenticatorData",
             "signature", "userHandle"]
        ),
        parts,
        max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=20) | anything.map(json.dumps) | st.just("[" * 100_000))
def test_whatever_a_browser_sends_it_is_refused_with_a_sentence(owner, answer):
    _, using = passkeys.begin_using()
    _, adding = passkeys.begin_adding(owner)

    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(using, answer)
    with pytest.raises(PasskeyRefused):
        passkeys.finish_adding(owner, adding, answer, "Phone")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    part=st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]),
    place=st.integers(0, 10_000),
    shift=st.integers(1, len(LETTERS) - 1),
)
def test_an_answer_with_one_letter_changed_is_refused(owner, device, part, place, shift):
    asked, remembered = passkeys.begin_using()
    answer = json.loads(device.sign(asked))
    text = answer["response"][part]
    at = place % (len(text) - 1)  # not the last letter: its last bits may say nothing
    letter = LETTERS[(LETTERS.index(text[at]) + shift) % len(LETTERS)]
    answer["response"][part] = text[:at] + letter + text[at + 1 :]

    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(remembered, json.dumps(answer))
