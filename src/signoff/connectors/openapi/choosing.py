"""What a document offers to choose from, and the plan that follows from what was chosen."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urljoin, urlsplit

from signoff.connectors.manifest import PROVIDER
from signoff.connectors.openapi.document import Document, DocumentRefused, Operation, plain
from signoff.connectors.openapi.listings import IDS, begins, lists, reads_of_one
from signoff.connectors.openapi.plan import Asked, Begins, Does, Plan, Prop, SignIn, Who
from signoff.connectors.openapi.schemas import identifier, is_object, merged
from signoff.connectors.openapi.signing_in import fitting, names_all, scopes_for, sign_ins
from signoff.connectors.openapi.writings import does
from signoff.connectors.shapes import items, member
from signoff.core.clock import now
from signoff.outbound.guard import is_ip, is_public

MOST_CHOSEN = 20
WHO = re.compile(
    r"/(?:@?me|whoami|self|current|current[_-]?user|current/user|user/current|profile|auth\.test|account|user|"
    r"users/@?me|users/current|accounts/self|account/me|token/info)$"
)


@dataclass(frozen=True)
class Candidate:
    """An operation to choose from: its id in the document, what it does in words, and where it stands."""

    operation: str
    label: str
    where: str
    about: str = ""


@dataclass(frozen=True)
class Offered:
    """What can be chosen of a document: what begins work, what takes answers, and how one signs in."""

    title: str
    reads: tuple[Candidate, ...]
    writes: tuple[Candidate, ...]
    sign_ins: tuple[SignIn, ...]


F = TypeVar("F", bound=Callable[..., Any])


def _or_refused(read: F) -> F:
    """
    Refuse a document whose parts are of another kind than OpenAPI says in a place that nobody foresaw.

    What a stranger wrote must not end in an error of ours, and the net is for that alone: tests read without it.
    """

    @wraps(read)
    def safely(document: Document, *more: Any, **named: Any) -> Any:
        document.begin()
        try:
            return read(document, *more, **named)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise DocumentRefused(
                "This document is not formed as OpenAPI says, so it cannot be read.",
                next_step="Nothing was saved. A validator for OpenAPI says where it is wrong.",
            ) from error

    return cast(F, safely)


@_or_refused
def offered(document: Document) -> Offered:
    """Return what a document offers. Raises `DocumentRefused` where that is nothing."""
    return document.once("offered", lambda: _offered(document))


def _offered(document: Document) -> Offered:
    found, ones = lists(document), reads_of_one(document)
    reads = tuple(_candidate(operation) for operation, _ in found)
    writes = tuple(
        _candidate(operation)
        for operation in document.operations
        if does(document, operation, found, ones) is not None
    )
    if not reads and not writes:
        raise DocumentRefused(
            "This document describes nothing that lists records or takes an answer in JSON or as a form."
        )
    return Offered(document.title, reads, writes, tuple(sign_ins(document)))


@_or_refused
def plan_for(
    document: Document,
    reads: Sequence[str],
    writes: Sequence[str],
    *,
    sign_in: str = "",
    found_at: str = "",
) -> Plan:
    """
    Return the plan for the operations that were chosen, by their ids or as "get /path".

    `found_at` is the address that the document came from, "" for a file. Raises `DocumentRefused` naming the operation
    or the sign-in that cannot be used.
    """
    if not reads and not writes:
        raise DocumentRefused("Choose at least one operation to read or to write.", next_step=CHOOSE)
    if len(reads) + len(writes) > MOST_CHOSEN:
        raise DocumentRefused(
            f"Choose at most {MOST_CHOSEN} operations for one connection.", next_step=CHOOSE
        )
    known, ones = lists(document), reads_of_one(document)
    listed = {key: (operation, listing) for operation, listing in known for key in _keys(operation)}
    writing = {key: operation for operation in document.operations for key in _keys(operation)}
    chosen: list[Operation] = []
    begun: list[Begins] = []
    for name in dict.fromkeys(reads):
        if name not in listed:
            raise _no_such(name, "does not list records that Signoff can tell apart", listed, document)
        operation, listing = listed[name]
        chosen.append(operation)
        begun.append(begins(document, operation, listing, ones))
    done: list[Does] = []
    for name in dict.fromkeys(writes):
        action = does(document, writing[name], known, ones) if name in writing else None
        if action is None:
            raise _no_such(name, "takes nothing that an answer could fill", writing, document)
        chosen.append(writing[name])
        done.append(action)
    way_in = _way_in(document, chosen, sign_in)
    asked = _asked(begun, document)
    base_url, is_own = _server(document, chosen, found_at)
    return Plan(
        title=document.title,
        api_version=plain(member(document.tree, "info", "version"), 40) or "1",
        base_url=base_url,
        own_server=is_own,
        docs=_docs(document, base_url),
        described_on=now().date().isoformat(),
        sign_in=way_in,
        asked=tuple(asked.values()),
        who=_who(document, way_in),
        begins=tuple(_marked(one, done) for one in _apart(begun)),
        does=tuple(_with_settings(one, asked) for one in _actions_apart(done)),
    )


CHOOSE = "Nothing was saved. `signoff connect openapi --spec … --list` shows what there is to choose."


def _keys(operation: Operation) -> tuple[str, ...]:
    return (
        operation.id,
        f"{operation.method} {operation.path}",
        f"{operation.method.upper()} {operation.path}",
    )


def _candidate(operation: Operation) -> Candidate:
    tags = [plain(str(tag), 40) for tag in items(operation.node.get("tags"))]
    told = plain(operation.node.get("summary"), 100) or plain(operation.node.get("description"), 100)
    label = told.rstrip(".") or identifier(operation.id).replace("_", " ").capitalize()
    return Candidate(operation.id, label, f"{operation.method.upper()} {operation.path}", ", ".join(tags))


def _no_such(name: str, why: str, usable: Mapping[str, Any], document: Document) -> DocumentRefused:
    """Return the refusal of an operation that is not there, or cannot be used; names those that are like it."""
    shown = plain(name, 60)
    if any(name in _keys(operation) for operation in document.operations):
        return DocumentRefused(f"“{shown}” {why}.", next_step=CHOOSE)
    near = difflib.get_close_matches(name, [key for key in usable if " " not in key], 3, 0.5)
    hint = f" Is one of these meant: {', '.join(near)}?" if near else ""
    return DocumentRefused(f"The document has no “{shown}”.{hint}", next_step=CHOOSE)


def _way_in(document: Document, chosen: list[Operation], wanted: str) -> SignIn:
    ways = fitting(document, chosen)
    way = next((one for one in ways if one.name == wanted), None) if wanted else ways[0]
    if way is None:
        raise DocumentRefused(
            f"The operations cannot be used by the sign-in “{plain(wanted, 40)}”. Usable: {names_all(ways)}.",
            next_step=CHOOSE,
        )
    if way.why_not:
        raise DocumentRefused(way.why_not, next_step="Nothing was saved. Choose other operations.")
    if way.oauth is None:
        return way
    scopes = scopes_for(chosen, document, way.name)
    return way.model_copy(update={"oauth": way.oauth.model_copy(update={"scopes": scopes})})


def _marked(one: Begins, done: list[Does]) -> Begins:
    """Let a list leave out what we made ourselves, where our number stands in what we make and in what it tells."""
    told = {prop.path for prop in one.fields}
    beside = [action.mark for action in done if action.path == one.listing.path and action.mark in told]
    return one.model_copy(update={"mark": beside[0]}) if beside else one


def _asked(begun: list[Begins], document: Document) -> dict[str, Asked]:
    """Return what must be known each time a list is read, by the parameter's name: an account, a project, a folder."""
    found: dict[str, Asked] = {}
    for one in begun:
        for prop in one.listing.params:
            if prop.path[0] in found or (prop.fixed is not None):
                continue
            name = prop.name[:38].strip("_")
            name = (
                f"{name}_"
                if name == PROVIDER or any(name == other.name for other in found.values())
                else name
            )
            found[prop.path[0]] = Asked(
                param=prop.path[0],
                name=name,
                label=prop.label,
                help=prop.help,
                choices=prop.choices,
                default=prop.choices[0] if prop.choices else "",
            )
    return found


