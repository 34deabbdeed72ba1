"""The books of the practice Gmail, for programs and for people."""

from __future__ import annotations

import html

from signoff_sandbox.clock import iso
from signoff_sandbox.desk import Json
from signoff_sandbox.gmail.accounts import EMAIL, PERSON, Accounts
from signoff_sandbox.gmail.mailbox import Mail, Mailbox
from signoff_sandbox.gmail.quota import Quota
from signoff_sandbox.gmail.telling import written
from signoff_sandbox.page import page, table


class Books:
    """Tells what stands in the mailbox and what was done by API."""

    def __init__(self, accounts: Accounts, mailbox: Mailbox, quota: Quota) -> None:
        self.accounts = accounts
        self.mailbox = mailbox
        self.quota = quota

    def summary(self) -> Json:
        """Return counts only; cheap for any number of drafts."""
        box, sent = self.mailbox, self._sent()
        return {
            **self._common(),
            "drafts": len(box.drafts),
            "sent": len(sent),
            "drafts_deleted": len(box.drafts_deleted),
            "tokens": len(self.accounts.access),
        }

    def whole(self) -> Json:
        """Return all drafts, sent messages, and the tokens' last letters."""
        box, sent = self.mailbox, self._sent()
        return {
            **self._common(),
            "drafts": [
                {"id": id, **written(box.mails[mail_id]), "created_at": iso(box.draft_made_at(id))}
                for id, mail_id in box.drafts.items()
            ],
            "sent": [{"id": m.id, **written(m)} for m in sent],
            "received": [
                {
                    "id": m.id,
                    "labels": [box.labels.get(name, {}).get("name", name) for name in m.labels],
                    **written(m),
                }
                for m in box.mails.values()
                if not {"SENT", "DRAFT"} & set(m.labels)
            ],
            "labels": [label["name"] for label in box.labels.values() if label["type"] == "user"],
            "drafts_deleted": box.drafts_deleted,
            "tokens": [
                {"last4": a.token[-4:], "scopes": sorted(a.scopes), "ends_at": iso(a.ends_at)}
                for a in self.accounts.access.values()
            ],
        }

    def _common(self) -> Json:
        return {
            "account": EMAIL,
            "drafts_created": self.mailbox.drafts_created,
            "units_used": self.quota.used,
            "refreshes": self.accounts.refreshes,
        }

    def _sent(self) -> list[Mail]:
        return [m for m in self.mailbox.mails.values() if "SENT" in m.labels]

    def front_page(self, title: str) -> str:
        by_mail = {mail_id: draft_id for draft_id, mail_id in self.mailbox.drafts.items()}
        newest = list(reversed(self.mailbox.mails.values()))[:50]
        rows = [
            (
                "Draft" if m.id in by_mail else m.labels[0].capitalize(),
                html.escape(m.header("To")),
                f'<a href="/mail/message/{m.id}">{html.escape(m.header("Subject") or "(no subject)")}</a>',
                html.escape(iso(m.at_ms / 1000)[:16].replace("T", " ")),
            )
            for m in newest
        ]
        intro = (
            f"<p>The mailbox of {html.escape(PERSON)}, {html.escape(EMAIL)}. It sends nothing to anybody.</p>"
        )
        return page(title, intro + table(("", "To", "Subject", "When"), rows, "The mailbox is empty."))

    def mail_page(self, title: str, id: str) -> str | None:
        """Return the page of a message or draft, or None when there is none."""
        mail = self.mailbox.mails.get(self.mailbox.drafts.get(id, id))
        if mail is None:
            return None
        rows = [(html.escape(k), html.escape(v)) for k, v in ((k, mail.header(k)) for k, _ in mail.headers)]
        text = f"<h2>{html.escape(mail.header('Subject'))}</h2><pre>{html.escape(mail.body())}</pre>"
        return page(title, text + table(("Header", "Value"), rows, ""))
