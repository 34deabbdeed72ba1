"""What `POST /_control` can do to the practice WhatsApp; `signoff_sandbox.control` lists the verbs."""

from __future__ import annotations

import base64
import json
from typing import Any

from signoff_sandbox.desk import BadControl, Json, Verb
from signoff_sandbox.whatsapp.chats import KINDS_WITH_MEDIA, Chats, Message
from signoff_sandbox.whatsapp.errors import CODES
from signoff_sandbox.whatsapp.office import PHONE_ID, PRACTICE_KEY, Number, Office, Template, Token, moment
from signoff_sandbox.whatsapp.sending import Sending
from signoff_sandbox.whatsapp.webhooks import Webhooks

ADA = "491700000001"


class Control:
    """Does what customers, Meta, and the business at Meta's pages could do meanwhile."""

    def __init__(self, office: Office, chats: Chats, sending: Sending, webhooks: Webhooks) -> None:
        self.office = office
        self.chats = chats
        self.sending = sending
        self.webhooks = webhooks

    def verbs(self) -> dict[str, Verb]:
        return {
            "webhook": self._webhook,
            "receive": self.receive,
            "system": self._system,
            "post": self._post,
            "redeliver": lambda _: self.webhooks.redeliver(),
            "customer": self._customer,
            "statuses": self._statuses,
            "release": lambda how: self.sending.release(**(how if isinstance(how, dict) else {})),
            "status": self._status,
            "fail_status": self._fail_status,
            "closed_window": self._closed_window,
            "revoke_key": lambda subcode: self._token(subcode=subcode if isinstance(subcode, int) else 467),
            "restore_key": lambda _: self._token(
                subcode=None, ends_at=None, data_access_ends_at=None, scopes=Token("").scopes,
                app_id=Token("").app_id,
            ),
            "token": self._set_token,
            "add_token": self._add_token,
            "app_secret": self._app_secret,
            "number": self._number,
            "add_template": self._add_template,
            "template_status": self._template_status,
            "limits": self._limits,
        }  # fmt: skip

    async def _webhook(self, asked: Any) -> bool:
        """Give the address at which the business hears; it is asked first whether it is the right one."""
        url = str(asked["url"])
        if asked.get("unasked"):
            self.office.callback_url = url
            return True
        if not await self.webhooks.ask(url, str(asked.get("verify_token", ""))):
            raise BadControl("the address did not answer the challenge")
        self.office.callback_url = url
        return True

    async def receive(self, asked: Any) -> Json:
        """Let a customer write: text, or `type` with its content; several at once as a list."""
        if isinstance(asked, list):
            return await self._receive_together(asked)
        message, value = self._written(asked)
        number = self.office.numbers[message.number]
        how = {name: asked[name] for name in ("times", "forged") if name in asked}
        answers = await self.webhooks.tell(number, value, **how)
        return {"id": message.id, "user_id": message.customer.user_id, "answers": answers}

    async def _receive_together(self, several: list[Json]) -> Json:
        """Tell several messages in one request."""
        written = [self._written(asked) for asked in several]
        url = self.webhooks.url_for(self.office.numbers[written[0][0].number])
        answer = await self.webhooks.post(url, [value for _, value in written])
        return {"ids": [message.id for message, _ in written], "answers": [answer]}

    def _written(self, asked: Json) -> tuple[Message, Json]:
        number = self._of(asked)
        customer = self.chats.customer(
            str(asked.get("from", ADA)),
            name=asked.get("name"),
            username=asked.get("username"),
            hides_number=asked.get("hides_number"),
        )
        kind = str(asked.get("type", "text"))
        content = asked.get(kind)
        if kind == "text":
            content = {"body": str(asked.get("text", "What does it cost?"))}
        elif kind in KINDS_WITH_MEDIA:
            content = self._media(number, kind, content or {})
        at = self.chats.clock.now() - float(asked.get("age_seconds", 0))
        more = {"id": asked["id"]} if asked.get("id") else {}
        message = self.chats.add(number, customer, True, kind, content, at=at, **more)
        told: Json = {"id": message.id, "timestamp": str(int(at)), "type": kind}
        told["from_user_id"] = customer.user_id
        if not customer.hides_number:
            told["from"] = customer.wa_id
        if content is not None:
            told[kind] = content
        for name in ("context", "errors", "referral"):
            if asked.get(name):
                told[name] = asked[name]
        return message, self.webhooks.value(number, contacts=[customer.contact()], messages=[told])

    def _media(self, number: Number, kind: str, content: Json) -> Json:
        """Keep a file that a customer sends (`data` in base64), and return the reference to it."""
        given = dict(content)
        data = base64.b64decode(given.pop("data", "")) or b"practice " + kind.encode()
        types = {"image": "image/jpeg", "audio": "audio/ogg; codecs=opus", "video": "video/mp4"}
        mime = given.pop("mime_type", types.get(kind, "application/pdf"))
        kept = self.chats.keep(number.id, mime, data, str(given.get("filename", "")))
        return {"mime_type": mime, "sha256": kept.sha256(), "id": kept.id, **given}

    async def _system(self, asked: Any) -> Json:
        """Let a customer change their number."""
        number = self._of(asked)
        old, new = str(asked.get("from", ADA)), str(asked["to"])
        customer = self.chats.customer(old)
        body = f"User {customer.name} changed from {old} to {new}"
        told = {
            "from": old,
            "id": f"wamid.SYS{new}",
            "timestamp": str(int(self.chats.clock.now())),
            "system": {"body": body, "wa_id": new, "type": "user_changed_number"},
            "type": "system",
        }
        return {"answers": await self.webhooks.tell(number, self.webhooks.value(number, messages=[told]))}

    async def _post(self, asked: Any) -> int:
        """Post any body, signed: a document, or text as it is."""
        body = asked["body"]
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        url = str(asked.get("url") or self.office.callback_url)
        return await self.webhooks.post_raw(url, raw, forged=bool(asked.get("forged")))

    def _customer(self, asked: Any) -> str:
        about = {n: asked[n] for n in ("name", "username", "hides_number", "on_whatsapp") if n in asked}
        return self.chats.customer(str(asked.get("from", ADA)), **about).user_id

    def _statuses(self, how: Any) -> str:
        if how not in ("at once", "held"):
            raise BadControl("statuses is “at once” or “held”")
        self.sending.statuses = str(how)
        return str(how)

    async def _status(self, asked: Any) -> list[int]:
        """Tell a status of a message (`id`, or `marker`); a `code` makes it fail."""
        found = [
            m
            for m in self.chats.messages.values()
            if not m.inbound and (m.id == asked.get("id") or (m.marker and m.marker == asked.get("marker")))
        ]
        if not found:
            raise BadControl("no message that was sent has this id or marker")
        message = found[-1]
        if asked.get("code"):
            message.fault = int(asked["code"])
        return await self.sending.tell(message, str(asked["status"]), times=int(asked.get("times", 1)))

    def _fail_status(self, codes: Any) -> int:
        wanted = [int(code) for code in (codes if isinstance(codes, list) else [codes])]
        if set(wanted) - set(CODES):
            raise BadControl(f"no code {wanted}")
        self.sending.fail_next += wanted
        return len(self.sending.fail_next)

    def _closed_window(self, how: Any) -> str:
        if how not in ("later", "at once"):
            raise BadControl("closed_window is “later” or “at once”")
        self.sending.closed_at_once = how == "at once"
        return str(how)

    def _token(self, **changes: Any) -> int:
        for token in self.office.tokens.values():
            for name, value in changes.items():
                setattr(token, name, value)
        return len(self.office.tokens)

    def _set_token(self, asked: Any) -> bool:
        """`{"scopes", "ends_at", "data_access_ends_at", "app_id"}` of the practice key."""
        token = self.office.tokens[str(asked.get("token", PRACTICE_KEY))]
        if "scopes" in asked:
            token.scopes = frozenset(asked["scopes"])
        for name in ("ends_at", "data_access_ends_at"):
            if name in asked:
                setattr(token, name, moment(asked[name]))
        token.app_id = str(asked.get("app_id", token.app_id))
        return True

    def _add_token(self, asked: Any) -> str:
        text = str(asked["token"] if isinstance(asked, dict) else asked)
        self.office.tokens[text] = Token(text)
        if isinstance(asked, dict):
            self._set_token(asked)
        return text

    def _app_secret(self, secret: Any) -> bool:
        self.office.app_secret = str(secret)
        return True

    def _number(self, asked: Any) -> bool:
        number = self._of(asked)
        for name in ("name", "quality", "mode", "verified", "display"):
            if name in asked:
                setattr(number, name, str(asked[name]))
        return True

    def _add_template(self, asked: Any) -> str:
        known = {n: str(asked[n]) for n in ("name", "language", "body", "status", "category") if n in asked}
        template = Template(
            **{"language": "en_US", **known}, id=str(594425479262000 + len(self.office.templates))
        )
        self.office.templates.append(template)
        return template.id

    def _template_status(self, asked: Any) -> int:
        found = [t for t in self.office.templates if t.name == asked["name"]]
        for template in found:
            template.status = str(asked["status"])
        return len(found)

    def _limits(self, asked: Any) -> Json:
        self.office.per_second = int(asked.get("per_second", self.office.per_second))
        self.office.pair_burst = float(asked.get("pair_burst", self.office.pair_burst))
        self.office.pair_seconds = float(asked.get("pair_seconds", self.office.pair_seconds))
        self.office.forget_pace()
        return {"per_second": self.office.per_second, "pair_burst": self.office.pair_burst}

    def _of(self, asked: Any) -> Number:
        id = str(asked.get("number", PHONE_ID)) if isinstance(asked, dict) else PHONE_ID
        if id not in self.office.numbers:
            raise BadControl(f"no number {id}; there are {', '.join(self.office.numbers)}")
        return self.office.numbers[id]