def _with_settings(action: Does, asked: dict[str, Asked]) -> Does:
    """Let an action take from the connection what is known there anyway (the account in its path)."""

    def told(prop: Prop) -> Prop:
        known = asked.get(prop.path[0]) if prop.place in ("path", "query") else None
        return prop.model_copy(update={"setting": known.name, "required": False}) if known else prop

    params = tuple(told(prop) for prop in action.params)
    return action.model_copy(update={"params": params})


def _apart(begun: list[Begins]) -> list[Begins]:
    """Give each beginning a name and an object of its own."""
    names = [one.name for one in begun]
    found = []
    for one in begun:
        if names.count(one.name) > 1:
            own = identifier(one.operation)
            one = one.model_copy(update={"name": own, "object": own})
        found.append(one)
    return found


def _actions_apart(done: list[Does]) -> list[Does]:
    found: dict[str, Does] = {}
    for one in done:
        name, number = one.name, 2
        while name in found:
            name, number = f"{one.name}_{number}", number + 1
        found[name] = one.model_copy(update={"name": name})
    return list(found.values())


def _server(document: Document, chosen: list[Operation], found_at: str) -> tuple[str, bool]:
    """
    Return the address of the app, and whether each owner has one of their own there.

    An address in a private network is never taken from a document: it is asked for, as one's own server.
    """
    stated = {_stated_server(document, one) for one in chosen}
    if len(stated) > 1:
        raise DocumentRefused(
            "The operations are at different servers. Make a connection for those of each server.",
            next_step=CHOOSE,
        )
    told = next(iter(stated))
    if told and "://" not in told and not found_at:
        return f"https://{_slug(document)}.invalid{_path(told)}", True
    try:
        parts = urlsplit(urljoin(found_at, told) if "://" not in told else told)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    path = _path(parts.path)
    if (
        not _is_everybodys(host)
        or "{" in host
        or parts.username is not None
        or parts.scheme not in ("http", "https")
    ):
        return f"https://{_slug(document)}.invalid{path}", True
    where = host if port in (None, 80, 443) else f"{host}:{port}"
    return f"https://{where}{path}"[:280], False


