"""A practice Telegram, from the Bot API reference (10.1) and the vendor's own server (tdlib/telegram-bot-api, 10.0).

It keeps what the real one keeps, also where that is awkward: messages wait for 24 hours or until a higher offset
forgets them, for whoever reads; the same offset asked again within half a second brings one message only; a wrong
token in the path is 401; one message a second in a chat and thirty over all.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from html import escape
from math import ceil
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from signoff_sandbox.desk import Desk, Problem
from signoff_sandbox.pace import RollingWindow
from signoff_sandbox.page import page, table
from signoff_sandbox.world import World

PRACTICE_KEY = "712345678:AAFpractice-telegram-token-0000001"
KEPT_SECONDS = 24 * 3600
LONGEST_TEXT = 4096
AT_ONCE = 100  # updates in one answer


class Telegram(Desk):
    """One bot, the people who write to it, and what it has sent them."""

    name = "telegram"
    title = "Practice Telegram"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._fresh(True)

    def _fresh(self, _: Any) -> Any:
        """As freshly started."""
        self.token = PRACTICE_KEY
        self.webhook = ""
        self.wanted: list[str] = []  # `allowed_updates`, as last said; empty is everything
        self.updates: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.people: dict[int, dict[str, Any]] = {}
        self.blocked: set[int] = set()
        self.next_update, self.next_message = 5001, 1
        self.asked: tuple[int, float] = (-1, 0.0)  # the offset last asked for, and when
        self.over_all = RollingWindow(30, 1)
        self.in_a_chat: dict[int, RollingWindow] = defaultdict(lambda: RollingWindow(1, 1))
        return "done"

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/bot{token}/{method}", self._call, methods=["GET", "POST"])]

    def is_write(self, method: str, path: str) -> bool:
        """Everything else changes nothing for people, and may be asked by POST as well."""
        return path.lower().endswith("/sendmessage")

    async def _call(self, request: Request) -> Response:
        if request.path_params["token"] != self.token:
            return refusal(401, "Unauthorized")
        verbs = {
            "getme": self._get_me,
            "getwebhookinfo": self._get_webhook_info,
            "getupdates": self._get_updates,
            "sendmessage": self._send_message,
        }
        verb = verbs.get(request.path_params["method"].lower())
        if verb is None:
            return refusal(404, "Not Found: method not found")
        return JSONResponse({"ok": True, "result": verb(await arguments(request))})

    def _get_me(self, said: dict[str, Any]) -> Any:
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Practice shop",
            "username": "practice_shop_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _get_webhook_info(self, said: dict[str, Any]) -> Any:
        return {
            "url": self.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
        }

    def _get_updates(self, said: dict[str, Any]) -> Any:
        if self.webhook:
            raise Problem(
                refusal(
                    409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook"
                )
            )
        now, offset = self.clock.now(), number(said.get("offset"))
        limit = min(max(number(said.get("limit")) or AT_ONCE, 1), AT_ONCE)
        if "allowed_updates" in said:
            self.wanted = said["allowed_updates"]
        if self.asked[0] == offset and now < self.asked[1] + 0.5:
            limit = 1
        self.asked = (offset, now)
        self.updates = [one for one in self.updates if one["message"]["date"] > now - KEPT_SECONDS]
        if offset < 0:
            self.updates = self.updates[offset:]
        if offset > 0:
            self.updates = [one for one in self.updates if one["update_id"] >= offset]
        return self.updates[:limit]

    def _send_message(self, said: dict[str, Any]) -> Any:
        chat, text = number(said.get("chat_id")), str(said.get("text") or "")
        if not said.get("chat_id"):
            raise Problem(refusal(400, "Bad Request: chat_id is empty"))
        if not text.strip():
            raise Problem(refusal(400, "Bad Request: message text is empty"))
        if chat not in self.people:
            raise Problem(refusal(400, "Bad Request: chat not found"))
        if len(text) > LONGEST_TEXT:
            raise Problem(refusal(400, "Bad Request: message is too long"))
        if chat in self.blocked:
            raise Problem(refusal(403, "Forbidden: bot was blocked by the user"))
        message: dict[str, Any] = {
            "message_id": self._new_message_id(),
            "from": self._get_me({}),
            "chat": self._chat(chat),
            "date": int(self.clock.now()),
            "text": text,
        }
        self._answered(said.get("reply_parameters"), chat, message)
        self._count(chat)
        self.sent.append(message)
        return message

    def _answered(self, reply: Any, chat: int, message: dict[str, Any]) -> None:
        """Put the message that is answered into `message`, or refuse if there is none."""
        if not reply:
            return
        every = [one["message"] for one in self.updates] + self.sent
        id = number(reply.get("message_id"))
        found = [one for one in every if (one["message_id"], one["chat"]["id"]) == (id, chat)]
        if not found and not reply.get("allow_sending_without_reply"):
            raise Problem(refusal(400, "Bad Request: message to be replied not found"))
        if found:
            message["reply_to_message"] = found[0]

    def _count(self, chat: int) -> None:
        now = self.clock.now()
        for window in (self.over_all, self.in_a_chat[chat]):
            if window.remaining(now) < 1:
                raise Problem(too_many(max(1, ceil(window.free_at(now) - now))))
        self.over_all.take(now)
        self.in_a_chat[chat].take(now)

    def _chat(self, id: int) -> dict[str, Any]:
        return {"id": id, "type": "private" if id > 0 else "group"} | self.people[id]

    def _new_message_id(self) -> int:
        self.next_message += 1
        return self.next_message

    def control_verbs(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "write": self._write,
            "block": self._block,
            "new_token": self._new_token,
            "set_webhook": self._set_webhook,
            "leap": self._leap,
            "fresh": self._fresh,
        }

    def _write(self, said: Mapping[str, Any]) -> Any:
        """Somebody writes: `chat_id`, `text`, `first_name`, `username`, and `more` of the message. Its update id."""
        chat = int(said.get("chat_id", 4711))
        who = {"first_name": said.get("first_name", "Ada")}
        if username := said.get("username", "ada"):
            who["username"] = username
        self.people[chat] = who
        message: dict[str, Any] = {
            "message_id": self._new_message_id(),
            "from": {"id": abs(chat), "is_bot": False} | who,
            "chat": self._chat(chat),
            "date": int(self.clock.now()),
        }
        if said.get("text"):
            message["text"] = said["text"]
        self.updates.append({"update_id": self.next_update, "message": message | dict(said.get("more", {}))})
        self.next_update += 1
        return self.updates[-1]["update_id"]

    def _block(self, chat: Any) -> Any:
        """This person blocks the bot; 0: nobody does."""
        self.blocked = {int(chat)} if chat else set()
        return sorted(self.blocked)

    def _new_token(self, token: Any) -> Any:
        """The owner revoked the token: from now on it is this one; none: the practice token again."""
        self.token = str(token or PRACTICE_KEY)
        return "done"

    def _set_webhook(self, url: Any) -> Any:
        """Somebody else takes the bot's messages at this address; none: nobody does."""
        self.webhook = str(url or "")
        return self.webhook

    def _leap(self, update_id: Any) -> Any:
        """After a week without a message the next update id is any number: this one."""
        self.next_update = int(update_id)
        return self.next_update

    def books(self, *, summary: bool) -> dict[str, Any]:
        counts = {"sent": len(self.sent), "waiting": len(self.updates)}
        return counts if summary else {"sent": self.sent, "waiting": self.updates}

    def front_page(self) -> str:
        rows = [(str(one["chat"]["id"]), escape(one["text"])) for one in reversed(self.sent[-50:])]
        return page(self.title, table(("Chat", "Sent by the bot"), rows, "Nothing was sent yet."))

    def vendor_errors(self) -> Mapping[str, Callable[[], Response]]:
        return {
            "bad_request": lambda: refusal(400, "Bad Request: can't parse entities"),
            "unauthorized": lambda: refusal(401, "Unauthorized"),
            "blocked": lambda: refusal(403, "Forbidden: bot was blocked by the user"),
            "chat_not_found": lambda: refusal(400, "Bad Request: chat not found"),
            "other_reader": lambda: refusal(409, "Conflict: terminated by other getUpdates request"),
            "flood": lambda: too_many(35),
            "http500": lambda: refusal(500, "Internal Server Error"),
            "http502": lambda: Response("<html>Bad Gateway</html>", 502, media_type="text/html"),
            "http503": lambda: Response("<html>Service Unavailable</html>", 503, media_type="text/html"),
        }


async def arguments(request: Request) -> dict[str, Any]:
    """What a call says: in the address, as a form or as JSON; objects in a form are JSON themselves."""
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json") and body:
        said = json.loads(body)
    else:
        said = dict(parse_qsl(body.decode()))
    said = dict(request.query_params) | said
    for name in ("reply_parameters", "allowed_updates"):
        if isinstance(said.get(name), str):
            said[name] = json.loads(said[name])
    return dict(said)


def number(said: Any) -> int:
    """An integer however it is written; anything else is 0, as the vendor reads it."""
    try:
        return int(said)
    except (TypeError, ValueError):
        return 0


def refusal(code: int, description: str, **parameters: int) -> JSONResponse:
    """The vendor's own shape of an error."""
    told: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return JSONResponse(told | ({"parameters": parameters} if parameters else {}), code)


def too_many(seconds: int) -> JSONResponse:
    """429 says how long to wait twice: in the body, and in a header."""
    answer = refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
    answer.headers["Retry-After"] = str(seconds)
    return answer
