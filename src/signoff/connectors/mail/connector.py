"""
A mailbox at any provider: mail that arrives, drafts, and what is sent.

IMAP keeps no promise against writing twice, and SMTP none at all. So each letter of ours carries a Message-ID made of
our marker and the marker itself in a header, `X-Signoff-Run`; by them it is found again after a lost answer. Where a
server's sent folder is not certain to hold all that was sent, a letter that is not there may still have gone out: then
a person is asked. Sources: RFC 9051 (IMAP), RFC 5321 and 6409 (sending), RFC 6154 (marks of folders).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Final, Literal

from pydantic import Field as PydanticField

from signoff.connectors.base import (
    Account,
    Connector,
    Field,
    Intent,
    Mailbox,
    Notice,
    NotSent,
    Outcome,
    Page,
    Params,
    Record,
    Sent,
    Unknown,
    Written,
    action,
    target,
)
from signoff.connectors.letters import ARRIVES, MARK
from signoff.connectors.mail import received
from signoff.connectors.mail.finding import found_for
from signoff.connectors.mail.folders import Use, folder_for, needed
from signoff.connectors.mail.refusals import told
from signoff.connectors.mail.servers import domain_of, mailbox_of, own_address
from signoff.connectors.writing import (
    WriteLetter,
    drafting,
    message_id,
    one_line,
    place_fault,
    plain,
    sending,
    told_by_mail,
    written,
)
from signoff.core.clock import now
from signoff.core.errors import InputRejected, SignoffError, VendorDown
from signoff.outbound.imap import Box, FolderMissing
from signoff.outbound.mail_door import MailDoor

TO_TAKE_OVER: Final = timedelta(
    seconds=150
)  # a server may take this long from the last byte to its sent folder
SOON: Final = timedelta(
    minutes=15
)  # within this time nobody has sent or deleted a draft they did not know of

Mark = Literal["read", "unread", "flagged", "not flagged", "answered"]
_MARKS: Final[dict[Mark, tuple[str, bool]]] = {
    "read": ("\\Seen", True),
    "unread": ("\\Seen", False),
    "flagged": ("\\Flagged", True),
    "not flagged": ("\\Flagged", False),
    "answered": ("\\Answered", True),
}


class MarkMail(Params):
    message: str = target("The e-mail in the mailbox: its id.", min_length=1)
    mark: Mark = PydanticField(description="How to mark it: read, unread, flagged, not flagged or answered.")


class MoveMail(Params):
    message: str = target("The e-mail in the mailbox: its id.", min_length=1)
    folder: str = target("The folder it goes to, by its name.", min_length=1, max_length=200)


class Mail(Connector):
    """One mailbox, by a password or a sign-in."""

    door: MailDoor  # type: ignore[assignment]  # `door = "mail"` in the manifest: this way out, not that for HTTP
    triggers = (ARRIVES,)

    @classmethod
    def found(cls, stated: Mapping[str, str]) -> dict[str, str]:
        return found_for(stated, cls.manifest)

    @classmethod
    def mailbox(cls, settings: Mapping[str, str]) -> Mailbox:
        return mailbox_of(settings, cls.manifest.auth.preset(settings))

    @property
    def address(self) -> str:
        return own_address(self.settings)

    def check(self) -> Account:
        """Sign in at both servers: each says by itself whether it lets us in."""
        place = self.mailbox(self.settings)
        with self._told(), self.door.mailbox(fresh=True) as box:
            box.open(self.settings["folder"])
            has_drafts = folder_for("drafts", self.settings["drafts_folder"], box.folders()) is not None
        if place.smtp is not None:
            with self._told(reading_works=True):
                self.door.try_sending()
        can = {"read e-mails": True, "create drafts": has_drafts, "send e-mails": place.smtp is not None}
        return Account(
            self.address.lower(),
            self.address,
            tuple(what for what, is_so in can.items() if is_so),
            tuple(what for what, is_so in can.items() if not is_so),
        )

    # What comes in

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> Page:
        self._check_trigger(trigger)
        with self._told():
            return received.changes(self._inbox(), cursor, fields)

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> Record | None:
        self._check_trigger(trigger)
        with self._told():
            return received.read(self._inbox(), object_id, fields)

    def fields(self, object: str) -> list[Field]:
        if object != "message":
            raise self._not_offered(f"fields of {object}")
        return list(received.MAIL_FIELDS)

    def _inbox(self) -> received.Inbox:
        return received.Inbox(self.door, self.settings["folder"], self.address, self.settings["starts"])

    def _check_trigger(self, trigger: str) -> None:
        if trigger != ARRIVES.name:
            raise self._not_offered(f"the trigger {trigger}")

    # What goes out

    @drafting
    def create_draft(self, params: WriteLetter, marker: str) -> Written:
        mail = self._mail(params, marker)
        with self._told(), self.door.mailbox() as box:
            folder = needed(box, "drafts", self.settings["drafts_folder"], self.manifest.name)
            box.append(folder, mail.as_bytes(), ("\\Draft", "\\Seen"), now())
        return Written(id=str(mail["Message-ID"]).strip("<>"))

    @sending
    def send_message(self, params: WriteLetter, marker: str) -> Written:
        mail = self._mail(params, marker)
        with self._told():
            self.door.send(self.address, [str(mail["To"])], mail.as_bytes())
        # It is sent, whatever happens to the copy.
        note = "" if self._files_sent else self._file(mail, marker)
        return Written(id=str(mail["Message-ID"]).strip("<>"), note=note)

    @classmethod
    def place_fault(cls, place: str) -> str | None:
        return place_fault(place, cls.manifest.name)

    def tell(self, place: str, notice: Notice, marker: str) -> Written:
        """Write to somebody of the business; `place` is their address."""
        return self.perform("send_message", told_by_mail(place, notice), marker)

    @action(label="Mark an e-mail", effect="write", repeatable=True, needs=("read e-mails",))
    def mark(self, params: MarkMail, marker: str) -> Written:
        with self._told(), self.door.mailbox() as box:
            uid = received.located(box, box.open(self.settings["folder"], to_write=True), params.message)
            if uid is None:
                raise self._gone()
            flag, on = _MARKS[params.mark]
            box.mark(uid, (flag,), on=on)
        return Written(id=params.message)

    @action(label="Move an e-mail", effect="write", repeatable=True, needs=("read e-mails",))
    def move(self, params: MoveMail, marker: str) -> Written:
        with self._told(), self.door.mailbox() as box:
            if not any(one.name == params.folder for one in box.folders()):
                raise self._no_such_folder()
            uid = received.located(box, box.open(self.settings["folder"], to_write=True), params.message)
            if uid is not None:
                box.move(uid, params.folder)
            elif not self._was_moved(box, params):
                raise self._gone()
        return Written(id=params.message)

    def _was_moved(self, box: Box, params: MoveMail) -> bool:
        """Say whether the mail lies in that folder already: it was moved, and the answer was lost."""
        box.open(params.folder)
        return received.by_message_id(box, params.message.split(".", 2)[-1]) is not None

    def _mail(self, params: WriteLetter, marker: str) -> EmailMessage:
        """Return the letter as it is sent or kept. Raises `InputRejected` naming a field that is not acceptable."""
        mail = written(params, marker, self.manifest.name, domain_of(self.address))
        mail.policy = SMTP.clone(cte_type="7bit")  # any server takes that
        mail.set_content(params.body.replace("\r\n", "\n"))
        sender = one_line("sender", self.settings["sender"], self.manifest.name)
        mail["From"] = formataddr((sender, self.address))
        mail["Date"] = format_datetime(now())
        return mail

    @property
    def _files_sent(self) -> bool:
        """Say whether the provider keeps a copy of what is sent by itself."""
        return self.preset is not None and self.preset.traits.get("files_sent") == "yes"

    def _file(self, mail: EmailMessage, marker: str) -> str:
        """Put a copy among the sent mails, unless the server has; return what the owner should know of it."""
        try:
            with self.door.mailbox() as box:
                folder = folder_for("sent", self.settings["sent_folder"], box.folders())
                if folder is None:
                    return "Sent. The mailbox has no folder for sent e-mails, so there is no copy."
                box.open(folder)
                if self._find(box, marker) is None:
                    box.append(folder, mail.as_bytes(), ("\\Seen",), now())
        except SignoffError:
            return "Sent. Whether there is a copy among the sent e-mails is not sure."
        return ""

    # Was it done?

    def reconcile(self, intent: Intent) -> Outcome:
        age = now() - intent.started_at
        with self._told(), self.door.mailbox() as box:
            uses: tuple[Use, ...] = ("drafts", "sent") if intent.action == "create_draft" else ("sent",)
            for use in uses:
                found = self._found_in(box, use, intent.marker)
                if found:
                    return Sent(message_id(intent.marker, domain_of(self.address)).strip("<>"))
        is_draft = intent.action == "create_draft"
        knows = is_draft or (self.preset is not None and self.preset.traits.get("knows_sent") == "yes")
        if not knows:
            return Unknown("no copy is among the sent e-mails, which proves nothing")
        if age < TO_TAKE_OVER:
            raise VendorDown(
                "IMAP SEARCH: not there yet",
                app=self.manifest.name,
                retry_after_seconds=(TO_TAKE_OVER - age).total_seconds(),
            )
        if is_draft and age > SOON:
            return Unknown("it is not among the drafts, where it may have been")
        return NotSent()

    def _found_in(self, box: Box, use: Use, marker: str) -> bool:
        folder = folder_for(use, self.settings[f"{use}_folder"], box.folders())
        if folder is None:
            return False
        try:
            box.open(folder)
        except FolderMissing:
            return False
        return self._find(box, marker) is not None

    def _find(self, box: Box, marker: str) -> int | None:
        """Return the number of the mail in the open folder that carries our marker."""
        ours = (("Message-ID", message_id(marker, domain_of(self.address))), (MARK, plain(marker)))
        found = (max(box.search("HEADER", name, value), default=None) for name, value in ours)
        return next((uid for uid in found if uid is not None), None)

    # Refusals

    def _told(self, *, reading_works: bool = False) -> AbstractContextManager[None]:
        manifest = self.manifest.chosen(self.settings)
        return told(manifest, self.preset, self.mailbox(self.settings), reading_works=reading_works)

    def _gone(self) -> InputRejected:
        return InputRejected(
            "IMAP SEARCH: no such mail in the folder",
            app=self.manifest.name,
            field="message",
            owner_message="The e-mail is not in its folder any more. Nothing was changed in {app}.",
            next_step="If it was deleted or moved by somebody, nothing is to be done.",
        )

    def _no_such_folder(self) -> InputRejected:
        return InputRejected(
            "IMAP LIST: no such folder",
            app=self.manifest.name,
            field="folder",
            owner_message="The mailbox has no folder of the name in “folder”. Nothing was moved.",
            next_step="Make the folder in your mail program, or mend its name in the integration; then run it again.",
        )