def _stated_server(document: Document, operation: Operation) -> str:
    if document.is_swagger:
        host, base = str(document.tree.get("host") or ""), str(document.tree.get("basePath") or "/")
        return f"https://{host}{base}" if host else base
    for holder in (operation.node, operation.shared, document.tree):
        for server in items(holder.get("servers")):
            url = str(member(server, "url") or "")
            variables = member(server, "variables")
            for name, variable in variables.items() if isinstance(variables, dict) else ():
                default, place = str(member(variable, "default") or ""), url.find(f"{{{name}}}")
                # A host such as "your-domain" is nobody's: only one of stated choices is taken, or a part of the path.
                if default and (items(member(variable, "enum")) or place > url.find("/", 8) > 0):
                    url = url.replace(f"{{{name}}}", default)
            return url or "/"
    return "/"


def _path(path: str) -> str:
    kept = path.split("?")[0].split("#")[0].rstrip("/")
    return kept if re.fullmatch(r"(?:/[\w.~@%{}+-]+)*", kept) and "{" not in kept and ".." not in kept else ""


def _is_everybodys(host: str) -> bool:
    """Say whether a host is one that the whole internet knows by this name; what it resolves to is judged later."""
    if not host:
        return False
    if is_ip(host):
        return is_public(host)
    ends = (".local", ".internal", ".localhost", ".lan", ".home", ".corp", ".test", ".example", ".invalid")
    named = host.rstrip(".")
    return "." in named and not named.endswith(ends) and named not in ("example.com", "api.example.com")


def _slug(document: Document) -> str:
    return identifier(document.title).replace("_", "-").strip("-")[:40] or "app"


def _docs(document: Document, base_url: str) -> str:
    told = (
        member(document.tree, "externalDocs", "url"),
        member(document.tree, "info", "contact", "url"),
        member(document.tree, "info", "termsOfService"),
    )
    for url in told:
        if isinstance(url, str) and re.fullmatch(r"https://[\w.-]+(?:/[^\s<>\"']*)?", url) and len(url) < 200:
            return url
    return "" if base_url.split("/")[2].endswith(".invalid") else base_url


def _who(document: Document, way_in: SignIn) -> Who | None:
    for operation in document.operations:
        if operation.method != "get" or not WHO.search(operation.path) or "{" in operation.path:
            continue
        if any(one.get("required") is True for one in document.parameters(operation)):
            continue
        if way_in.name not in [one.name for one in fitting(document, [operation]) if not one.why_not]:
            continue
        answer = merged(document, document.answer(operation))
        inside: tuple[str, ...] = ()
        properties: dict[str, Any] = answer.get("properties") or {}
        objects = [key for key, told in properties.items() if is_object(merged(document, told))]
        if not any(identifier(key) in IDS for key in properties) and len(objects) == 1:
            inside = (objects[0],)
            properties = merged(document, properties[objects[0]]).get("properties") or {}
        if any(identifier(key) in (*IDS, "email", "login", "username", "name") for key in properties):
            return Who(path=operation.path, inside=inside)
    return None
