"""What a business sends: held to the API's rules, accepted, and then what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from signoff_sandbox.desk import Json
from signoff_sandbox.whatsapp import errors
from signoff_sandbox.whatsapp.chats import BSUID, KINDS_WITH_MEDIA, Chats, Customer, Message
from signoff_sandbox.whatsapp.office import Number, Office
from signoff_sandbox.whatsapp.webhooks import Webhooks

LONGEST_TEXT = 4096
LONGEST_MARKER = 512
MONOTONE = ("accepted", "sent", "delivered", "read")


@dataclass
class Sending:
    """
    Accepts messages and tells their statuses.

    `statuses` "at once": sent and delivered follow by themselves; "held": they wait in `held` until they are
    released. `closed_at_once`: outside of the window the send itself is refused, rather than failing later.
    `fail_next` are codes with which the next accepted messages fail.
    """

    office: Office
    chats: Chats
    webhooks: Webhooks
    statuses: str = "at once"
    closed_at_once: bool = False
    fail_next: list[int] = field(default_factory=list)
    held: list[tuple[Message, str]] = field(default_factory=list)

    def accept(self, number: Number, asked: Json) -> Json:
        """Take a message and return the API's answer. Raises the vendor's error as a `Problem`."""
        if asked.get("messaging_product") != "whatsapp":
            raise errors.problem(100, "The parameter messaging_product is required.")
        if asked.get("status") == "read":
            return self._mark_as_read(number, asked)
        customer, given = self._recipient(number, asked)
        kind = str(asked.get("type") or "text")
        content = asked.get(kind)
        if not isinstance(content, dict):
            raise errors.problem(131008, f"The parameter {kind} is required.")
        text = _CHECKS.get(kind, _unsupported)(self, content)
        marker = asked.get("biz_opaque_callback_data", "")
        if not isinstance(marker, str) or len(marker) > LONGEST_MARKER:
            raise errors.problem(100, "biz_opaque_callback_data is too long.")
        self.office.pace(number.id, customer.wa_id)
        free = kind != "template"
        is_open = self.chats.is_open(number, customer)
        if free and not is_open and self.closed_at_once:
            raise errors.problem(131047)
        answers = str((asked.get("context") or {}).get("message_id") or "")
        message = self.chats.add(
            number,
            customer,
            False,
            kind,
            content,
            marker=marker,
            answers=answers,
            text=text,
            status="accepted",
        )
        self._plan(message, closed=free and not is_open)
        told = {"input": given, **({"user_id": customer.user_id} if BSUID.fullmatch(given) else {})}
        if not customer.hides_number:
            told["wa_id"] = customer.wa_id
        answer: Json = {"messaging_product": "whatsapp", "contacts": [told], "messages": [{"id": message.id}]}
        if not free:
            answer["messages"][0]["message_status"] = "accepted"
        return answer

    def _mark_as_read(self, number: Number, asked: Json) -> Json:
        message = self.chats.messages.get(str(asked.get("message_id")))
        if message is None or not message.inbound or message.number != number.id:
            raise errors.problem(131009, "message_id is not one of a message that was received.")
        message.read = True
        return {"success": True}

    def _recipient(self, number: Number, asked: Json) -> tuple[Customer, str]:
        to, recipient = asked.get("to"), asked.get("recipient")
        if isinstance(to, str) and to:  # where both are given, this one counts
            digits = re.sub(r"[ ()+.-]", "", to)
            if not re.fullmatch(r"[0-9]{7,15}", digits):
                raise errors.problem(131009, "The parameter to is no phone number.")
            if digits == re.sub(r"\D", "", number.display):
                raise errors.problem(131021)
            return self.chats.customer(digits), to
        if isinstance(recipient, str) and BSUID.fullmatch(recipient):
            found = self.chats.by_user_id(recipient)
            if found is None:
                raise errors.problem(131026, "No such user.")
            return found, recipient
        raise errors.problem(131008, "The parameter to is required.")

    # What becomes of it

    def _plan(self, message: Message, *, closed: bool) -> None:
        if self.fail_next:
            message.fault = self.fail_next.pop(0)
        elif closed:
            message.fault = 131047
        elif not message.customer.on_whatsapp:
            message.fault = 131026
        for status in ("failed",) if message.fault else ("sent", "delivered"):
            self.held.append((message, status))
        if self.statuses == "at once":
            self.webhooks.later(self.release())

    async def release(self, **how: Any) -> list[int]:
        """
        Tell the statuses that are held; returns what was answered.

        `order` "reversed" tells the last first, `skip` leaves some out, `times` tells each again, `together`
        tells all in one request.
        """
        skip = set(how.get("skip") or ())
        due, self.held = [one for one in self.held if one[1] not in skip], []
        if how.get("order") == "reversed":
            due.reverse()
        if how.get("together") and due:
            number = self.office.numbers[due[0][0].number]
            values = [self._value(message, status) for message, status in due]
            return [await self.webhooks.post(self.webhooks.url_for(number), values)]
        answers = []
        for message, status in due:
            answers += await self.tell(message, status, times=int(how.get("times", 1)))
        return answers

    async def tell(self, message: Message, status: str, **how: Any) -> list[int]:
        """Tell one status of one message."""
        number = self.office.numbers[message.number]
        return await self.webhooks.tell(number, self._value(message, status), **how)

    def _value(self, message: Message, status: str) -> Json:
        furthest = max(message.status, status, key=MONOTONE.index) if status in MONOTONE else "failed"
        if message.status != "failed":
            message.status = furthest
        customer = message.customer
        told: Json = {
            "id": message.id,
            "status": status,
            "timestamp": str(int(self.chats.clock.now())),
            "recipient_user_id": customer.user_id,
            **({} if customer.hides_number else {"recipient_id": customer.wa_id}),
            **({"biz_opaque_callback_data": message.marker} if message.marker else {}),
        }
        if status == "failed":
            told["errors"] = [errors.in_status(message.fault or 131000)]
        elif status in ("sent", "delivered"):
            free = message.kind != "template"
            told["pricing"] = {
                "billable": not free,
                "pricing_model": "PMP",
                "type": "free_customer_service" if free else "regular",
                "category": "service" if free else "utility",
            }
        number = self.office.numbers[message.number]
        return self.webhooks.value(number, contacts=[customer.contact()], statuses=[told])


def _text(_: Sending, content: Json) -> str:
    body = content.get("body")
    if not isinstance(body, str) or not body:
        raise errors.problem(131008, "The parameter text.body is required.")
    if len(body) > LONGEST_TEXT:
        raise errors.problem(100, f"Param text['body'] must be at most {LONGEST_TEXT} characters long.")
    return body


def _template(sending: Sending, content: Json) -> str:
    language = content.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if not isinstance(content.get("name"), str) or not isinstance(code, str):
        raise errors.problem(131008, "The parameters template.name and template.language.code are required.")
    template = sending.office.template(content["name"], code)
    values: list[str] = []
    for component in content.get("components") or ():
        if str(component.get("type")).lower() == "body":
            for one in component.get("parameters") or ():
                if one.get("type") != "text" or not isinstance(one.get("text"), str):
                    raise errors.problem(132012, "body: a parameter of another type was expected.")
                values.append(one["text"])
    if len(values) != template.variables():
        raise errors.problem(
            132000,
            f"body: number of localizable_params ({len(values)}) does not match the expected number of params "
            f"({template.variables()})",
        )
    if any(re.search(r"[\n\t]| {5}", value) for value in values):
        raise errors.problem(132018, "Param text cannot have new-line/tab characters or more than 4 spaces.")
    return template.filled(values)


def _media(sending: Sending, content: Json) -> str:
    if content.get("link") or content.get("id") in sending.chats.media:
        return str(content.get("caption") or content.get("filename") or "")
    raise errors.problem(131053 if content.get("id") else 131008, "Neither a link nor the id of an upload.")


def _interactive(_: Sending, content: Json) -> str:
    body = content.get("body")
    if not content.get("type") or not isinstance(body, dict) or not body.get("text"):
        raise errors.problem(131008, "The parameters interactive.type and interactive.body are required.")
    return str(body["text"])


def _location(_: Sending, content: Json) -> str:
    if "latitude" not in content or "longitude" not in content:
        raise errors.problem(131008, "The parameters latitude and longitude are required.")
    return str(content.get("name") or "")


def _reaction(sending: Sending, content: Json) -> str:
    if content.get("message_id") not in sending.chats.messages:
        raise errors.problem(131009, "reaction.message_id is not one of a message.")
    return str(content.get("emoji") or "")


def _unsupported(_: Sending, __: Json) -> str:
    raise errors.problem(131051)


_CHECKS: dict[str, Callable[[Sending, Json], str]] = {
    "text": _text,
    "template": _template,
    "interactive": _interactive,
    "location": _location,
    "reaction": _reaction,
    **dict.fromkeys(KINDS_WITH_MEDIA, _media),
}
