"""Todoist: tasks start work, answers become tasks and comments. From its API v1 reference as of November 2026."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from pydantic import Field as Says

from signoff.connectors import base
from signoff.connectors.base import Connector, Written
from signoff.connectors.shapes import is_page, lenient_json, member, web_page, word
from signoff.core.errors import CredentialRejected, InputRejected, PermissionMissing
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage

MARK = "Signoff run "
DONE = "/tasks/completed/by_completion_date"
FIELDS: dict[str, base.FieldType] = {"content": "text", "description": "text", "priority": "choice"}
FIELDS |= {"labels": "choices", "due": "text", "project_id": "text", "added_at": "datetime"}
PRIORITIES = tuple(base.Choice(*it) for it in (("4", "p1, urgent"), ("3", "p2"), ("2", "p3"), ("1", "p4")))


class AddTask(base.Params):
    project: str = base.target("The project it goes to: its id or its address in Todoist.", min_length=1)
    content: str = Says(description="What is to be done, in one line.", min_length=1, max_length=500)
    description: str | None = Says(None, description="More about it, below the task.", max_length=16000)
    due: str | None = Says(None, description="When it is due: 2026-12-01.", pattern=r"^(\d{4}-\d\d-\d\d)?$")
    priority: str | None = Says(None, description="1 (normal) to 4 (urgent, p1).", pattern="^[1-4]?$")


class AddComment(base.Params):
    task: str = base.target("The task it stands below: its id or its address in Todoist.", min_length=1)
    content: str = Says(description="The text of the comment.", min_length=1, max_length=14900)


class Todoist(Connector):
    triggers = (base.Trigger("task_added", "A task appears in the project", "task", needs=("read tasks",)),)

    def check(self) -> base.Account:
        reply = self._ask("/user")
        if not (id := member(me := reply.json(), "id")):
            raise reply.unexpected(f"{reply.call}: id missing")
        self._ask("/tasks", limit="1", project_id=self._project())  # who may ask for /user may read tasks
        may, lacks = ["read tasks"], []
        for words, path in (("add tasks", "/tasks"), ("add comments", "/comments")):
            try:  # one of nothing: refused as incomplete where it would be allowed
                _explain(self.door.post(path, effect="read", json={}), fine=400)
                may.append(words)
            except PermissionMissing:
                lacks.append(words)
        return base.Account(str(id), str(member(me, "full_name")), tuple(may), tuple(lacks))

    def fields(self, object: str) -> list[base.Field]:
        names = [str(member(label, "name")) for label in self._all("/labels")]
        at = {"priority": PRIORITIES, "labels": tuple(base.Choice(name, name) for name in names)}
        return [base.Field(it, it.capitalize(), kind, choices=at.get(it, ())) for it, kind in FIELDS.items()]

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> base.Page:
        listed = {str(member(it, "id")): it for it in self._all("/tasks", project_id=self._project())}
        tasks = {id: it for id, it in listed.items() if MARK not in str(member(it, "description"))}
        known = tasks if cursor is None else cursor.split()
        new = tuple(_event(task, fields) for id, task in tasks.items() if id not in known)
        return base.Page(new, " ".join(["seen:", *tasks]))

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> base.Record | None:
        reply = self.door.get(f"/tasks/{quote(object_id, safe='')}")
        return None if reply.status == 404 else _event(_explain(reply).json(), fields).record

    def latest(self, trigger: str, most: int) -> Sequence[base.Event]:
        listed = self._all("/tasks", project_id=self._project())
        listed.sort(key=lambda task: str(member(task, "added_at")), reverse=True)
        return [_event(task, ()) for task in listed[:most]]

    @base.action(label="Add a task", effect="write", repeatable=False, needs=("add tasks",))
    def add_task(self, params: AddTask, marker: str) -> Written:
        about = f"{params.description or ''}\n\n{MARK}{marker}".strip()
        task = {"content": params.content, "description": about, "project_id": _id(params.project)}
        more = {"due_date": params.due or None, "priority": int(params.priority or 1)}
        return self._write("/tasks", {**task, **more})

    @base.action(label="Add a comment", effect="write", repeatable=False, needs=("add comments",))
    def add_comment(self, params: AddComment, marker: str) -> Written:
        text = f"{params.content}\n\n{MARK}{marker}"
        return self._write("/comments", {"task_id": _id(params.task), "content": text})

    def reconcile(self, intent: base.Intent) -> base.Outcome:
        day = timedelta(days=1)
        times = {"since": f"{intent.started_at - day:%FT%TZ}", "until": f"{intent.started_at + day:%FT%TZ}"}
        if intent.action == "add_comment":
            written = self._all("/comments", task_id=_id(str(intent.params["task"])))
        else:  # by now somebody can have done it, or moved it to another project
            written = self._all("/tasks") + self._all(DONE, "items", **times)
        texts = {member(it, "id"): str(member(it, "description") or member(it, "content")) for it in written}
        found = [id for id, text in texts.items() if text.endswith(MARK + intent.marker)]
        return base.Sent(str(found[0])) if found else base.NotSent()

    def _project(self) -> str:
        return _id(self.settings.get("project") or str(member(self._ask("/user").json(), "inbox_project_id")))

    def _ask(self, path: str, **params: str) -> Reply:
        return _explain(self.door.get(path, params=params))

    def _all(self, path: str, key: str = "results", **params: str) -> list[Any]:
        reply = self._ask(path, **params, limit="200")
        if not isinstance(page := member(reply.json(), key), list):
            raise reply.unexpected(f"{reply.call}: {key} missing")
        following = member(reply.json(), "next_cursor")
        return page + (self._all(path, key, **params | {"cursor": str(following)}) if following else [])

    def _write(self, path: str, written: dict[str, Any]) -> Written:
        reply = _explain(self.door.post(path, effect="write", json=written))
        if not (id := member(reply.json(), "id")):
            raise reply.unexpected(f"{reply.call}: id missing")
        return Written(id=str(id))


def _id(stated: str) -> str:
    return stated.strip().rstrip("/").replace("/", "-").rpartition("-")[2]  # of an address, its end


def _event(task: Any, fields: Sequence[str]) -> base.Event:
    told = {name: member(task, name) for name in ("id", *FIELDS)}
    told |= {"priority": str(told["priority"]), "due": member(told["due"], "date")}
    record = {"id": told["id"]} | {name: told.get(name) for name in fields or FIELDS}
    return base.Event(f"task_added:{told['id']}", str(told["id"]), record, label=str(told["content"]))


def _explain(reply: Reply, fine: int = 200) -> Reply:  # or raises the error that the answer stands for
    if reply.ok or reply.status == fine:
        return reply
    tag = word(member(told := lenient_json(reply), "error_tag"))
    detail = f"{reply.call}: {reply.status} {tag} {word(member(told, 'error_extra', 'argument'))}".strip()
    if reply.status in (401, 403) and is_page(reply):
        raise web_page(detail, reply.app)
    if reply.status == 401 or tag == "AUTH_INVALID_TOKEN":
        raise CredentialRejected(detail, app=reply.app)
    if reply.status == 403 and tag in ("", "FORBIDDEN", "AUTH_INSUFFICIENT_TOKEN_SCOPE"):
        raise PermissionMissing(detail, app=reply.app)
    raise_for_outage(reply)
    no = partial(InputRejected, detail, app=reply.app)
    if reply.status == 403:
        raise no(owner_message="{app} takes no more there: project or plan are full. Nothing was added.")
    if reply.status == 404 or tag == "V1_ID_CANNOT_BE_USED":
        raise no(owner_message="{app} has no such project or task. Nothing was added.")
    raise no(owner_message="{app} did not take one of the values. Nothing was added.")
