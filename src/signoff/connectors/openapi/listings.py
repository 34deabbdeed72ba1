"""Which operations list records, what tells one record from another, when it was made, and how a long list goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal

from signoff.connectors.openapi.document import Document, Operation, plain
from signoff.connectors.openapi.plan import Begins, Listing, One, Pages, Prop
from signoff.connectors.openapi.schemas import (
    identifier,
    is_object,
    list_of,
    merged,
    types_of,
    value_of,
    values,
)
from signoff.connectors.shapes import member

IDS = ("id", "gid", "uuid", "uid", "sid", "guid", "_id", "key", "number", "identifier", "token")
MADE = re.compile(
    r"(?:(?:date|time|timestamp)_)?(?:created|creation|inserted|added|submitted|received|published|sent|opened|placed)"
    r"(?:_?(?:at|on|date|time|timestamp|utc|ts))*|create_(?:time|date)|add_time"
)
STAMPS = ("timestamp", "date", "time", "ts")
SINCE = re.compile(
    r"(?:created|creation|create|date_created|created_at|created_on|created_date|inserted|added|start_date|date)_?"
    r"(?:at|time|on)?_?(?:after|since|gte?|min|from)|min_created(?:_at)?|created_min"
)
SIZES = (
    "per_page",
    "limit",
    "page_size",
    "pagesize",
    "size",
    "count",
    "max_results",
    "maxresults",
    "top",
    "first",
)
PAGES = ("page", "page_number", "pagenumber", "page_no", "p", "pageindex", "page_index")
OFFSETS = ("offset", "skip", "start", "start_at", "startat", "start_index")
TOKENS = (
    "cursor", "page_token", "next_token", "continuation_token", "continuation", "marker", "start_cursor", "after",
    "starting_after", "next_cursor", "next", "page_cursor", "offset",
)  # fmt: skip
LAST_IDS = ("starting_after", "before", "before_id", "max_id", "until_id")
NEXT_ADDRESS = (
    "next",
    "next_url",
    "next_link",
    "next_page_uri",
    "next_page_url",
    "next_page",
    "odata_next_link",
    "href",
)
NEXT_TOKEN = (
    "next_cursor", "next_page_token", "next_token", "next_marker", "cursor", "continuation_token", "continuation",
    "next", "after", "end_cursor", "offset", "next_page", "next_start",
)  # fmt: skip
MORE = ("has_more", "more", "has_next", "has_next_page", "more_items_in_collection", "more_available")
SORTS = ("sort", "sort_by", "order_by", "ordering", "sort_field", "sort_key")
TURNS = ("direction", "order", "sort_order", "sort_direction", "dir", "order_direction", "sort_dir")
LIST_NAMES = (
    "data",
    "results",
    "items",
    "value",
    "values",
    "records",
    "entries",
    "objects",
    "content",
    "list",
    "rows",
)
MOST_BESIDE = 500  # values of an answer that lie beside its list
NOT_PARAMS = ("authorization", "accept", "content-type")  # OpenAPI says that these are none
HEADER = re.compile(r"[A-Za-z0-9_-]{1,80}")
ENDS = re.compile(r"\.(?:json|xml)$")


def lists(document: Document) -> list[tuple[Operation, Listing]]:
    """Return the operations that list records which can be told apart, in the document's order."""
    return document.once("lists", lambda: _lists(document))


def _lists(document: Document) -> list[tuple[Operation, Listing]]:
    found = []
    for operation in document.operations:
        listing = listing_of(document, operation) if operation.method == "get" else None
        if listing is not None:
            found.append((operation, listing))
    return found


def listing_of(document: Document, operation: Operation) -> Listing | None:
    """Return how an operation lists records, None where it lists none that can be told apart."""
    answer = merged(document, document.answer(operation))
    for rows, inner in _lists_in(document, answer):
        if not is_object(inner) or (rows and _is_one_record(answer, operation)):
            continue
        id = _id_of(document, inner, operation.path)
        if id is None:
            continue
        params = tuple(_parameters(document, operation))
        pages = _pages(document, answer, params)
        made = _made_of(document, inner)
        since, since_as = _since(document, operation) if made else ("", "iso")
        used = {pages.param, pages.size_param, since}
        return Listing(
            path=operation.path,
            rows=rows,
            id=id,
            made=made,
            params=tuple(one for one in params if one.required and one.path[0] not in used),
            fixed=_newest_first(document, operation, made),
            since=since,
            since_as=since_as,
            pages=pages,
        )
    return None


