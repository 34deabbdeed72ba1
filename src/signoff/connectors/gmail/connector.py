"""
Gmail: mail that arrives, drafts and messages that go out, and labels, as far as the sign-in allows.

The least sign-in (`gmail.compose`) may write drafts and send, and read back nothing but drafts. Reading and labelling
are asked for only where the owner wants them.

Gmail's drafts and messages are not idempotent. Each of ours carries a header with our marker,
`X-Signoff-Run`, and a `Message-ID` made of it (which Gmail may rewrite), by which it is found again after a
lost answer. Source: https://developers.google.com/gmail/api as of November 2026; VENDOR_APIS.md, section 7.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from signoff.connectors import oauth
from signoff.connectors.base import (
    Account,
    Connector,
    Event,
    Field,
    Intent,
    Notice,
    NotSent,
    Outcome,
    Page,
    Record,
    Sent,
    Unknown,
    Written,
    action,
    target,
)
from signoff.connectors.gmail import received
from signoff.connectors.gmail.answers import SCOPE, explain, id_of
from signoff.connectors.gmail.labelling import Label, put_labels
from signoff.connectors.gmail.received import ME
from signoff.connectors.letters import ARRIVES, MARK
from signoff.connectors.shapes import items, lenient_json, member, word
from signoff.connectors.writing import (
    WriteLetter,
    drafting,
    message_id,
    place_fault,
    plain,
    sending,
    told_by_mail,
    written,
)
from signoff.core.errors import AnswerUnexpected, PermissionMissing
from signoff.outbound.address import same_server
from signoff.outbound.request import KEY

TOKEN_INFO = "https://oauth2.googleapis.com/tokeninfo"  # noqa: S105 - an address
LOOK_THROUGH = (
    50  # newest drafts or messages whose headers are compared when a search by Message-ID finds none
)

_ALL = "https://mail.google.com/"
LABELLING = frozenset({f"{SCOPE}modify", _ALL})
DRAFTING = frozenset({f"{SCOPE}compose", f"{SCOPE}modify", _ALL})
SENDING = DRAFTING | {f"{SCOPE}send"}
READING = frozenset({f"{SCOPE}readonly", f"{SCOPE}modify", _ALL})
PERMISSIONS = {
    "create drafts": DRAFTING,
    "send e-mails": SENDING,
    "read e-mails": READING,
    "label e-mails": LABELLING,
}


class CreateDraft(WriteLetter):
    thread_id: str | None = target("The Gmail conversation to answer in.", default=None)


class SendMessage(CreateDraft):
    pass


class Gmail(Connector):
    """One Gmail mailbox, by a sign-in."""

    triggers = (ARRIVES,)

    def check(self) -> Account:
        reply = self.door.get(f"{ME}/profile")
        explain(reply)
        address = member(reply.json(), "emailAddress")
        if not isinstance(address, str) or not address:
            raise AnswerUnexpected(f"{reply.call}: emailAddress missing", app=self.manifest.name)
        scopes = self._scopes()
        may: list[str] = []
        lacks: list[str] = []
        for words, enough in PERMISSIONS.items():
            if scopes is None:  # Google does not say; writing drafts is what everybody allows
                may += [words] if enough >= DRAFTING else []
            else:
                (may if scopes & enough else lacks).append(words)
        return Account(address.lower(), address, tuple(may), tuple(lacks))

    def _scopes(self) -> frozenset[str] | None:
        """Return what the sign-in allows by Google's own word, or None where it does not say."""
        practice = "" if same_server(self.door.base_url, self.manifest.api.base_url) else self.door.base_url
        reply = self.door.get(oauth.endpoint(TOKEN_INFO, practice), params={"access_token": KEY})
        scope = member(lenient_json(reply), "scope") if reply.ok else None
        return frozenset(scope.split()) if isinstance(scope, str) else None

    # What comes in

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> Page:
        self._check_trigger(trigger)
        return received.changes(self.door, cursor, fields)

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> Record | None:
        self._check_trigger(trigger)
        return received.read(self.door, object_id, fields)

    def latest(self, trigger: str, most: int) -> Sequence[Event]:
        self._check_trigger(trigger)
        return received.latest(self.door, most)

    def fields(self, object: str) -> list[Field]:
        if object != "message":
            raise self._not_offered(f"fields of {object}")
        return list(received.MAIL_FIELDS)

    def _check_trigger(self, trigger: str) -> None:
        if trigger != ARRIVES.name:
            raise self._not_offered(f"the trigger {trigger}")

    # What goes out

    @drafting
    def create_draft(self, params: CreateDraft, marker: str) -> Written:
        reply = self.door.post(
            f"{ME}/drafts", effect="write", json={"message": self._message(params, marker)}
        )
        explain(reply)
        said = reply.json()
        return Written(id=id_of(reply, said), link=self._link("drafts", member(said, "message", "id")))

    @sending
    def send_message(self, params: SendMessage, marker: str) -> Written:
        reply = self.door.post(f"{ME}/messages/send", effect="write", json=self._message(params, marker))
        explain(reply)
        said = reply.json()
        return Written(id=id_of(reply, said), link=self._link("sent", member(said, "id")))

    @classmethod
    def place_fault(cls, place: str) -> str | None:
        return place_fault(place, cls.manifest.name)

    def tell(self, place: str, notice: Notice, marker: str) -> Written:
        """Write to somebody of the business; `place` is their address."""
        return self.perform("send_message", told_by_mail(place, notice), marker)

    @action(label="Label an e-mail", effect="write", repeatable=True, needs=("label e-mails",))
    def label(self, params: Label, marker: str) -> Written:
        return put_labels(self.door, params, self.manifest.name)

    def _message(self, params: CreateDraft, marker: str) -> dict[str, str]:
        """
        Return a message as Gmail takes it. Raises `InputRejected` naming a field that is not acceptable.
        """
        mail = written(params, marker, self.manifest.name)
        message = {"raw": base64.urlsafe_b64encode(mail.as_bytes()).decode()}
        if params.thread_id:
            message["threadId"] = params.thread_id
        return message

    def _link(self, folder: str, message_id: Any) -> str | None:
        if not word(message_id) or not same_server(self.door.base_url, self.manifest.api.base_url):
            return None
        return f"https://mail.google.com/mail/#{folder}/{message_id}"

    # Was it done?

    def reconcile(self, intent: Intent) -> Outcome:
        if intent.action == "create_draft":
            draft = self._find("drafts", "", intent.marker)
            if draft is not None:
                return Sent(draft)
        # A draft may have been sent by a person since; a message is in the sent folder if it went out.
        try:
            message = self._find("messages", "in:sent", intent.marker)
        except PermissionMissing:
            return Unknown("the sign-in does not allow to look into the sent folder")
        return NotSent() if message is None else Sent(message)

    def _find(self, kind: str, folder: str, marker: str) -> str | None:
        """Return the id of the draft or message that carries our marker, or None when there is none."""
        seen: set[str] = set()
        # Gmail may have rewritten the Message-ID; then it is among the newest, with our own header.
        for query in (f"rfc822msgid:{message_id(marker).strip('<>')}", ""):
            for id in self._newest(kind, f"{folder} {query}".strip()):
                if id not in seen and self._carries(kind, id, marker):
                    return id
                seen.add(id)
        return None

    def _newest(self, kind: str, query: str) -> Iterator[str]:
        params = {"maxResults": str(LOOK_THROUGH), **({"q": query} if query else {})}
        reply = self.door.get(f"{ME}/{kind}", params=params)
        explain(reply)
        for item in items(member(reply.json(), kind)):
            if isinstance(member(item, "id"), str):
                yield item["id"]

    def _carries(self, kind: str, id: str, marker: str) -> bool:
        reply = self.door.get(f"{ME}/{kind}/{quote(id, safe='')}", params={"format": "metadata"})
        if reply.status == 404:  # gone between the list and now
            return False
        explain(reply)
        said = reply.json()
        message = member(said, "message") if kind == "drafts" else said
        ours = {MARK.lower(): plain(marker), "message-id": message_id(marker)}
        return any(
            ours.get(str(member(header, "name")).lower()) == str(member(header, "value")).strip()
            for header in items(member(message, "payload", "headers"))
        )
