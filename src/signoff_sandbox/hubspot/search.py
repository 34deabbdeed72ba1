"""HubSpot's search: filters, sorting, paging, its caps, and an index that lags behind the records."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from signoff_sandbox.desk import Problem
from signoff_sandbox.hubspot.errors import error
from signoff_sandbox.hubspot.shelf import Record, Shelf
from signoff_sandbox.hubspot.values import milliseconds

PAGE_CAP = 200
RESULT_CAP = 10_000
_QUERY_FIELDS = ("firstname", "lastname", "email", "phone", "company", "name", "domain", "dealname")

Key = tuple[bool, float, str]
Test = Callable[[Record], bool]
Compare = Callable[[Any], bool]


def search(
    shelf: Shelf, asked: dict[str, Any], now_ms: int, lag_ms: int
) -> tuple[list[Record], int, int | None]:
    """Return the records of the page, how many match in all, and the offset of the next page (None: last)."""
    groups, sort, limit, after = _checked(asked)
    candidates = _candidates(shelf, groups)
    views = (_indexed(record, now_ms, lag_ms) for record in candidates if not record.archived)
    matches = _matcher(shelf, groups, asked.get("query"))
    matching = [view for view in views if view is not None and matches(view)]
    matching.sort(key=lambda view: view.id)
    if sort:
        name, descending = sort
        matching.sort(key=lambda view: _key(shelf, view, name), reverse=descending)
    page = matching[after : after + limit]
    following = after + limit
    return page, len(matching), following if following < len(matching) else None


def _checked(asked: dict[str, Any]) -> tuple[list[list[dict[str, Any]]], tuple[str, bool] | None, int, int]:
    groups = [group.get("filters", []) for group in asked.get("filterGroups") or []]
    if asked.get("filters"):
        groups.append(asked["filters"])
    limit = int(asked.get("limit") or 10)
    after = str(asked.get("after") or "0")
    sorts = asked.get("sorts") or []
    checks = (
        (len(groups) > 5, "there are more than 5 filter groups"),
        (any(len(g) > 6 for g in groups), "there are more than 6 filters in a group"),
        (sum(map(len, groups)) > 18, "there are more than 18 filters"),
        (len(sorts) > 1, "there is more than one sort"),
        (not 0 <= limit <= PAGE_CAP, f"limit must be at most {PAGE_CAP}"),
        (not after.isdigit(), "after must be an offset"),
        (after.isdigit() and int(after) + limit > RESULT_CAP, "paging past 10,000 results is not possible"),
        (len(asked.get("query") or "") > 3000, "query is longer than 3,000 characters"),
    )
    for wrong, why in checks:
        if wrong:
            raise Problem(error(400, "VALIDATION_ERROR", f"There was a problem with the request: {why}."))
    return groups, _sort(sorts), limit, int(after)


def _sort(sorts: list[Any]) -> tuple[str, bool] | None:
    if not sorts:
        return None
    first = sorts[0]
    if isinstance(first, str):
        return first.lstrip("-"), first.startswith("-")
    return str(first.get("propertyName")), first.get("direction") == "DESCENDING"


def _candidates(shelf: Shelf, groups: list[list[dict[str, Any]]]) -> Iterable[Record]:
    """
    Return a small superset when the only group bounds the last change from below, as pollers do; else all.
    """
    if len(groups) == 1:
        for one in groups[0]:
            if one.get("propertyName") in (shelf.modified_name, shelf.created_name) and one.get(
                "operator"
            ) in (
                "GT",
                "GTE",
                "BETWEEN",
            ):
                since = milliseconds(str(one.get("value")))
                if since is not None:
                    # Nothing is created later than it was last changed, so this holds for createdate too.
                    return list(shelf.modified_since(since))
    return list(shelf.records.values())


def _indexed(record: Record, now_ms: int, lag_ms: int) -> Record | None:
    """
    Return the record as the index knows it: an older copy, or None, while its newest change is too fresh.
    """
    if lag_ms <= 0 or record.modified_ms <= now_ms - lag_ms:
        return record
    if record.before is None or record.before[1] > now_ms - lag_ms:
        return None
    values, modified_ms = record.before
    return Record(record.id, values, record.created_ms, modified_ms)


def _matcher(shelf: Shelf, groups: list[list[dict[str, Any]]], query: str | None) -> Test:
    """Return a test for records; everything that is the same for all records is worked out once."""
    words = (query or "").lower().split()
    tests = [[_test(shelf, one) for one in group] for group in groups]

    def matches(record: Record) -> bool:
        if words:
            text = " ".join(record.values.get(name, "") for name in _QUERY_FIELDS).lower()
            if not all(word in text for word in words):
                return False
        return not tests or any(all(test(record) for test in group) for group in tests)

    return matches


def _test(shelf: Shelf, one: dict[str, Any]) -> Test:
    """Return the test of one filter. Raises 400 for a property or an operator that does not exist."""
    name, asked = str(one.get("propertyName")), str(one.get("operator"))
    if name not in shelf.properties:
        raise Problem(
            error(400, "VALIDATION_ERROR", f"There was a problem with the request: no property {name}.")
        )
    make = _OPERATORS.get(asked)
    if make is None:
        raise Problem(error(400, "VALIDATION_ERROR", f"There was a problem with the request: {asked}."))
    kind = shelf.properties[name].type
    value = _value(shelf, name, kind)
    compare = make(_Wanted(kind, one))
    return lambda record: compare(value(record))


def _value(shelf: Shelf, name: str, kind: str) -> Callable[[Record], Any]:
    """Return what reads a property of a record in a form that can be compared."""
    if name == shelf.modified_name:
        return lambda record: record.modified_ms
    if name == shelf.created_name:
        return lambda record: record.created_ms
    return lambda record: _comparable(shelf.value(record, name), kind)


def _comparable(value: Any, kind: str) -> Any:
    if value is None or value == "":
        return None
    text = str(value)
    if kind == "number":
        try:
            return float(text)
        except ValueError:
            return None
    return milliseconds(text) if kind in ("date", "datetime") else text.lower()


class _Wanted:
    """What a filter asks for, ready to be compared."""

    def __init__(self, kind: str, one: dict[str, Any]) -> None:
        self.value = _comparable(one.get("value"), kind)
        self.high = _comparable(one.get("highValue"), kind)
        self.many = [_comparable(v, kind) for v in one.get("values") or []]
        parts = str(one.get("value", "")).lower().split("*")
        self.token = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[_Wanted], Compare]:
    def make(wanted: _Wanted) -> Compare:
        aim = wanted.value
        return lambda value: value is not None and aim is not None and holds(value, aim)

    return make


def _between(wanted: _Wanted) -> Compare:
    low, high = wanted.value, wanted.high
    return lambda value: None not in (value, low, high) and low <= value <= high


def _has_token(wanted: _Wanted) -> Compare:
    def has(value: Any) -> bool:
        if value is None:
            return False
        text = str(value)
        return any(wanted.token.fullmatch(token) for token in (text, *re.split(r"[\s@.,;:/]+", text)))

    return has


def _lacks_token(wanted: _Wanted) -> Compare:
    has = _has_token(wanted)
    return lambda value: not has(value)


_OPERATORS: dict[str, Callable[[_Wanted], Compare]] = {
    "EQ": _ordered(operator.eq),
    "NEQ": lambda wanted: lambda value: bool(value != wanted.value),
    "LT": _ordered(operator.lt),
    "LTE": _ordered(operator.le),
    "GT": _ordered(operator.gt),
    "GTE": _ordered(operator.ge),
    "BETWEEN": _between,
    "IN": lambda wanted: lambda value: value in wanted.many,
    "NOT_IN": lambda wanted: lambda value: value not in wanted.many,
    "HAS_PROPERTY": lambda _: lambda value: value is not None,
    "NOT_HAS_PROPERTY": lambda _: lambda value: value is None,
    "CONTAINS_TOKEN": _has_token,
    "NOT_CONTAINS_TOKEN": _lacks_token,
}


def _key(shelf: Shelf, record: Record, name: str) -> Key:
    """Return what to sort by; records without a value come last."""
    if name == shelf.modified_name:
        return (False, float(record.modified_ms), "")
    if name == shelf.created_name:
        return (False, float(record.created_ms), "")
    value = shelf.value(record, name)
    if value is None:
        return (True, 0.0, "")
    known = shelf.properties.get(name)
    if known and known.type == "number":
        return (False, float(value), "")
    if known and known.type in ("date", "datetime"):
        return (False, float(milliseconds(value) or 0), "")
    return (False, 0.0, value.lower())
