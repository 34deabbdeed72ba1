"""
Todoist's API v1 as far as tasks, comments, labels and projects go.

From the reference at developer.todoist.com/api/v1 and the fields on which Doist's own clients insist. Ids are sixteen
letters and digits, the old numeric ones are refused, and an error is JSON with a tag.
"""

from __future__ import annotations

import base64
import html
import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from signoff_sandbox.desk import Desk, Json, Problem, body_of
from signoff_sandbox.pace import RollingWindow
from signoff_sandbox.page import page, table
from signoff_sandbox.world import World

PRACTICE_KEY = "0123456789abcdef0123456789abcdef01234567"
ROOT = "/api/v1"
DIGITS = "23456789CFGHJMPQRVWXcfghjmpqrvwx"
SCOPES = frozenset({"task:add", "data:read", "data:read_write"})  # of a person's own token: all
USER = "2671355"
INBOX, OFFERS = "6X7fqH39MwjmwV4q", "6XGgm6PHrGgMpCFX"
MOST_TASKS = 300  # in one project
REQUESTS, SPAN_SECONDS = 1000, 15 * 60
LONGEST_SPAN = timedelta(days=93)  # of completed tasks: "up to 3 months"
Handler = Callable[[Request], Awaitable[Response]]


class Todoist(Desk):
    """One person's account with an Inbox and a project called Offers."""

    name, title = "todoist", "Practice Todoist"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._open()

    def _open(self) -> None:
        self.chance = random.Random(self.world.seed)
        self.projects = {
            id: _project(id, name, self._now()) for id, name in ((INBOX, "Inbox"), (OFFERS, "Offers"))
        }
        self.projects[INBOX]["inbox_project"] = True
        self.tasks: dict[str, Json] = {}
        self.comments: dict[str, Json] = {}
        self.labels = [self._label("urgent"), self._label("customer")]
        self.user = {"id": USER, "full_name": "Priya Example", "email": "priya@example.com"}
        self.scopes = SCOPES
        self.key: str | None = PRACTICE_KEY
        self.most_tasks = MOST_TASKS
        self.window = RollingWindow(REQUESTS, SPAN_SECONDS)

    def routes(self) -> Sequence[BaseRoute]:
        read, write = "data:read", "data:read_write"
        told: list[tuple[str, str, str, Handler]] = [
            ("GET", "/user", read, self._get_user),
            ("GET", "/projects", read, self._get_projects),
            ("GET", "/projects/{id}", read, self._get_project),
            ("GET", "/labels", read, self._get_labels),
            ("GET", "/tasks", read, self._get_tasks),
            ("POST", "/tasks", "task:add", self._add_task),
            ("GET", "/tasks/completed/by_completion_date", read, self._get_completed),
            ("GET", "/tasks/{id}", read, self._get_task),
            ("POST", "/tasks/{id}", write, self._update_task),
            ("DELETE", "/tasks/{id}", write, self._delete_task),
            ("POST", "/tasks/{id}/close", write, self._close_task),
            ("POST", "/tasks/{id}/reopen", write, self._reopen_task),
            ("GET", "/comments", read, self._get_comments),
            ("POST", "/comments", write, self._add_comment),
        ]
        return [
            Route(ROOT + path, self._behind_key(scope, handler), methods=[method])
            for method, path, scope, handler in told
        ]

    def vendor_errors(self) -> Mapping[str, Callable[[], Response]]:
        return {
            "bad_request": lambda: _error(400, "INVALID_ARGUMENT_VALUE", 20),
            "unauthorized": lambda: _error(401, "UNAUTHORIZED", 401),
            "invalid_token": lambda: _error(403, "AUTH_INVALID_TOKEN", 401),
            "forbidden": lambda: _error(403, "FORBIDDEN", 403),
            "scope": lambda: _error(403, "AUTH_INSUFFICIENT_TOKEN_SCOPE", 403),
            "full": lambda: _error(403, "MAX_ITEMS_LIMIT_REACHED", 49, max_count=MOST_TASKS),
            "not_found": lambda: _error(404, "NOT_FOUND", 478),
            "rate": lambda: _error(429, "LIMITS_REACHED", 35, wait=66),
            "gateway": lambda: HTMLResponse("<!doctype html><title>Blocked</title>", status_code=403),
            "http500": lambda: _error(500, "INTERNAL_ERROR", 1),
            "http502": lambda: HTMLResponse("<html><body>Bad Gateway</body></html>", status_code=502),
            "http503": lambda: _error(503, "SERVICE_UNAVAILABLE", 2, wait=3),
        }

    def control_verbs(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "add": self._person_adds,
            "comment": lambda told: self._new_comment({"task_id": told["task"], "content": told["content"]})[
                "id"
            ],
            "complete": lambda id: self._complete(self.tasks[id]),
            "reopen": lambda id: self._reopen(self.tasks[id]),
            "delete": lambda id: self.tasks.pop(id)["id"],
            "move": lambda told: self.tasks[told["id"]].update(project_id=told["project"]),
            "label": lambda name: self.labels.append(self._label(name)),
            "project": self._person_makes_project,
            "key": lambda key: setattr(self, "key", PRACTICE_KEY if key is True else key),
            "scopes": lambda scopes: setattr(self, "scopes", SCOPES if scopes is True else frozenset(scopes)),
            "account": lambda told: self.user.update(told),
            "most_tasks": lambda most: setattr(self, "most_tasks", int(most)),
            "requests": lambda most: setattr(self, "window", RollingWindow(float(most), SPAN_SECONDS)),
            "fresh": lambda _: self._open(),
        }

    def books(self, *, summary: bool) -> Json:
        told = {"tasks": list(self.tasks.values()), "comments": list(self.comments.values())}
        return {name: len(those) for name, those in told.items()} if summary else dict(told)

    def front_page(self) -> str:
        rows = [
            [html.escape(str(task[name])) for name in ("content", "description", "priority")]
            + [html.escape(self.projects[task["project_id"]]["name"]), "done" if task["checked"] else ""]
            for task in self.tasks.values()
        ]
        return page(self.title, table(["Task", "Description", "Priority", "Project", ""], rows, "No tasks."))

    # Who may in

    def _behind_key(self, scope: str, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if self.key is None or given != f"Bearer {self.key}":
                raise Problem(_error(401, "UNAUTHORIZED", 401))
            if not self.window.take(self.clock.now()):
                wait = int(self.window.free_at(self.clock.now()) - self.clock.now()) + 1
                raise Problem(_error(429, "LIMITS_REACHED", 35, wait=wait))
            if scope not in self.scopes and "data:read_write" not in self.scopes:
                raise Problem(_error(403, "AUTH_INSUFFICIENT_TOKEN_SCOPE", 403))
            return await handler(request)

        return guarded

    # Reading

    async def _get_user(self, request: Request) -> Response:
        more = {"inbox_project_id": INBOX, "is_premium": False, "lang": "en", "token": self.key}
        return JSONResponse({**self.user, **more})

    async def _get_projects(self, request: Request) -> Response:
        return _listed(request, list(self.projects.values()))

    async def _get_project(self, request: Request) -> Response:
        return JSONResponse(_found(self.projects, request.path_params["id"], "project_id"))

    async def _get_labels(self, request: Request) -> Response:
        return _listed(request, self.labels)

    async def _get_tasks(self, request: Request) -> Response:
        asked = request.query_params
        tasks = [task for task in self.tasks.values() if not task["checked"]]
        if "project_id" in asked:
            project = _found(self.projects, asked["project_id"], "project_id")
            tasks = [task for task in tasks if task["project_id"] == project["id"]]
        if "label" in asked:
            tasks = [task for task in tasks if asked["label"] in task["labels"]]
        if "ids" in asked:
            tasks = [task for task in tasks if task["id"] in asked["ids"].split(",")]
        return _listed(request, tasks)

    async def _get_completed(self, request: Request) -> Response:
        since, until = (_moment(request.query_params.get(name), name) for name in ("since", "until"))
        if not since <= until <= since + LONGEST_SPAN:
            _refuse("until")
        done = [task for task in self.tasks.values() if task["checked"]]
        done = [task for task in done if since <= _moment(task["completed_at"], "") <= until]
        return _listed(request, done, "items")

    async def _get_task(self, request: Request) -> Response:
        return JSONResponse(self._task(request, done_too=False))

    async def _get_comments(self, request: Request) -> Response:
        asked = request.query_params
        if ("task_id" in asked) == ("project_id" in asked):
            _refuse("task_id")
        if "task_id" in asked:
            place = ("item_id", _found(self.tasks, asked["task_id"], "task_id")["id"])
        else:
            place = ("project_id", _found(self.projects, asked["project_id"], "project_id")["id"])
        name, id = place
        return _listed(request, [one for one in self.comments.values() if one.get(name) == id])

    # Writing

    async def _add_task(self, request: Request) -> Response:
        return JSONResponse(self._new_task(await body_of(request, _no_json)))

    async def _update_task(self, request: Request) -> Response:
        task, asked = self._task(request), await body_of(request, _no_json)
        task.update({**self._values({**task, **asked}), "updated_at": self._now()})
        return JSONResponse(task)

    async def _delete_task(self, request: Request) -> Response:
        del self.tasks[self._task(request)["id"]]
        return Response(status_code=204)

    async def _close_task(self, request: Request) -> Response:
        self._complete(self._task(request))
        return Response(status_code=204)

    async def _reopen_task(self, request: Request) -> Response:
        self._reopen(self._task(request))
        return Response(status_code=204)

    async def _add_comment(self, request: Request) -> Response:
        return JSONResponse(self._new_comment(await body_of(request, _no_json)))

    # What a person does, and what both ways come to

    def _person_adds(self, told: Any) -> list[str]:
        """Add tasks by hand: a text, an object of the API's members, or a list; gives the ids."""
        several = told if isinstance(told, list) else [told]
        members = [{"content": one} if isinstance(one, str) else one for one in several]
        return [str(self._new_task({"project_id": OFFERS, **one})["id"]) for one in members]

    def _person_makes_project(self, name: str) -> str:
        id = self._id()
        self.projects[id] = _project(id, name, self._now())
        return id

    def _new_task(self, asked: Json) -> Json:
        values = self._values(asked)
        project = _found(self.projects, asked.get("project_id") or INBOX, "project_id")
        active = sum(
            1 for it in self.tasks.values() if it["project_id"] == project["id"] and not it["checked"]
        )
        if active >= self.most_tasks:
            raise Problem(_error(403, "MAX_ITEMS_LIMIT_REACHED", 49, max_count=self.most_tasks))
        id, now = self._id(), self._now()
        empty = (
            "section_id",
            "parent_id",
            "assigned_by_uid",
            "responsible_uid",
            "deadline",
            "duration",
            "completed_at",
        )
        self.tasks[id] = {
            "id": id,
            "user_id": self.user["id"],
            "project_id": project["id"],
            "added_by_uid": self.user["id"],
            "checked": False,
            "is_deleted": False,
            "is_collapsed": False,
            "child_order": len(self.tasks) + 1,
            "day_order": -1,
            "note_count": 0,
            "added_at": now,
            "updated_at": now,
            **dict.fromkeys(empty),
            **values,
        }
        return self.tasks[id]

    def _new_comment(self, asked: Json) -> Json:
        content = asked.get("content")
        if not isinstance(content, str) or not 1 <= len(content) <= 15000:
            _refuse("content")
        if (asked.get("task_id") is None) == (asked.get("project_id") is None):
            _refuse("task_id")
        comment: Json = {
            "id": self._id(),
            "content": content,
            "posted_uid": self.user["id"],
            "posted_at": self._now(),
        }
        if asked.get("task_id") is not None:
            task = _found(self.tasks, asked["task_id"], "task_id")
            task["note_count"] += 1
            comment["item_id"] = task["id"]
        else:
            comment["project_id"] = _found(self.projects, asked["project_id"], "project_id")["id"]
        more = {"file_attachment": None, "uids_to_notify": None, "reactions": None, "is_deleted": False}
        self.comments[comment["id"]] = {**comment, **more}
        return self.comments[comment["id"]]

    def _values(self, asked: Json) -> Json:
        """Return what a task takes from a request, or refuse the first member that does not fit."""
        content, description = asked.get("content"), asked.get("description") or ""
        priority, labels = asked.get("priority") or 1, asked.get("labels") or []
        if not isinstance(content, str) or not content.strip() or len(content) > 500:
            _refuse("content")
        if not isinstance(description, str) or len(description) > 16383:
            _refuse("description")
        if not isinstance(priority, int) or not 1 <= priority <= 4:
            _refuse("priority")
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            _refuse("labels")
        due = asked.get("due")
        if asked.get("due_date"):
            due = _due(asked["due_date"])
        # Todoist takes away white space at both ends.
        return {
            "content": content.strip(),
            "description": description.strip(),
            "priority": priority,
            "labels": labels,
            "due": due,
        }

    def _complete(self, task: Json) -> None:
        task.update(checked=True, completed_at=self._now(), updated_at=self._now())

    def _reopen(self, task: Json) -> None:
        task.update(checked=False, completed_at=None, updated_at=self._now())

    def _task(self, request: Request, *, done_too: bool = True) -> Json:
        task = _found(self.tasks, request.path_params["id"], "task_id")
        if task["checked"] and not done_too:
            raise Problem(_error(404, "NOT_FOUND", 478))
        return task

    def _label(self, name: str) -> Json:
        return {"id": self._id(), "name": str(name), "color": "charcoal", "order": 1, "is_favorite": False}

    def _id(self) -> str:
        return "6" + "".join(self.chance.choices(DIGITS, k=15))

    def _now(self) -> str:
        return datetime.fromtimestamp(self.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _project(id: str, name: str, now: str) -> Json:
    no = (
        "is_collapsed",
        "is_shared",
        "is_favorite",
        "is_archived",
        "can_assign_tasks",
        "is_deleted",
        "is_frozen",
    )
    return {
        "id": id,
        "name": str(name),
        "description": "",
        "child_order": 1,
        "color": "charcoal",
        "view_style": "list",
        "parent_id": None,
        "inbox_project": False,
        "created_at": now,
        "updated_at": now,
        **dict.fromkeys(no, False),
    }


def _found(those: Mapping[str, Json], id: Any, argument: str) -> Json:
    if str(id).isdecimal():
        raise Problem(_error(400, "V1_ID_CANNOT_BE_USED", 557, argument=argument))
    if not re.fullmatch(f"[{DIGITS}]+", str(id)):
        _refuse(argument)
    if id not in those:
        raise Problem(_error(404, "NOT_FOUND", 478))
    return those[id]


def _listed(request: Request, those: Sequence[Json], key: str = "results") -> Response:
    """Answer with one page; its cursor is good for the same question only."""
    asked = dict(request.query_params)
    limit, cursor = asked.pop("limit", "50"), asked.pop("cursor", None)
    if not limit.isdecimal() or not 1 <= int(limit) <= 200:
        _refuse("limit")
    question = repr(sorted(asked.items()))
    after = 0
    if cursor is not None:
        try:
            last, _, of = base64.urlsafe_b64decode(cursor).decode().partition(" ")
        except ValueError:
            _refuse("cursor")
        if of != question:
            _refuse("cursor")
        ids = [one["id"] for one in those]
        after = ids.index(last) + 1 if last in ids else int(limit)
    shown = those[after : after + int(limit)]
    more = after + int(limit) < len(those)
    following = base64.urlsafe_b64encode(f"{shown[-1]['id']} {question}".encode()).decode() if more else None
    return JSONResponse({key: shown, "next_cursor": following})


def _due(stated: Any) -> Json:
    try:
        date.fromisoformat(str(stated))
    except ValueError:
        _refuse("due_date")
    return {"date": stated, "string": stated, "lang": "en", "is_recurring": False, "timezone": None}


def _moment(stated: str | None, argument: str) -> datetime:
    try:
        moment = datetime.fromisoformat(stated or "")
    except ValueError:
        _refuse(argument)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _no_json(_why: str) -> NoReturn:
    raise Problem(_error(400, "BAD_REQUEST", 19))


def _refuse(argument: str) -> NoReturn:
    raise Problem(_error(400, "INVALID_ARGUMENT_VALUE", 20, argument=argument))


def _error(status: int, tag: str, code: int, wait: int | None = None, **extra: Any) -> Response:
    """Answer as Todoist does; the seconds to wait stand in the body and in a header."""
    more = {"event_id": "07c3fb965eaa4ec6a42e977c3e035c6b", **extra}
    if wait is not None:
        more["retry_after"] = wait
    told = {
        "error": tag.replace("_", " ").capitalize(),
        "error_code": code,
        "error_tag": tag,
        "http_code": status,
    }
    headers = {"Retry-After": str(wait)} if wait is not None else None
    return JSONResponse({**told, "error_extra": more}, status_code=status, headers=headers)