def begins(
    document: Document, operation: Operation, listing: Listing, ones: list[tuple[Operation, str, One]]
) -> Begins:
    """Return a list as something that starts work."""
    rows = _row_schema(document, operation, listing)
    fields = tuple(values(document, _raw_row(document, operation, listing)))
    object = _object_of(operation, listing)
    return Begins(
        operation=operation.id,
        name=f"new_{object}" if object else identifier(operation.id),
        label=f"A new {object.replace('_', ' ')} appears",
        object=object,
        listing=listing,
        one=one_of(document, operation, rows, listing, ones),
        fields=fields,
    )


def reads_of_one(document: Document) -> list[tuple[Operation, str, One]]:
    """Return the operations that read one record by an id that ends their path, with what their schema refers to."""
    return document.once("ones", lambda: _reads_of_one(document))


def _reads_of_one(document: Document) -> list[tuple[Operation, str, One]]:
    found = []
    for operation in document.operations:
        ending = re.search(r"/\{([^{}/]+)\}$", ENDS.sub("", operation.path))
        if operation.method != "get" or ending is None:
            continue
        raw = document.answer(operation)
        answer = merged(document, raw)
        inside: tuple[str, ...] = ()
        reference = str(member(raw, "$ref") or "")
        properties = answer.get("properties")
        if isinstance(properties, dict) and not any(identifier(key) in IDS for key in properties):
            inner = [key for key, told in properties.items() if is_object(merged(document, told))]
            if len(inner) == 1 and identifier(inner[0]) not in ("meta", "links", "error"):
                inside, reference = (inner[0],), str(member(properties[inner[0]], "$ref") or "")
        if answer and not (list_of(document, answer) is not None):
            params = tuple(one for one in _parameters(document, operation) if one.required)
            found.append(
                (
                    operation,
                    reference,
                    One(path=operation.path, param=ending[1], params=params, inside=inside),
                )
            )
    return found


def one_of(
    document: Document,
    operation: Operation,
    rows: Any,
    listing: Listing,
    ones: list[tuple[Operation, str, One]],
) -> One | None:
    """Return the operation that reads one record of a list: under the list's own path, else of the same schema."""
    base = ENDS.sub("", operation.path)
    known = {one.path[0] for one in listing.params}
    reference = str(member(_raw_row(document, operation, listing), "$ref") or "")
    can_be_asked = [
        (other, refers, one)
        for other, refers, one in ones
        if {p.path[0] for p in one.params if p.fixed is None} <= known | {one.param}
    ]
    near = [one for other, _, one in can_be_asked if ENDS.sub("", other.path) == f"{base}/{{{one.param}}}"]
    alike = [one for _, refers, one in can_be_asked if reference and refers == reference]
    return next(iter([*near, *alike]), None)


