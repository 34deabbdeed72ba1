"""
WhatsApp, by Meta's Cloud API on the Graph version in the manifest.

Three things shape this file. There is no draft and no idempotency key: what is sent is sent, and after a lost answer
nobody can be asked. So each message carries our marker in `biz_opaque_callback_data`, and what Meta tells us of it
later settles what was unsure. An answer of 200 means accepted, not delivered. And a customer may be answered freely
for 24 hours only; afterwards it must be a template that Meta has approved.
Source: https://developers.facebook.com/docs/whatsapp/cloud-api as of November 2026; VENDOR_APIS.md, section 8.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator
from pydantic import Field as PydanticField

from signoff.connectors.base import (
    Account,
    Approved,
    Choice,
    Connector,
    Event,
    Field,
    File,
    Intent,
    Notice,
    Outcome,
    Params,
    Receipt,
    Trigger,
    Unknown,
    Window,
    Written,
    action,
    target,
)
from signoff.connectors.push import Push
from signoff.connectors.shapes import items, lenient_json, member, word
from signoff.connectors.whatsapp import inbound
from signoff.connectors.whatsapp.faults import APP, explain, rejected
from signoff.core.errors import (
    AnswerUnexpected,
    InputRejected,
    PermissionMissing,
    SignatureRejected,
)
from signoff.core.secret import Secret
from signoff.outbound.reply import Reply
from signoff.outbound.request import KEY, Hidden

SENDING = "whatsapp_business_messaging"
MANAGING = "whatsapp_business_management"
NUMBER_FIELDS = "id,display_phone_number,verified_name,quality_rating,account_mode,status"
BARRED = {"BANNED": "banned", "RESTRICTED": "restricted", "DISCONNECTED": "disconnected"}
TEMPLATE = re.compile(r"[a-z0-9_]{1,512}/[A-Za-z_]{2,10}")
USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
LONGEST_TEXT = 4096
MOST_TEMPLATES = 1000
WINDOW = Window(
    whom="to", lasts=timedelta(hours=24), instead="send_template", choose="template", fill="values"
)


def _recipient(text: str) -> str:
    """Return a phone number as digits with its country code, or a business-scoped id as it is."""
    bare = text.strip()
    if USER_ID.fullmatch(bare):
        return bare
    digits = re.sub(r"[\s()./-]", "", bare).removeprefix("+")
    if not re.fullmatch(r"[1-9][0-9]{6,14}", digits):
        raise ValueError("neither a phone number with its country code nor a WhatsApp id")
    return digits


def _one_line(text: str) -> str:
    """Return what goes into a blank of a template: WhatsApp takes no line breaks or wide gaps there."""
    line = " ".join(text.split())
    if not line:
        raise ValueError("empty")
    return line


Recipient = Annotated[str, AfterValidator(_recipient)]


class SendText(Params):
    to: Recipient = target("Whom to write to: a phone number with its country code, or `record.from`.")
    body: str = PydanticField(description="The text.", min_length=1, max_length=LONGEST_TEXT)
    reply_to: str | None = target(
        "The message that is answered, shown above the answer: `record.id`.", default=None
    )


class SendTemplate(Params):
    to: Recipient = target("Whom to write to: a phone number with its country code, or `record.from`.")
    template: str = target(
        "The template's name and language: answer_ready/en_US.", pattern=r"^[a-z0-9_]{1,512}/[A-Za-z_]{2,10}$"
    )
    values: list[Annotated[str, AfterValidator(_one_line)]] = PydanticField(
        default_factory=list, description="What goes into its blanks, in their order.", max_length=20
    )


class MarkAsRead(Params):
    message: str = target("The customer's message: `record.id`.", min_length=1)


class WhatsApp(Connector):
    """One phone number of a business, by the access token of a system user."""

    triggers = (
        Trigger(
            "message_received",
            "A customer writes",
            "message",
            tuple(field.name for field in inbound.FIELDS),
            pushed=True,
        ),
    )

    # Who we are

    def check(self) -> Account:
        token = self._token()
        scopes = {scope for scope in items(member(token, "scopes")) if isinstance(scope, str)}
        if SENDING not in scopes:
            raise PermissionMissing(
                f"debug_token: {SENDING} is not among the scopes",
                app=APP,
                lacks=(SENDING,),
                owner_message="This key may not send {app} messages.",
                next_step=f"Generate a new token for the system user, and tick {SENDING} and {MANAGING}.",
            )
        self._hold_secret_to(word(str(member(token, "app_id") or "")))
        number = self._number()
        may, lacks = ["receive and send messages"], []
        if MANAGING in scopes:
            self._account()
            may.append("read your templates")
        else:
            lacks.append(f"read your templates ({MANAGING})")
        served = word(self.door.last_headers.get("facebook-api-version", ""))
        if served and served != self.api_version:
            lacks.append(
                f"a newer Signoff: Meta has ended the version it speaks, and {served} answers instead"
            )
        if member(number, "quality_rating") == "RED":
            lacks.append("a better quality: customers block or report this number, and Meta may limit it")
        shown = " ".join(
            str(member(number, name))
            for name in ("verified_name", "display_phone_number")
            if member(number, name)
        )
        test = " (test number)" if member(number, "account_mode") == "SANDBOX" else ""
        return Account(
            self.settings["phone_number_id"],
            (shown or "WhatsApp") + test,
            tuple(may),
            tuple(lacks),
            _ends_at(token),
        )

    def _token(self) -> Any:
        """Return what Meta says of our token. Raises `CredentialRejected` when it is not good (any more)."""
        reply = self.door.get("/debug_token", params={"input_token": KEY})
        explain(reply)
        token = member(reply.json(), "data")
        if not isinstance(token, dict):
            raise AnswerUnexpected(f"{reply.call}: data missing", app=APP)
        if token.get("is_valid") is not True:
            raise rejected(f"{reply.call}: not valid", member(token, "error", "subcode"))
        return token

    def _hold_secret_to(self, app_id: str) -> None:
        """
        Find out whether the app secret is the one of the app that our token belongs to.

        With the secret of another app nothing that Meta tells us would be believed, and nobody would notice.
        """
        asked = {"input_token": KEY, "access_token": Hidden("app_secret", before=f"{app_id}|")}
        reply = self.door.get("/debug_token", params=asked, signed=False)
        if reply.ok:
            return
        code = member(lenient_json(reply), "error", "code")
        if code in (1, 100, 101, 190):
            raise InputRejected(
                f"{reply.call}: the app secret is not accepted for the app of the token",
                app=APP,
                field="app_secret",
                owner_message="The app secret is not the one of the app that this key belongs to, so no message could "
                "be let in.",
                next_step="Copy it from App settings, Basic, of the same app for which you made the token.",
            )
        explain(reply)

    def _number(self) -> Any:
        reply = self.door.get(f"/{_path(self.settings['phone_number_id'])}", params={"fields": NUMBER_FIELDS})
        explain(reply)
        number = reply.json()
        if str(member(number, "id")) != self.settings["phone_number_id"]:
            raise AnswerUnexpected(f"{reply.call}: id missing or another one", app=APP)
        barred = BARRED.get(str(member(number, "status")))
        if barred:
            raise PermissionMissing(
                f"{reply.call}: status {member(number, 'status')}",
                app=APP,
                owner_message=f"Meta has {barred} this phone number, so nothing can be sent from it.",
                next_step="Open Meta Business Support Home to see why, then press Test now under Connections.",
            )
        return number

    def _account(self) -> None:
        """Look whether the business account is the one that is meant."""
        reply = self.door.get(
            f"/{_path(self.settings['waba_id'])}/phone_numbers", params={"fields": "id", "limit": "100"}
        )
        if reply.status in (400, 403, 404) and member(lenient_json(reply), "error", "code") in (10, 100, 200):
            raise self._other_account(f"{reply.call}: not known")
        explain(reply)
        said = reply.json()
        ids = {str(member(number, "id")) for number in items(member(said, "data"))}
        if self.settings["phone_number_id"] not in ids and not member(said, "paging", "next"):
            raise self._other_account(f"{reply.call}: the number is not among its numbers")

    def _other_account(self, detail: str) -> InputRejected:
        return InputRejected(
            detail,
            app=APP,
            field="waba_id",
            owner_message="The phone number does not belong to this {app} Business account, or the key may not see it.",
            next_step="Copy both IDs from the same page: WhatsApp, API setup.",
        )

    # What comes in

    @classmethod
    def handshake(cls, push: Push, secrets: Mapping[str, Secret]) -> str | None:
        asked = push.query()
        if push.method != "GET" or asked.get("hub.mode") != "subscribe":
            return None
        kept = secrets.get("verify_token")
        given = asked.get("hub.verify_token", "").strip()
        if kept is None or not hmac.compare_digest(kept.reveal().encode(), given.encode()):
            raise SignatureRejected("hub.verify_token is another one", app=APP)
        challenge = word(asked.get("hub.challenge", ""))
        if not challenge:
            raise SignatureRejected("hub.challenge is missing or none of Meta's", app=APP)
        return challenge

    @classmethod
    def receive(cls, push: Push, trigger: str) -> Sequence[Event]:
        return inbound.messages(push)

    @classmethod
    def receipts(cls, push: Push) -> Sequence[Receipt]:
        return inbound.receipts(push)

    def fields(self, object: str) -> list[Field]:
        if object == "message":
            return list(inbound.FIELDS)
        if object == "template":
            choices = tuple(Choice(one.key, one.label) for one in self.approved())
            return [Field("template", "Template", "choice", choices=choices)]
        raise self._not_offered(f"fields of {object}")

    def file(self, reference: str) -> File:
        """Return a file that a customer has sent; its address holds for five minutes, so it is asked for each time."""
        found = self.door.get(
            f"/{_path(reference)}", params={"phone_number_id": self.settings["phone_number_id"]}
        )
        self._file_is_there(found)
        said = found.json()
        address = member(said, "url")
        if not isinstance(address, str) or not address:
            raise AnswerUnexpected(f"{found.call}: url missing", app=APP)
        reply = self.door.get(address)
        self._file_is_there(reply)
        kind = str(member(said, "mime_type") or reply.headers.get("content-type", ""))
        return File(kind.split(";")[0].strip(), reply.body)

    def _file_is_there(self, reply: Reply) -> None:
        if reply.status == 404 or member(lenient_json(reply), "error", "code") == 100:
            raise InputRejected(
                f"{reply.call}: {reply.status}",
                app=APP,
                field="file",
                owner_message="{app} does not keep this file any more.",
                next_step="Ask the customer to send it once more.",
            )
        explain(reply)

    # What goes out

    @action(
        label="Send a WhatsApp message",
        effect="write",
        repeatable=False,
        reaches_customer=True,
        window=WINDOW,
    )
    def send_text(self, params: SendText, marker: str) -> Written:
        message: dict[str, Any] = {"type": "text", "text": {"body": params.body, "preview_url": False}}
        if params.reply_to:
            message["context"] = {"message_id": params.reply_to}
        return self._send(params.to, message, marker)

    @action(label="Send a WhatsApp template", effect="write", repeatable=False, reaches_customer=True)
    def send_template(self, params: SendTemplate, marker: str) -> Written:
        name, _, language = params.template.partition("/")
        template: dict[str, Any] = {"name": name, "language": {"code": language}}
        if params.values:
            blanks = [{"type": "text", "text": value} for value in params.values]
            template["components"] = [{"type": "body", "parameters": blanks}]
        return self._send(params.to, {"type": "template", "template": template}, marker)

    def _send(self, to: str, message: Mapping[str, Any], marker: str) -> Written:
        whom = {"recipient": to} if USER_ID.fullmatch(to) else {"to": to}
        reply = self._post(
            {"recipient_type": "individual", **whom, **message, "biz_opaque_callback_data": marker}
        )
        sent = next(iter(items(member(reply.json(), "messages"))), None)
        id = member(sent, "id")
        if not isinstance(id, str) or not id:
            raise reply.unexpected(f"{reply.call}: messages.0.id missing")
        return Written(
            id=id, note="WhatsApp has accepted it. Whether it arrives stands here as soon as we are told."
        )

    @classmethod
    def place_fault(cls, place: str) -> str | None:
        whom, _, template = place.partition(":")
        try:
            _recipient(whom)
        except ValueError:
            return "is no phone number with its country code, such as +4930123456"
        if not TEMPLATE.fullmatch(template):
            return (
                "needs an approved template behind a colon, such as +4930123456:draft_waiting/en. Without one, "
                "WhatsApp brings a message only within a day of one from there"
            )
        return None

    def tell(self, place: str, notice: Notice, marker: str) -> Written:
        """
        Send somebody of the business a link, and what it leads to, by an approved template with two blanks for these.

        `place` is their number, and the template behind a colon. Free text would be accepted and then not delivered,
        unless they wrote to us within a day.
        """
        whom, _, template = place.partition(":")
        asked = {"to": whom, "template": template, "values": [notice.title, notice.url]}
        return self.perform("send_template", asked, marker)

    @action(label="Mark a WhatsApp message as read", effect="write", repeatable=True)
    def mark_as_read(self, params: MarkAsRead, marker: str) -> Written:
        reply = self._post({"status": "read", "message_id": params.message})
        if member(reply.json(), "success") is not True:
            raise reply.unexpected(f"{reply.call}: success missing")
        return Written(id=params.message)

    def _post(self, asked: Mapping[str, Any]) -> Reply:
        reply = self.door.post(
            f"/{_path(self.settings['phone_number_id'])}/messages",
            effect="write",
            json={"messaging_product": "whatsapp", **asked},
        )
        explain(reply)
        return reply

    def approved(self) -> list[Approved]:
        """Return the approved templates that consist of text, with blanks in their body alone."""
        found: list[Approved] = []
        after = ""
        while len(found) < MOST_TEMPLATES:
            page = {"status": "APPROVED", "limit": "100", "fields": "name,language,status,components"}
            reply = self.door.get(
                f"/{_path(self.settings['waba_id'])}/message_templates",
                params={**page, **({"after": after} if after else {})},
            )
            explain(reply)
            said = reply.json()
            found += [one for told in items(member(said, "data")) if (one := _approved(told)) is not None]
            following = member(said, "paging", "cursors", "after")
            if not member(said, "paging", "next") or not isinstance(following, str) or following == after:
                break
            after = following
        return sorted(found, key=lambda one: one.key)

    def reconcile(self, intent: Intent) -> Outcome:
        """Return that nobody can be asked: Meta tells by itself what became of a message (`receipts`)."""
        return Unknown("WhatsApp cannot be asked for a message; it tells us what became of it")


def _approved(told: Any) -> Approved | None:
    """Return a template that we can send: an approved one, with nothing to fill but the blanks of its body."""
    name, language = word(member(told, "name")), word(member(told, "language"))
    if not name or not language or member(told, "status") not in ("APPROVED", None):
        return None
    body = ""
    for part in items(member(told, "components")):
        text = member(part, "text")
        if str(member(part, "type")).upper() == "BODY":
            body = text if isinstance(text, str) else ""
        elif "{{" in str(part) or str(member(part, "format")).upper() in (
            "IMAGE",
            "VIDEO",
            "DOCUMENT",
            "LOCATION",
        ):
            return None  # a header or a button that wants something of its own
    one = Approved(f"{name}/{language}", f"{name.replace('_', ' ')} ({language})", body)
    return one if body and one.text.count("{{") == len(re.findall(r"{{\d+}}", body)) else None


def _ends_at(token: Any) -> datetime | None:
    """Return the first moment at which the token stops to be good, None when it never does."""
    ends = [
        int(seconds)
        for name in ("expires_at", "data_access_expires_at")
        if isinstance(seconds := member(token, name), int | float) and seconds > 0
    ]
    return datetime.fromtimestamp(min(ends), UTC) if ends else None


def _path(id: str) -> str:
    return quote(id, safe="")
