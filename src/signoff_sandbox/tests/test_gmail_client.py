"""Google's official clients work unchanged against the practice Gmail."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from email.message import EmailMessage

import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from signoff_sandbox.gmail.accounts import EMAIL, SCOPE_ROOT
from signoff_sandbox.testing import CLIENT_ID, CLIENT_SECRET, Practice

BACK = "http://127.0.0.1:1/connected"


def credentials_of(practice: Practice, *scopes: str) -> Credentials:
    """Sign in headless and return credentials that know nothing but the refresh token."""
    grant = practice.grant(*scopes)
    return Credentials(
        None,
        refresh_token=grant.refresh_token,
        token_uri=f"{practice.gmail}/token",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
    )


def service_of(practice: Practice, *scopes: str):
    options = {"api_endpoint": f"{practice.gmail}/"}
    return build("gmail", "v1", credentials=credentials_of(practice, *scopes), client_options=options)


def raw(subject: str = "Hello", **headers: str) -> str:
    message = EmailMessage()
    message["To"] = "dana@whitfielddental.example"
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Grüße from practice\n")
    return base64.urlsafe_b64encode(message.as_bytes()).decode()


def reason_of(error: HttpError) -> str:
    return json.loads(error.content)["error"]["errors"][0]["reason"]


@pytest.fixture
def drafts(practice):
    return service_of(practice, "gmail.compose").users().drafts()


def flow_of(practice: Practice, monkeypatch) -> Flow:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    config = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "auth_uri": f"{practice.gmail}/o/oauth2/v2/auth",
        "token_uri": f"{practice.gmail}/token",
    }
    scopes = [SCOPE_ROOT + "gmail.compose"]
    return Flow.from_client_config(
        {"installed": config}, scopes=scopes, redirect_uri=BACK, autogenerate_code_verifier=True
    )


def allow(url: str, choice: str = "allow") -> dict[str, str]:
    """Press a button on the consent page; return what the app is sent."""
    page = urllib.request.urlopen(url).read().decode()
    assert "practice app" in page
    assert "Create and send drafts" in page

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    form = urllib.parse.urlencode({"choice": choice}).encode()
    with pytest.raises(urllib.error.HTTPError) as sent:
        urllib.request.build_opener(Stay).open(url, form)
    assert sent.value.code == 302
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(sent.value.headers["Location"]).query))


def test_a_person_allows_and_the_code_is_exchanged_with_pkce(practice, monkeypatch):
    flow = flow_of(practice, monkeypatch)
    url, state = flow.authorization_url(access_type="offline", prompt="consent")

    back = allow(url)
    flow.fetch_token(code=back["code"])

    assert back["state"] == state
    assert flow.credentials.refresh_token
    profile = build(
        "gmail", "v1", credentials=flow.credentials, client_options={"api_endpoint": f"{practice.gmail}/"}
    )
    assert profile.users().getProfile(userId="me").execute()["emailAddress"] == EMAIL


def test_a_person_who_says_no_sends_the_app_an_error(practice, monkeypatch):
    url, _ = flow_of(practice, monkeypatch).authorization_url()

    assert allow(url, "deny")["error"] == "access_denied"


def test_a_code_with_the_wrong_verifier_is_refused(practice, monkeypatch):
    flow = flow_of(practice, monkeypatch)
    url, _ = flow.authorization_url(access_type="offline")
    code = allow(url)["code"]
    flow.code_verifier = "another" * 10

    with pytest.raises(Exception, match="invalid_grant"):
        flow.fetch_token(code=code)


def test_a_code_works_once_and_a_second_use_ends_what_it_gave(practice, monkeypatch):
    flow = flow_of(practice, monkeypatch)
    url, _ = flow.authorization_url(access_type="offline")
    code = allow(url)["code"]
    flow.fetch_token(code=code)
    credentials = flow.credentials

    with pytest.raises(Exception, match="invalid_grant"):
        flow.fetch_token(code=code)
    with pytest.raises(RefreshError):
        credentials.refresh(Request())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"redirect_uri": "http://evil.example/"}, "redirect_uri_mismatch"),
        ({"scope": "https://www.googleapis.com/auth/everything"}, "invalid_scope"),
        ({"response_type": "token"}, "invalid_request"),
    ],
)
def test_a_wrong_request_for_consent_gets_a_page_and_no_code(practice, change, why):
    asked = {
        "client_id": CLIENT_ID,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": SCOPE_ROOT + "gmail.compose",
        "auto": "1",
        **change,
    }

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{practice.gmail}/o/oauth2/v2/auth?{urllib.parse.urlencode(asked)}")

    assert refused.value.code == 400
    assert why in refused.value.read().decode()


def test_a_draft_keeps_its_headers_in_every_format(drafts):
    body = {"message": {"raw": raw("Prüfung", X_Run_Id="run-7f3", Message_ID="<run-7f3@signoff.example>")}}

    made = drafts.create(userId="me", body=body).execute()

    full = drafts.get(userId="me", id=made["id"], format="full").execute()["message"]
    metadata = drafts.get(userId="me", id=made["id"], format="metadata").execute()["message"]
    as_sent = drafts.get(userId="me", id=made["id"], format="raw").execute()["message"]
    assert made["message"]["labelIds"] == ["DRAFT"]
    for form in (full, metadata):
        headers = {h["name"]: h["value"] for h in form["payload"]["headers"]}
        assert headers["X-Run-Id"] == "run-7f3"
        assert headers["Message-ID"] == "<run-7f3@signoff.example>"
        assert headers["Subject"] == "Prüfung"
    assert b"X-Run-Id: run-7f3" in base64.urlsafe_b64decode(as_sent["raw"])
    assert "Grüße" in base64.urlsafe_b64decode(full["payload"]["body"]["data"]).decode()


def test_a_draft_is_found_by_its_message_id(drafts):
    made = drafts.create(
        userId="me", body={"message": {"raw": raw(Message_ID="<find-me@signoff.example>")}}
    ).execute()

    found = drafts.list(userId="me", q="rfc822msgid:find-me@signoff.example").execute()
    none = drafts.list(userId="me", q="rfc822msgid:nobody@signoff.example").execute()

    assert [d["id"] for d in found["drafts"]] == [made["id"]]
    assert none == {"resultSizeEstimate": 0}


def test_drafts_are_listed_page_by_page(own_practice):
    drafts = service_of(own_practice, "gmail.compose").users().drafts()
    for number in range(5):
        drafts.create(userId="me", body={"message": {"raw": raw(f"Draft {number}")}}).execute()

    first = drafts.list(userId="me", maxResults=3).execute()
    second = drafts.list(userId="me", maxResults=3, pageToken=first["nextPageToken"]).execute()

    assert [len(page["drafts"]) for page in (first, second)] == [3, 2]
    assert "nextPageToken" not in second


def test_an_update_keeps_the_draft_id_and_changes_the_message_id(drafts):
    made = drafts.create(userId="me", body={"message": {"raw": raw("Before")}}).execute()

    changed = drafts.update(userId="me", id=made["id"], body={"message": {"raw": raw("After")}}).execute()

    assert changed["id"] == made["id"]
    assert changed["message"]["id"] != made["message"]["id"]


def test_a_sent_draft_is_gone_and_stands_under_sent_with_a_new_id(own_practice):
    users = service_of(own_practice, "gmail.modify").users()
    made = users.drafts().create(userId="me", body={"message": {"raw": raw("Sent")}}).execute()

    sent = users.drafts().send(userId="me", body={"id": made["id"]}).execute()

    with pytest.raises(HttpError) as gone:
        users.drafts().get(userId="me", id=made["id"]).execute()
    assert gone.value.resp.status == 404
    assert sent["id"] != made["message"]["id"]
    assert sent["labelIds"] == ["SENT"]
    assert [m["id"] for m in users.messages().list(userId="me", q="in:sent").execute()["messages"]] == [
        sent["id"]
    ]
    books = own_practice.books("gmail")
    assert (books["drafts"], [m["subject"] for m in books["sent"]]) == ([], ["Sent"])


def test_a_deleted_draft_is_gone(drafts):
    made = drafts.create(userId="me", body={"message": {"raw": raw()}}).execute()

    drafts.delete(userId="me", id=made["id"]).execute()

    with pytest.raises(HttpError) as gone:
        drafts.get(userId="me", id=made["id"]).execute()
    assert reason_of(gone.value) == "notFound"


def test_an_answer_arrives_in_the_thread_and_in_the_history(own_practice):
    users = service_of(own_practice, "gmail.modify").users()
    sent = users.messages().send(userId="me", body={"raw": raw("Question")}).execute()
    start = users.getProfile(userId="me").execute()["historyId"]

    answer = {
        "from": "dana@whitfielddental.example",
        "subject": "Re: Question",
        "thread_id": sent["threadId"],
    }
    own_practice.control("gmail", receive=answer)

    thread = users.threads().get(userId="me", id=sent["threadId"]).execute()
    changes = users.history().list(userId="me", startHistoryId=start).execute()
    assert len(thread["messages"]) == 2
    assert changes["history"][0]["messagesAdded"][0]["message"]["threadId"] == sent["threadId"]
    own_practice.control("gmail", forget_history=True)
    with pytest.raises(HttpError) as too_old:
        users.history().list(userId="me", startHistoryId=start).execute()
    assert too_old.value.resp.status == 404


def test_labels_are_told(practice):
    labels = service_of(practice, "gmail.modify").users().labels().list(userId="me").execute()["labels"]

    assert {"INBOX", "SENT", "DRAFT"} <= {label["id"] for label in labels}


def test_compose_cannot_read_messages(practice):
    with pytest.raises(HttpError) as refused:
        service_of(practice, "gmail.compose").users().messages().list(userId="me").execute()

    assert refused.value.resp.status == 403
    assert reason_of(refused.value) == "insufficientPermissions"


def test_send_alone_cannot_make_drafts(practice):
    with pytest.raises(HttpError) as refused:
        service_of(practice, "gmail.send").users().drafts().create(
            userId="me", body={"message": {"raw": raw()}}
        ).execute()

    assert refused.value.resp.status == 403


def test_metadata_shows_headers_and_nothing_more(own_practice):
    own_practice.control("gmail", receive={"from": "a@b.example", "subject": "Secret", "body": "text"})
    messages = service_of(own_practice, "gmail.metadata").users().messages()

    id = messages.list(userId="me").execute()["messages"][0]["id"]
    told = messages.get(userId="me", id=id, format="metadata", metadataHeaders=["Subject"]).execute()

    assert told["payload"]["headers"] == [{"name": "Subject", "value": "Secret"}]
    with pytest.raises(HttpError):
        messages.get(userId="me", id=id, format="full").execute()
    with pytest.raises(HttpError):
        messages.list(userId="me", q="secret").execute()


def test_a_message_without_a_recipient_is_not_sent(practice):
    empty = base64.urlsafe_b64encode(b"Subject: nobody\r\n\r\nx").decode()

    with pytest.raises(HttpError) as refused:
        service_of(practice, "gmail.send").users().messages().send(userId="me", body={"raw": empty}).execute()

    assert reason_of(refused.value) == "invalidArgument"


def test_a_refresh_gives_a_new_token_and_no_new_refresh_token(practice):
    credentials = credentials_of(practice, "gmail.compose")
    before = credentials.refresh_token

    credentials.refresh(Request())

    assert credentials.valid
    assert credentials.refresh_token == before


def test_an_access_token_ends_after_an_hour_and_is_refreshed(own_practice):
    service = service_of(own_practice, "gmail.compose")
    service.users().getProfile(userId="me").execute()

    own_practice.control("gmail", clock_offset_seconds=3600)

    assert service.users().getProfile(userId="me").execute()["emailAddress"] == EMAIL
    assert own_practice.books("gmail")["refreshes"] == 2


def test_a_revoked_grant_is_final(own_practice):
    credentials = credentials_of(own_practice, "gmail.compose")
    credentials.refresh(Request())

    own_practice.control("gmail", revoke_grant=True)

    with pytest.raises(RefreshError) as refused:
        credentials.refresh(Request())
    assert refused.value.args[1]["error"] == "invalid_grant"
    assert refused.value.retryable is False
    credentials_of(own_practice, "gmail.compose").refresh(Request())


def test_the_app_can_revoke_its_own_grant(own_practice):
    credentials = credentials_of(own_practice, "gmail.compose")

    form = urllib.parse.urlencode({"token": credentials.refresh_token}).encode()
    assert urllib.request.urlopen(f"{own_practice.gmail}/revoke", form).status == 200

    with pytest.raises(RefreshError):
        credentials.refresh(Request())


def test_in_testing_mode_a_grant_ends_after_seven_days(own_practice):
    own_practice.control("gmail", testing_mode=True)
    credentials = credentials_of(own_practice, "gmail.compose")

    own_practice.control("gmail", clock_offset_seconds=6 * 86_400)
    credentials.refresh(Request())
    own_practice.control("gmail", clock_offset_seconds=7 * 86_400 + 60)

    with pytest.raises(RefreshError):
        credentials.refresh(Request())


def test_a_rotated_client_secret_is_an_invalid_client(own_practice):
    credentials = credentials_of(own_practice, "gmail.compose")

    own_practice.control("gmail", rotate_client_secret="GOCSPX-new")

    with pytest.raises(RefreshError) as refused:
        credentials.refresh(Request())
    assert refused.value.args[1]["error"] == "invalid_client"


@pytest.mark.parametrize(("status", "reason"), [(403, "userRateLimitExceeded"), (429, "rateLimitExceeded")])
def test_the_units_of_a_minute_come_to_an_end(own_practice, status, reason):
    own_practice.control("gmail", units_per_minute=15, rate_limit_status=status)
    users = service_of(own_practice, "gmail.compose").users()
    users.drafts().create(userId="me", body={"message": {"raw": raw()}}).execute()

    with pytest.raises(HttpError) as refused:
        users.drafts().create(userId="me", body={"message": {"raw": raw()}}).execute()

    assert refused.value.resp.status == status
    assert reason_of(refused.value) == reason
    assert own_practice.books("gmail", summary=True)["rate_limited"] == 1


def test_gmail_may_replace_the_message_id_but_not_own_headers(own_practice):
    own_practice.control("gmail", rewrite_message_id=True)
    drafts = service_of(own_practice, "gmail.compose").users().drafts()

    body = {"message": {"raw": raw(Message_ID="<mine@x>", X_Run_Id="7")}}
    made = drafts.create(userId="me", body=body).execute()

    headers = own_practice.books("gmail")["drafts"][0]["headers"]
    assert made["id"]
    assert headers["Message-ID"].endswith("@mail.gmail.com>")
    assert headers["X-Run-Id"] == "7"
