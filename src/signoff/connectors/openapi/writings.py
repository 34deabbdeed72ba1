"""Which operations write, what they take, and what can be said of one whose answer was lost."""

from __future__ import annotations

import re

from signoff.connectors.openapi.document import Document, Operation, plain
from signoff.connectors.openapi.listings import ENDS, IDS, parameters
from signoff.connectors.openapi.plan import Does, Listing, One, Prop
from signoff.connectors.openapi.schemas import LONGEST_NAME, identifier, list_of, merged, values, words_in
from signoff.connectors.shapes import items

MOST_PARAMS = 60
IDEMPOTENCY = re.compile(r"(?:x_)?(?:idempotency_key|idempotent_key|request_id|paypal_request_id)")
# A field of an app that is made for another program's own number.
MARKS = (
    "external_id", "external_reference", "external_ref", "externalid", "reference_id", "client_reference_id",
    "client_reference", "custom_id", "correlation_id", "idempotency_key", "client_request_id", "nonce",
)  # fmt: skip
ENDS_THINGS = re.compile(r"(?:^|_)(?:bulk_?)?(?:delete|remove|destroy|purge|erase|wipe)(?:s|d)?(?:_|$)")
MARK_ROOM = 20  # a marker is such as so-12345-0-1f9c2b3d
LINKS = (
    "html_url",
    "web_url",
    "permalink",
    "permalink_url",
    "public_url",
    "hosted_invoice_url",
    "link",
    "web_link",
)
VERBS = {"post": "Write", "put": "Set", "patch": "Change"}


def does(
    document: Document,
    operation: Operation,
    lists: list[tuple[Operation, Listing]],
    ones: list[tuple[Operation, str, One]],
) -> Does | None:
    """Return a writing operation as something that can be done with an answer; None where it cannot be filled."""
    if operation.method == "get" or _ends_things(operation):
        return None
    body = document.body(operation)
    if body is None:
        return None
    schema = merged(document, body[1])
    if list_of(document, schema) is not None:
        return None
    inside = [one for one in values(document, body[1], to_write=True) if not one.read_only]
    if not inside or _asks_for_more(document, schema, inside):
        return None
    asked = [
        one
        for one in parameters(document, operation)
        if (one.required and one.place != "header") or one.place == "path"
    ]
    header = next(
        (
            one
            for one in parameters(document, operation)
            if one.place == "header" and IDEMPOTENCY.fullmatch(one.name)
        ),
        None,
    )
    demanded = [one for one in parameters(document, operation) if one.place == "header" and one.required]
    usual = ("accept", "content_type", header.name if header is not None else "")
    if any(one.fixed is None and one.name not in usual for one in demanded):
        return None
    back = next((one for other, _, one in ones if other.path == operation.path), None)
    # Only what is made gets our number: in what is changed, somebody's own may stand there.
    makes = operation.method == "post" and back is None and not ENDS.sub("", operation.path).endswith("}")
    mark = next((one for one in inside if makes and _takes_a_mark(one)), None)
    # A header of which there is one value alone, such as the version of the API.
    asked += [one for one in demanded if one.fixed is not None and one.name not in usual]
    params = _named_apart(asked, [one for one in inside if one is not mark])
    made = merged(document, document.answer(operation))
    found_in = _list_beside(operation, lists)
    label = (
        plain(operation.node.get("summary"), 80).rstrip(".")
        or f"{VERBS[operation.method]}: {_words(operation)}"
    )
    return Does(
        operation=operation.id,
        name=action_name(operation),
        label=f"{label} (what is left out may be emptied)" if operation.method == "put" else label,
        method=operation.method.upper(),
        path=operation.path,
        takes="form" if body[0] == "form" else "json",
        params=tuple(params),
        repeatable=header is not None or operation.method == "put",
        mark=mark.path if mark is not None else (),
        mark_header=header.path[0] if header is not None else "",
        found_in=found_in if back is None else None,
        reads_back=back,
        id=_id_in(document, made),
        link=next(((key,) for key in LINKS if key in (made.get("properties") or {})), ()),
    )


def action_name(operation: Operation) -> str:
    """Return the name of an action as it stands in integration files."""
    stated = operation.node.get("operationId")
    if isinstance(stated, str) and stated:
        return identifier(stated.rpartition("/")[2] or stated)
    parts = [one for one in ENDS.sub("", operation.path).split("/") if one and "{" not in one]
    return identifier(
        "_".join([{"post": "add", "put": "set", "patch": "change"}[operation.method], *parts[-2:]])
    )


def _ends_things(operation: Operation) -> bool:
    """Say whether an operation removes something, by any word of its name or its path."""
    names = (operation.id, operation.path)
    return any(len(one) > LONGEST_NAME or ENDS_THINGS.search(words_in(one)) for one in names)


def _asks_for_more(document: Document, schema: dict[str, object], inside: list[Prop]) -> bool:
    """Say whether an operation demands something that is no single value (a list of lines of an order)."""
    told, properties = {one.path[0] for one in inside}, schema.get("properties")
    for name in items(schema.get("required")):
        inner = merged(document, properties.get(name)) if isinstance(properties, dict) else {}
        if isinstance(name, str) and name not in told and inner.get("readOnly") is not True:
            return True
    return False


def _takes_a_mark(prop: Prop) -> bool:
    return (
        prop.name in MARKS
        and prop.type == "text"
        and not prop.many
        and not prop.required
        and (prop.max_length is None or prop.max_length >= MARK_ROOM)
        and len(prop.path) == 1
    )


def _named_apart(asked: list[Prop], inside: list[Prop]) -> list[Prop]:
    """Return parameters and body in one list under names of their own, what is demanded first."""
    found: dict[str, Prop] = {}
    ordered = [*asked, *sorted(inside, key=lambda one: not one.required)]
    for prop in ordered:
        name = prop.name
        if name in found:
            name = f"{name}_{prop.place}"
        if name not in found and (len(found) < MOST_PARAMS or prop.required):
            found[name] = prop.model_copy(update={"name": name})
    return list(found.values())


def _list_beside(operation: Operation, lists: list[tuple[Operation, Listing]]) -> Listing | None:
    """Return the list in which what a creating operation makes appears: the one at the same path."""
    if operation.method != "post":
        return None
    return next((listing for other, listing in lists if other.path == operation.path), None)


def _id_in(document: Document, made: dict[str, object]) -> tuple[str, ...]:
    properties = made.get("properties")
    if not isinstance(properties, dict):
        return ()
    plain_ones = {identifier(key): key for key in properties}
    for name in (*IDS, "n_id"):
        if name in plain_ones:
            return (plain_ones[name],)
    for key, told in properties.items():
        inner = merged(document, told).get("properties")
        for name in ("id", "gid", "uuid", "sid"):
            if isinstance(inner, dict) and name in inner and len(properties) <= 3:
                return (key, name)
    return ()


def _words(operation: Operation) -> str:
    return action_name(operation).replace("_", " ")
