"""The way to a server that is a program of this computer: one message a line, in and out."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from signoff.connectors.mcp.faults import is_answer, misbehaves
from signoff.connectors.mcp.speaking import Message
from signoff.core.errors import InputRejected, OutcomeUnknown, SignoffError, TimedOutBeforeSending, VendorDown
from signoff.outbound.program import NoProgram, Program, Running
from signoff.outbound.reply import Effect

ANSWER_SECONDS = 30.0  # a program that is fetched first (uvx, npx) takes its time
MOST_TALK = 2000  # messages that are no answer, before one


class OverPipes:
    """A conversation with a program. It begins with the first question, and ends with `close`."""

    def __init__(self, program: Program) -> None:
        self.program, self.app = program, program.app
        self._running: Running | None = None

    def ask(self, message: Message, headers: Mapping[str, str], effect: Effect) -> Message:
        running = self._started()
        if (
            effect == "write"
            and self.program.send_before is not None
            and time.time() > self.program.send_before
        ):
            raise TimedOutBeforeSending(f"{message['method']}: the time to send had passed", app=self.app)
        if not running.say(_line(message)):
            raise self._ended(message, effect)
        until = time.monotonic() + ANSWER_SECONDS
        for _ in range(MOST_TALK):
            try:
                line = running.line(until)
            except TimeoutError:
                raise self._silent(message, effect) from None
            if line is None:
                raise self._ended(message, effect)
            found = _read(line)
            if is_answer(found) and found.get("id") == message["id"]:
                return dict(found)
        raise misbehaves(
            f"{message['method']}: no end of other messages", self.app, "talks without answering", effect
        )

    def tell(self, message: Message, headers: Mapping[str, str]) -> None:
        self._started().say(_line(message))

    def close(self) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None

    def _started(self) -> Running:
        if self._running is None:
            try:
                self._running = self.program.start()
            except NoProgram as error:
                raise InputRejected(
                    f"{self.program.name}: no program",
                    app=self.app,
                    field="base_url",
                    owner_message=f"{error} Nothing was sent.".replace("{", "{{").replace("}", "}}"),
                    next_step="State it on the computer on which Signoff works, then press Test now.",
                ) from None
        return self._running

    def _silent(self, message: Message, effect: Effect) -> SignoffError:
        detail = f"{message['method']}: no answer in {ANSWER_SECONDS:.0f} s"
        return OutcomeUnknown(detail, app=self.app) if effect == "write" else VendorDown(detail, app=self.app)

    def _ended(self, message: Message, effect: Effect) -> SignoffError:
        if self._running is not None and self._running.said_too_much:
            return misbehaves(
                f"{message['method']}: a line of more than 1 MB",
                self.app,
                "answered with more than the 1 MB that we take",
                effect,
            )
        detail = f"{message['method']}: the program ended"
        return OutcomeUnknown(detail, app=self.app) if effect == "write" else VendorDown(detail, app=self.app)


def _line(message: Message) -> bytes:
    return json.dumps(message, ensure_ascii=True).encode()


def _read(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