def _lists_in(document: Document, answer: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the lists in an answer, the likeliest first: the answer itself, then by their names, then any."""
    whole = list_of(document, answer)
    if whole is not None:
        yield (), whole
        return
    found: list[tuple[tuple[str, ...], dict[str, Any]]] = []
    for key, told in (answer.get("properties") or {}).items():
        inner = merged(document, told)
        held = list_of(document, inner)
        if held is not None:
            found.append(((key,), held))
        elif key in ("data", "_embedded", "result", "response", "body") and is_object(inner):
            for deeper_key, deeper in (inner.get("properties") or {}).items():
                held = list_of(document, merged(document, deeper))
                if held is not None:
                    found.append(((key, deeper_key), held))
    of_objects = [one for one in found if is_object(one[1])]
    yield from sorted(of_objects, key=lambda one: one[0][-1] not in LIST_NAMES)


def _is_one_record(answer: dict[str, Any], operation: Operation) -> bool:
    """Say whether an answer with a list in it is a record of its own, and the list only a part of that."""
    names = {identifier(key) for key in answer.get("properties") or {}}
    return bool(names & set(IDS)) or (
        ENDS.sub("", operation.path).endswith("}") and not names & set(LIST_NAMES)
    )


def _raw_row(document: Document, operation: Operation, listing: Listing) -> Any:
    node: Any = document.answer(operation)
    for key in listing.rows:
        node = merged(document, node).get("properties", {}).get(key)
    return merged(document, node).get("items")


def _row_schema(document: Document, operation: Operation, listing: Listing) -> dict[str, Any]:
    return merged(document, _raw_row(document, operation, listing))


def _id_of(document: Document, row: dict[str, Any], path: str) -> tuple[str, ...] | None:
    properties = row.get("properties") or {}
    simple = {}
    for key, told in properties.items():
        inner = merged(document, told)
        if types_of(inner) & {"string", "integer", "number"} and types_of(inner) <= {
            "string",
            "integer",
            "number",
        }:
            simple[identifier(key).strip("_").removeprefix("n_")] = key
    last = next((part for part in reversed(ENDS.sub("", path).split("/")) if part and "{" not in part), "")
    own = _singular(identifier(last))
    for name in ("id", f"{own}_id", *IDS[1:6], "n_id", f"{own}_uuid", f"{own}_number", *IDS[7:]):
        if name in simple:
            return (simple[name],)
    return None


def _made_of(document: Document, row: dict[str, Any]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for key, told in (row.get("properties") or {}).items():
        inner = merged(document, told)
        name = identifier(key).strip("_")
        is_text = types_of(inner) == {"string"} and str(inner.get("format", "")) in (
            "", "date-time", "date-time-rfc-2822", "timestamp",
        )  # fmt: skip
        if is_text or types_of(inner) == {"integer"}:
            found[name] = key
    named = [found[name] for name in found if MADE.fullmatch(name)]
    first = [key for key in named if re.search("creat", key, re.IGNORECASE)]
    stamps = [found[name] for name in STAMPS if name in found and _is_moment(document, row, found[name])]
    return next(((key,) for key in (*first, *named, *stamps)), ())


def _is_moment(document: Document, row: dict[str, Any], key: str) -> bool:
    return str(merged(document, row["properties"][key]).get("format")).startswith("date-time")


def _parameters(document: Document, operation: Operation) -> Iterator[Prop]:
    for told in document.parameters(operation):
        place = str(told.get("in"))
        if place not in ("path", "query", "header"):
            continue
        if place == "header" and (told["name"].lower() in NOT_PARAMS or not HEADER.fullmatch(told["name"])):
            continue
        is_needed = told.get("required") is True or place == "path"
        schema = merged(document, told.get("schema"))
        prop = value_of(document, told["name"], schema or {"type": "string"}, (told["name"],), is_needed)
        if prop is None and is_needed:
            prop = value_of(document, told["name"], {"type": "string"}, (told["name"],), is_needed)
        if prop is not None:
            changed = {
                "place": place,
                "help": plain(told.get("description"), 200) or prop.help,
                "is_target": place == "path" or prop.is_target,
            }
            yield prop.model_copy(update=changed)


def parameters(document: Document, operation: Operation) -> list[Prop]:
    """Return the parameters of an operation as values."""
    return list(_parameters(document, operation))


def _pages(document: Document, answer: dict[str, Any], params: tuple[Prop, ...]) -> Pages:
    queries = {identifier(one.path[0]): one for one in params if one.place == "query"}
    size = next((queries[name] for name in SIZES if name in queries), None)
    size = size or next(
        (one for name, one in queries.items() if name.endswith(("page_size", "_limit"))), None
    )
    common: dict[str, Any] = {"size_param": size.path[0] if size else "", "size": _most(size)}
    every = list(islice(_paths(document, answer), MOST_BESIDE))
    told = [path for path in every if _is_text(document, answer, path)]
    address = next((path for path in told if _leads_on(path)), ())
    token = next((path for path in every if identifier(path[-1]).strip("_") in NEXT_TOKEN), ())
    more = next((path for path in every if identifier(path[-1]) in MORE), ())
    taken = next((queries[name] for name in TOKENS if name in queries), None)
    numbered = next((queries[name] for name in PAGES if name in queries), None)
    if numbered is None:
        numbered = next((one for name, one in queries.items() if name in ("page", "page_number")), None)
    skipped = next((queries[name] for name in OFFSETS if name in queries), None)
    last = next((queries[name] for name in LAST_IDS if name in queries), None)
    if address and not (
        token and taken and identifier(address[-1]) not in ("next", "next_page_uri", "next_url")
    ):
        return Pages(way="address", where=address, more=more, **common)
    if token and taken is not None and (taken.type == "text" or taken.whole is False):
        return Pages(way="token", param=taken.path[0], where=token, more=more, **common)
    if last is not None:
        return Pages(way="last id", param=last.path[0], more=more, **common)
    if numbered is not None:
        return Pages(way="page", param=numbered.path[0], first=1, more=more, **common)
    if skipped is not None:
        return Pages(way="offset", param=skipped.path[0], more=more, **common)
    return Pages(more=more, **common)


def _most(size: Prop | None) -> int:
    """Return how many to ask for: 100, unless the document says that fewer are given at most."""
    words = size.help.lower() if size else ""
    found = re.search(r"(?:max(?:imum)?|up to|at most|limit(?:ed)? (?:of|to))\D{0,20}(\d{1,4})", words)
    return min(100, int(found[1])) if found and int(found[1]) > 0 else 100


def _paths(document: Document, answer: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the single values of an answer that lie beside its list, at most three names long."""
    for key, told in (answer.get("properties") or {}).items():
        inner = merged(document, told)
        if list_of(document, inner) is not None:
            continue
        if (inner.get("properties") or {}) and depth < 2:
            yield from ((key, *rest) for rest in _paths(document, inner, depth + 1))
        else:
            yield (key,)


def _is_text(document: Document, answer: dict[str, Any], path: tuple[str, ...]) -> bool:
    node = answer
    for key in path:
        node = merged(document, (node.get("properties") or {}).get(key))
    return types_of(node) in ({"string"}, set())


def _leads_on(path: tuple[str, ...]) -> bool:
    name = identifier(path[-1]).strip("_")
    if name == "href":
        return len(path) > 1 and identifier(path[-2]).strip("_") == "next"
    return name in NEXT_ADDRESS


def _since(document: Document, operation: Operation) -> tuple[str, Literal["iso", "seconds", "date"]]:
    for told in document.parameters(operation):
        name = identifier(re.sub(r"[\[\].]+", "_", told["name"]))
        schema = merged(document, told.get("schema"))
        if told.get("in") != "query" or list_of(document, schema) is not None:
            continue
        is_moment = str(schema.get("format")) == "date-time"
        if SINCE.fullmatch(name) or (name in ("since", "after_date") and is_moment):
            if types_of(schema) == {"integer"}:
                return told["name"], "seconds"
            return told["name"], "date" if schema.get("format") == "date" else "iso"
    return "", "iso"


def _newest_first(document: Document, operation: Operation, made: tuple[str, ...]) -> dict[str, str]:
    """Return what to send so that the newest come first, where the document says how; nothing where it does not."""
    if not made:
        return {}
    offered = {}
    for told in document.parameters(operation):
        schema = merged(document, told.get("schema"))
        choices = [one for one in schema.get("enum") or [] if isinstance(one, str)]
        if told.get("in") == "query" and choices:
            offered[identifier(told["name"])] = (told["name"], choices)
    sort = next((offered[name] for name in SORTS if name in offered), None)
    turn = next((offered[name] for name in TURNS if name in offered), None)
    made_names = {identifier(made[0]), identifier(made[0]).removesuffix("_at"), "created", "created_at"}
    fixed = {}
    if sort is not None:
        for choice in sort[1]:
            name = identifier(re.sub(r"^[-+]", "", choice)).strip("_")
            bare = re.sub(r"_(?:desc|descending|asc|ascending)$", "", name)
            is_down = choice.startswith("-") or name.endswith(("_desc", "_descending"))
            if bare in made_names and is_down:
                return {sort[0]: choice}
            if bare in made_names and turn is not None and not name.endswith(("_asc", "_ascending")):
                fixed[sort[0]] = choice
    if fixed and turn is not None:
        down = next((one for one in turn[1] if one.lower() in ("desc", "descending")), "")
        return {**fixed, turn[0]: down} if down else {}
    return {}


def _object_of(operation: Operation, listing: Listing) -> str:
    """Return what a list is of, in one word: the last part of its path that is a name, or its key in the answer."""
    parts = [identifier(one) for one in ENDS.sub("", operation.path).split("/") if one and "{" not in one]
    last = parts[-1] if parts else ""
    if re.match(r"(?:find|list|get|search|all|query)(?:_|$)", last) and len(parts) > 1:
        last = parts[-2]
    if listing.rows and listing.rows[-1] not in LIST_NAMES and last in ("list", "search", "query"):
        last = identifier(listing.rows[-1])
    return _singular(last) or "record"


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
