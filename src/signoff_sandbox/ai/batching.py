"""OpenAI's paths of files and batches, and what `/_control` can do to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from signoff_sandbox.ai import errors
from signoff_sandbox.ai.batches import ENDPOINTS, MOST_BYTES, AnswerLine, Batch, Batches
from signoff_sandbox.ai.files import Files, lifetime
from signoff_sandbox.clock import Clock
from signoff_sandbox.desk import Json, Verb, body_of

Handler = Callable[[Request], Awaitable[Response]]
_PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")


class Batching:
    """The counter for files and batches; `admit` raises for a request without a living key."""

    def __init__(self, clock: Clock, seed: int, admit: Callable[[Request], None], answer: AnswerLine) -> None:
        self.files = Files(clock)
        self.batches = Batches(clock, self.files, seed, answer)
        self._admit = admit

    def paths(self) -> Sequence[tuple[str, Handler, str]]:
        return (
            ("/files", self._upload, "POST"),
            ("/files/{id}", self._file, "GET"),
            ("/files/{id}", self._delete_file, "DELETE"),
            ("/files/{id}/content", self._content, "GET"),
            ("/batches", self._begin, "POST"),
            ("/batches", self._list, "GET"),
            ("/batches/{id}", self._batch, "GET"),
            ("/batches/{id}/cancel", self._cancel, "POST"),
        )

    async def _upload(self, request: Request) -> Response:
        self._admit(request)
        async with request.form() as form:
            file, purpose = form.get("file"), form.get("purpose")
            if not isinstance(file, UploadFile):
                raise errors.invalid("Missing required parameter: 'file'.", "file")
            if purpose not in _PURPOSES:
                raise errors.invalid(f"'{purpose}' is not one of {list(_PURPOSES)} - 'purpose'", "purpose")
            name, data = file.filename or "file", await file.read()
            anchor, seconds = form.get("expires_after[anchor]"), form.get("expires_after[seconds]")
        kept_seconds = lifetime(anchor, seconds, "expires_after")
        if len(data) > MOST_BYTES:
            raise errors.invalid("The file is larger than 200 MB.", "file")
        if purpose == "batch" and not name.endswith(".jsonl"):
            raise errors.invalid("Invalid file format. Batch API only supports .jsonl files.", "file")
        return JSONResponse(self.files.keep(name, str(purpose), data, kept_seconds).told())

    async def _file(self, request: Request) -> Response:
        self._admit(request)
        return JSONResponse(self.files.get(request.path_params["id"]).told())

    async def _delete_file(self, request: Request) -> Response:
        self._admit(request)
        id = request.path_params["id"]
        self.files.forget(id)
        return JSONResponse({"id": id, "object": "file", "deleted": True})

    async def _content(self, request: Request) -> Response:
        self._admit(request)
        self.batches.move_on()
        file = self.files.get(request.path_params["id"])
        return Response(file.data, media_type="application/octet-stream")

    async def _begin(self, request: Request) -> Response:
        self._admit(request)
        asked = await body_of(request, errors.refuse)
        if asked.get("completion_window") != "24h":
            raise errors.invalid("Invalid value. Supported values are: '24h'.", "completion_window")
        if asked.get("endpoint") not in ENDPOINTS:
            raise errors.invalid(
                f"The practice AI takes {', '.join(ENDPOINTS)}.", "endpoint", "invalid_value"
            )
        file = self.files.get(str(asked.get("input_file_id") or ""))
        if file.purpose != "batch":
            message = "Invalid purpose: the input file must be uploaded with the purpose 'batch'."
            raise errors.invalid(message, "input_file_id", "invalid_value")
        kept = asked.get("output_expires_after") or {}
        seconds = lifetime(kept.get("anchor"), kept.get("seconds"), "output_expires_after")
        batch = self.batches.begin(file, asked["endpoint"], _metadata(asked.get("metadata")), seconds)
        return JSONResponse(batch.told())

    async def _list(self, request: Request) -> Response:
        self._admit(request)
        most = int(request.query_params.get("limit") or 20)
        if not 1 <= most <= 100:
            raise errors.invalid("'limit' must be between 1 and 100.", "limit", "invalid_value")
        found: list[Batch] = self.batches.newest_first()
        after = request.query_params.get("after")
        if after:
            names = [batch.id for batch in found]
            if after not in names:
                raise errors.invalid(f"No batch found with id '{after}'.", "after")
            found = found[names.index(after) + 1 :]
        shown = [batch.told() for batch in found[:most]]
        ends = {"first_id": shown[0]["id"], "last_id": shown[-1]["id"]} if shown else {}
        answer: Json = {"object": "list", "data": shown, "first_id": None, "last_id": None, **ends}
        return JSONResponse({**answer, "has_more": len(found) > most})

    async def _batch(self, request: Request) -> Response:
        self._admit(request)
        return JSONResponse(self.batches.get(request.path_params["id"]).told())

    async def _cancel(self, request: Request) -> Response:
        self._admit(request)
        return JSONResponse(self.batches.cancel(request.path_params["id"]).told())

    def verbs(self) -> dict[str, Verb]:
        return {
            "batch_seconds": self._set_seconds,
            "enqueued_tokens": self._set_enqueued,
            "fail_batch_lines": self._set_failing,
        }

    def _set_seconds(self, seconds: Any) -> float:
        self.batches.seconds = float(seconds)
        return self.batches.seconds

    def _set_enqueued(self, tokens: Any) -> int:
        self.batches.enqueued_tokens = int(tokens)
        return self.batches.enqueued_tokens

    def _set_failing(self, lines: Any) -> int:
        self.batches.to_fail = int(lines)
        return self.batches.to_fail

    def books(self) -> Json:
        return {"batches": self.batches.told(), "files": self.files.names()}


def _metadata(given: Any) -> Json | None:
    """Return the metadata. Raises the vendor's 400 where it is too much."""
    if given is None:
        return None
    fits = (
        isinstance(given, dict)
        and len(given) <= 16
        and all(isinstance(value, str) and len(value) <= 512 for value in given.values())
        and all(len(name) <= 64 for name in given)
    )
    if not fits:
        message = (
            "Invalid 'metadata': at most 16 pairs of text, names up to 64 and values up to 512 characters."
        )
        raise errors.invalid(message, "metadata", "invalid_value")
    kept: Json = dict(given)
    return kept
