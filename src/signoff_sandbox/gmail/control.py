"""What `POST /_control` can do to the practice Gmail; `signoff_sandbox.control` lists the verbs."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from signoff_sandbox.desk import Json, Verb
from signoff_sandbox.gmail.accounts import EMAIL, Accounts
from signoff_sandbox.gmail.mailbox import Mailbox, decode_raw
from signoff_sandbox.gmail.quota import Quota
from signoff_sandbox.gmail.telling import short


class Control:
    """Does what the person, Google or an administrator could do meanwhile."""

    def __init__(self, accounts: Accounts, mailbox: Mailbox, quota: Quota) -> None:
        self.accounts = accounts
        self.mailbox = mailbox
        self.quota = quota

    def verbs(self) -> dict[str, Verb]:
        return {
            "revoke_grant": self._revoke_grant,
            "expire_access_tokens": self._expire_access,
            "access_token_seconds": lambda n: setattr(self.accounts, "access_seconds", int(n)),
            "testing_mode": lambda on: setattr(self.accounts, "testing", bool(on)),
            "rotate_client_secret": lambda secret: setattr(self.accounts, "client_secret", str(secret)),
            "units_per_minute": lambda n: setattr(self.quota.window, "limit", float(n)),
            "rate_limit_status": lambda status: setattr(self.quota, "status", int(status)),
            "rewrite_message_id": lambda on: setattr(self.mailbox, "rewrites_message_id", bool(on)),
            "forget_history": self._forget_history,
            "receive": self._receive,
            "person_sends": self._person_sends,
            "person_labels": self._person_labels,
            "delete_message": self._delete_message,
            "send_draft": lambda id: short(self.mailbox.send_draft(str(id))),
            "delete_draft": lambda id: self.mailbox.delete_draft(str(id)),
        }

    def _revoke_grant(self, _: Any) -> bool:
        self.accounts.end_all()
        return True

    def _expire_access(self, _: Any) -> bool:
        self.accounts.access.clear()
        return True

    def _forget_history(self, _: Any) -> int:
        self.mailbox.history.clear()
        self.mailbox.history_floor = self.mailbox.history_id
        return self.mailbox.history_floor

    def _receive(self, asked: Any) -> Json:
        """
        A message arrives: `{"from", "subject", "body", "html", "headers", "thread_id", "labels", "age_seconds"}`,
        or whole as `{"raw"}` (base64url). In the inbox, unless `labels` say otherwise.
        """
        at_ms = int((self.accounts.clock.now() - float(asked.get("age_seconds", 0))) * 1000)
        labels, thread_id = asked.get("labels") or (), str(asked.get("thread_id") or "")
        if "raw" in asked:
            return short(self.mailbox.receive(decode_raw(asked["raw"]), thread_id, labels, at_ms))
        message = EmailMessage()
        message["From"] = asked["from"]
        message["To"] = EMAIL
        message["Subject"] = asked.get("subject", "")
        for name, value in (asked.get("headers") or {}).items():
            message[name] = value
        message.set_content(asked.get("body", ""))
        if "html" in asked:
            message.add_alternative(str(asked["html"]), subtype="html")
        return short(self.mailbox.receive(message.as_bytes(), thread_id, labels, at_ms))

    def _person_sends(self, asked: Any) -> Json:
        """`{"to", "subject", "body"}`: the person writes and sends an e-mail in Gmail."""
        message = EmailMessage()
        message["From"], message["To"] = EMAIL, asked["to"]
        message["Subject"] = asked.get("subject", "")
        message.set_content(asked.get("body", ""))
        return short(self.mailbox.send(message.as_bytes()))

    def _person_labels(self, asked: Any) -> Json:
        """`{"id", "add": [label], "remove": [label]}`: the person archives, marks as spam, or takes it back."""
        mail = self.mailbox.mail(str(asked["id"]))
        self.mailbox.relabel(mail, asked.get("add") or (), asked.get("remove") or ())
        return short(mail)

    def _delete_message(self, id: Any) -> bool:
        self.mailbox.delete(str(id))
        return True
