"""pywa, the client that people use for WhatsApp, works unchanged against the practice WhatsApp."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pywa import WhatsApp
from pywa import errors as pywa_errors
from pywa.types import Message, MessageStatus
from pywa.types.others import Pagination
from pywa.types.templates import BodyText, TemplateLanguage
from pywa.utils import webhook_updates_validator

from signoff_sandbox.testing import WHATSAPP_KEY, WHATSAPP_SETTINGS, Practice
from signoff_sandbox.whatsapp.errors import CODES
from signoff_sandbox.whatsapp.office import APP_ID, SECOND_PHONE_ID

ADA = "491700000001"
PHONE, WABA = WHATSAPP_SETTINGS["phone_number_id"], WHATSAPP_SETTINGS["waba_id"]
SECRET, WORD = WHATSAPP_SETTINGS["app_secret"], WHATSAPP_SETTINGS["verify_token"]


def client_of(practice: Practice, key: str = WHATSAPP_KEY, version: str = "25.0") -> WhatsApp:
    client = WhatsApp(
        phone_id=PHONE,
        token=key,
        waba_id=WABA,
        server=None,
        app_secret=SECRET,
        verify_token=WORD,
        app_id=int(APP_ID),
    )
    client.api._session.base_url = f"{practice.whatsapp}/v{version}"
    return client


class Business:
    """Where a business hears: pywa checks what comes, and takes it apart."""

    def __init__(self, client: WhatsApp) -> None:
        self.client = client
        self.bodies: list[dict[str, Any]] = []
        self.statuses = 0
        self.answers: list[int] = []  # what to answer next, 200 when empty
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                text, status = outer.client.webhook_challenge_handler(
                    asked.get("hub.verify_token"), asked.get("hub.challenge")
                )
                self.answer(status, str(text))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not webhook_updates_validator(SECRET, body, self.headers.get("X-Hub-Signature-256", "")):
                    return self.answer(401, "Forbidden")
                status = outer.answers.pop(0) if outer.answers else 200
                if status == 200:
                    outer.bodies.append(json.loads(body))
                return self.answer(status, "ok")

            def answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/in"

    def values(self) -> list[dict[str, Any]]:
        return [
            change["value"] for body in self.bodies for entry in body["entry"] for change in entry["changes"]
        ]

    def messages(self) -> list[Message]:
        return [
            Message.from_update(self.client, body)
            for body in self.bodies
            if "messages" in body["entry"][0]["changes"][0]["value"]
        ]

    def told(self) -> list[MessageStatus]:
        return [
            MessageStatus.from_update(self.client, body)
            for body in self.bodies
            if "statuses" in body["entry"][0]["changes"][0]["value"]
        ]


@contextlib.contextmanager
def open_for_business(practice: Practice) -> Iterator[Business]:
    business = Business(client_of(practice))
    thread = threading.Thread(target=business.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield business
    finally:
        business.server.shutdown()
        thread.join()
        business.server.server_close()


@pytest.fixture
def business(own_practice) -> Iterator[Business]:
    with open_for_business(own_practice) as open_one:
        own_practice.control("whatsapp", webhook={"url": open_one.url, "verify_token": WORD}, statuses="held")
        yield open_one


@pytest.fixture
def wa(own_practice) -> WhatsApp:
    return client_of(own_practice)


def test_an_answer_is_accepted_and_then_sent_delivered_and_read(own_practice, business, wa):
    own_practice.control("whatsapp", receive={"from": ADA, "name": "Ada", "text": "What does it cost?"})

    sent = wa.send_message(ADA, "Thanks, $149 a month.", tracker="so-7-0-abcd1234")
    own_practice.control("whatsapp", release={}, status={"id": sent.id, "status": "read"})

    assert sent.id.startswith("wamid.")
    assert [str(told.status) for told in business.told()] == ["sent", "delivered", "read"]
    assert {told.tracker for told in business.told()} == {"so-7-0-abcd1234"}
    assert {told.id for told in business.told()} == {sent.id}
    (kept,) = own_practice.books("whatsapp")["sent"]
    assert (kept["text"], kept["status"], kept["with"]) == ("Thanks, $149 a month.", "read", ADA)


def test_a_customers_message_is_told_as_pywa_reads_it(own_practice, business):
    own_practice.control("whatsapp", receive={"from": ADA, "name": "Ada Løve", "text": "Kostet das 5 €?"})

    (message,) = business.messages()
    assert (message.text, message.from_user.name, message.from_user.wa_id) == (
        "Kostet das 5 €?",
        "Ada Løve",
        ADA,
    )
    assert message.metadata.phone_number_id == PHONE


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ({"type": "image", "image": {"caption": "Look"}}, lambda m: (m.image.mime_type, m.caption)),
        ({"type": "document", "document": {"filename": "a.pdf"}}, lambda m: m.document.filename),
        ({"type": "audio"}, lambda m: m.audio.id),
        (
            {"type": "location", "location": {"latitude": 1.5, "longitude": 2.5}},
            lambda m: m.location.latitude,
        ),
        (
            {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bo", "first_name": "Bo"}}]},
            lambda m: m.contacts[0].name.formatted_name,
        ),
        (
            {"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": "👍"}},
            lambda m: m.reaction.emoji,
        ),
    ],
)
def test_every_kind_of_message_is_told_as_pywa_reads_it(own_practice, business, asked, read):
    own_practice.control("whatsapp", receive={"from": ADA, **asked})

    assert read(business.messages()[0])


def test_several_messages_come_in_one_request(own_practice, business):
    told = own_practice.control(
        "whatsapp", receive=[{"text": "One"}, {"text": "Two", "number": SECOND_PHONE_ID}]
    )

    assert len(business.bodies) == 1
    assert [value["metadata"]["phone_number_id"] for value in business.values()] == [PHONE, SECOND_PHONE_ID]
    assert len(set(told["receive"]["ids"])) == 2


def test_somebody_with_a_username_has_an_id_of_this_business_only(own_practice, business, wa):
    told = own_practice.control(
        "whatsapp", receive={"name": "Ada", "username": "ada.l", "hides_number": True}
    )["receive"]

    (message,) = business.messages()
    sent = wa.send_message(message.from_user.bsuid, "Hello Ada")

    assert message.from_user.wa_id is None
    assert (message.from_user.username, message.from_user.bsuid) == ("ada.l", told["user_id"])
    assert sent.id.startswith("wamid.")


def test_after_a_day_a_free_message_is_accepted_and_then_fails(own_practice, business, wa):
    own_practice.control("whatsapp", receive={"from": ADA}, clock_offset_seconds=24 * 3600 + 1)

    wa.send_message(ADA, "Too late", tracker="t-1")
    own_practice.control("whatsapp", release={})

    (told,) = business.told()
    assert (str(told.status), told.tracker) == ("failed", "t-1")
    assert isinstance(told.error, pywa_errors.ReEngagementMessage)


def test_it_can_also_be_refused_at_once(own_practice, wa):
    own_practice.control("whatsapp", closed_window="at once")

    with pytest.raises(pywa_errors.ReEngagementMessage):
        wa.send_message(ADA, "Who are you?")


def test_a_template_may_be_sent_at_any_time(own_practice, business, wa):
    sent = wa.send_template(
        ADA, "answer_ready", TemplateLanguage.ENGLISH_US, [BodyText.params("Ada")], tracker="t-2"
    )
    own_practice.control("whatsapp", release={})

    assert [str(told.status) for told in business.told()] == ["sent", "delivered"]
    (kept,) = own_practice.books("whatsapp")["sent"]
    assert kept["id"] == sent.id
    assert kept["text"] == "Hi Ada, we have an answer to your question. Reply here to read it."


@pytest.mark.parametrize(
    ("name", "values", "error"),
    [
        ("no_such", [], pywa_errors.TemplateNotExists),
        ("answer_ready", [], pywa_errors.TemplateParamCountMismatch),
        ("answer_ready", ["a", "b"], pywa_errors.TemplateParamCountMismatch),
        ("summer_sale", ["a"], pywa_errors.TemplatePaused),
        ("winter_sale", [], pywa_errors.TemplateNotExists),
    ],
)
def test_a_template_that_cannot_be_sent_is_refused(practice, name, values, error):
    with pytest.raises(error):
        client_of(practice).send_template(
            ADA, name, TemplateLanguage.ENGLISH_US, [BodyText.params(*values)] if values else None
        )


def test_templates_are_listed_a_page_at_a_time(own_practice, wa):
    for n in range(30):
        own_practice.control("whatsapp", add_template={"name": f"t_{n}", "body": "Hi {{1}} and {{2}}"})

    first = wa.get_templates()
    second = wa.get_templates(pagination=Pagination(after=first.after))  # its own `next` fails (pywa 4.5.0)

    assert (len(first), first.has_next, second.has_next) == (25, True, False)
    assert {"answer_ready", "summer_sale", "t_29"} <= {template.name for template in [*first, *second]}
    assert first[1].components[0].text.startswith("Hi {{1}}, we have an answer")


def test_a_file_of_a_customer_is_downloaded_by_its_reference(own_practice, business, wa):
    own_practice.control("whatsapp", receive={"type": "image", "image": {"data": "aGVsbG8="}})

    url = wa.get_media_url(business.messages()[0].image.id)

    assert wa.get_media_bytes(url=url.url) == b"hello"
    assert url.file_size == 5
    own_practice.control("whatsapp", clock_offset_seconds=301)
    with pytest.raises(Exception, match="404"):
        wa.get_media_bytes(url=url.url)


def test_a_file_is_uploaded_and_sent(own_practice, wa):
    own_practice.control("whatsapp", receive={"from": ADA})

    sent = wa.send_document(
        ADA, document=b"%PDF", filename="a.pdf", mime_type="application/pdf", caption="Here"
    )

    assert sent.id
    assert own_practice.books("whatsapp")["sent"][0]["text"] == "Here"


def test_a_message_is_marked_as_read(own_practice, wa):
    id = own_practice.control("whatsapp", receive={"from": ADA})["receive"]["id"]

    assert wa.mark_message_as_read(id)
    assert own_practice.books("whatsapp")["received"][0]["read"]


def test_the_number_says_who_it_is(practice):
    number = client_of(practice).get_business_phone_number()

    assert (number.id, number.verified_name) == (PHONE, "Practice Ltd")
    assert str(number.quality_rating) == "GREEN"


def test_a_callback_is_set_only_where_the_word_is_known(own_practice, wa):
    with open_for_business(own_practice) as business:
        token = wa.get_app_access_token(app_id=int(APP_ID), app_secret=SECRET)
        good = wa.set_app_callback_url(
            app_id=int(APP_ID), app_access_token=token, callback_url=business.url, verify_token=WORD,
            fields=["messages"],
        )  # fmt: skip
        with pytest.raises(pywa_errors.WhatsAppError, match="could not be validated"):
            wa.override_phone_callback_url(business.url, "another word")

        own_practice.control("whatsapp", receive={"text": "Heard?"})

    assert good
    assert [message.text for message in business.messages()] == ["Heard?"]


def test_what_nobody_takes_is_told_again(own_practice, business):
    business.answers = [500, 503]

    first = own_practice.control("whatsapp", receive={"text": "Hello?"})["receive"]["answers"]
    second = own_practice.control("whatsapp", redeliver=True)["redeliver"]
    third = own_practice.control("whatsapp", redeliver=True)["redeliver"]

    assert (first, second, third) == ([500], [503], [200])
    assert [message.text for message in business.messages()] == ["Hello?"]


def test_a_forged_one_does_not_pass_pywa(own_practice, business):
    told = own_practice.control("whatsapp", receive={"text": "Hello?", "forged": True})

    assert told["receive"]["answers"] == [401]


def test_statuses_come_twice_in_any_order_or_not_at_all(own_practice, business, wa):
    own_practice.control("whatsapp", receive={"from": ADA})
    wa.send_message(ADA, "a")
    own_practice.control("whatsapp", release={"order": "reversed", "times": 2})
    wa.send_message(ADA, "b")
    own_practice.control("whatsapp", release={"skip": ["sent"], "together": True})

    assert [str(told.status) for told in business.told()] == [
        "delivered", "delivered", "sent", "sent", "delivered",
    ]  # fmt: skip


class TestTokens:
    def ask(self, practice, token, **more):
        query = urllib.parse.urlencode({"input_token": token, "access_token": f"{APP_ID}|{SECRET}", **more})
        with urllib.request.urlopen(f"{practice.whatsapp}/v25.0/debug_token?{query}") as answer:
            return json.load(answer)["data"]

    def test_a_good_one_says_what_it_may_and_until_when(self, own_practice):
        own_practice.control("whatsapp", token={"ends_at": "2027-01-20T00:00:00+00:00"})

        told = self.ask(own_practice, WHATSAPP_KEY)

        assert told["is_valid"]
        assert (told["type"], told["app_id"], told["expires_at"]) == ("SYSTEM_USER", APP_ID, 1800403200)
        assert "whatsapp_business_messaging" in told["scopes"]

    def test_a_bad_one_is_told_with_status_200(self, own_practice):
        own_practice.control("whatsapp", revoke_key=460)

        told, unknown = self.ask(own_practice, WHATSAPP_KEY), self.ask(own_practice, "nonsense")

        assert (told["is_valid"], told["error"]["subcode"]) == (False, 460)
        assert (unknown["is_valid"], unknown["error"]["code"]) == (False, 190)

    def test_a_bad_one_opens_nothing(self, own_practice, wa):
        own_practice.control("whatsapp", token={"ends_at": 1})

        with pytest.raises(pywa_errors.ExpiredAccessToken):
            wa.get_business_phone_number()

    def test_one_without_the_permission_may_not_send(self, own_practice, wa):
        own_practice.control("whatsapp", token={"scopes": ["whatsapp_business_management"]})

        with pytest.raises(pywa_errors.APIPermission):
            wa.send_message(ADA, "Hello")


def test_too_fast_is_told_for_the_number_and_for_each_customer(own_practice, wa):
    own_practice.control("whatsapp", limits={"per_second": 3})
    with pytest.raises(pywa_errors.RateLimitHit):
        _ = [wa.send_message(f"4917000000{n:02d}", "Hello") for n in range(5)]

    own_practice.control("whatsapp", limits={"per_second": 80, "pair_burst": 2})
    with pytest.raises(pywa_errors.TooManyMessages):
        _ = [wa.send_message(ADA, "Hello") for _ in range(3)]


@pytest.mark.parametrize("code", [code for code in CODES if code not in (1, 2)])
def test_each_error_is_one_that_pywa_knows(practice, code):
    practice.control("whatsapp", fail_next=f"code_{code}")

    with pytest.raises(pywa_errors.WhatsAppError) as caught:
        client_of(practice).get_business_phone_number()

    assert caught.value.code == code
    assert caught.value.details


def test_an_ended_version_is_served_by_the_oldest_living_one(own_practice):
    def served(version: str) -> str:
        request = urllib.request.Request(
            f"{own_practice.whatsapp}/{version}/{PHONE}", headers={"Authorization": f"Bearer {WHATSAPP_KEY}"}
        )
        with urllib.request.urlopen(request) as answer:
            return answer.headers["facebook-api-version"]

    own_practice.control("whatsapp", clock_at="2026-11-23T12:00:00+00:00")
    assert (served("v25.0"), served("v20.0")) == ("v25.0", "v21.0")
    own_practice.control("whatsapp", clock_at="2027-01-21T12:00:00+00:00")
    assert served("v21.0") == "v22.0"


def test_a_person_writes_as_a_customer_on_the_page(own_practice):
    form = urllib.parse.urlencode({"name": "Dana", "text": "Open on Sunday?"}).encode()
    urllib.request.urlopen(f"{own_practice.whatsapp}/write", form)

    page = urllib.request.urlopen(f"{own_practice.whatsapp}/").read().decode()
    assert "Open on Sunday?" in page
