"""HubSpot's search: filters, sorting, paging, its caps, and an index that lags behind the records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from signoff_sandbox.desk import Problem
from signoff_sandbox.hubspot.errors import error
from signoff_sandbox.hubspot.shelf import Record, Shelf
from signoff_sandbox.hubspot.values import milliseconds

PAGE_CAP = 200
RESULT_CAP = 10_000
_QUERY_FIELDS = ("firstname", "lastname", "email", "phone", "company", "name", "domain")

Key = tuple[bool, float, str]


def search(
    shelf: Shelf, asked: dict[str, Any], now_ms: int, lag_ms: int
) -> tuple[list[Record], int, int | None]:
    """Return the records of the page, how many match in all, and the offset of the next page (None: last)."""
    groups, sort, limit, after = _checked(asked)
    candidates = _candidates(shelf, groups)
    views = (_indexed(record, now_ms, lag_ms) for record in candidates if not record.archived)
    matching = [
        view for view in views if view is not None and _matches(shelf, view, groups, asked.get("query"))
    ]
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


def _matches(shelf: Shelf, record: Record, groups: list[list[dict[str, Any]]], query: str | None) -> bool:
    if query:
        text = " ".join(record.values.get(name, "") for name in _QUERY_FIELDS).lower()
        if not all(word in text for word in query.lower().split()):
            return False
    return not groups or any(all(_holds(shelf, record, one) for one in group) for group in groups)


def _holds(shelf: Shelf, record: Record, one: dict[str, Any]) -> bool:
    name = str(one.get("propertyName"))
    if name not in shelf.properties:
        raise Problem(
            error(400, "VALIDATION_ERROR", f"There was a problem with the request: no property {name}.")
        )
    test = _OPERATORS.get(str(one.get("operator")))
    if test is None:
        raise Problem(
            error(400, "VALIDATION_ERROR", f"There was a problem with the request: {one.get('operator')}")
        )
    return test(_Compared(shelf, record, name, one))


class _Compared:
    """One filter's property of one record, ready to be compared by the property's type."""

    def __init__(self, shelf: Shelf, record: Record, name: str, one: dict[str, Any]) -> None:
        self.type = shelf.properties[name].type
        self.one = one
        if name == shelf.modified_name:
            self.value: Any = record.modified_ms
        elif name == shelf.created_name:
            self.value = record.created_ms
        else:
            self.value = self.convert(shelf.value(record, name))

    def convert(self, value: Any) -> Any:
        if value is None or value == "":
            return None
        text = str(value)
        if self.type == "number":
            try:
                return float(text)
            except ValueError:
                return None
        if self.type in ("date", "datetime"):
            return milliseconds(text)
        return text.lower()

    def wanted(self, key: str = "value") -> Any:
        return self.convert(self.one.get(key))

    def many(self) -> list[Any]:
        return [self.convert(v) for v in self.one.get("values") or []]

    def has_token(self) -> bool:
        if self.value is None:
            return False
        wanted = str(self.one.get("value", "")).lower()
        pattern = re.compile(".*".join(map(re.escape, wanted.split("*"))), re.DOTALL)
        text = str(self.value)
        return any(pattern.fullmatch(token) for token in (text, *re.split(r"[\s@.,;:/]+", text)))


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[_Compared], bool]:
    def holds(c: _Compared) -> bool:
        wanted = c.wanted()
        return c.value is not None and wanted is not None and test(c.value, wanted)

    return holds


def _between(c: _Compared) -> bool:
    low, high = c.wanted(), c.wanted("highValue")
    return c.value is not None and low is not None and high is not None and low <= c.value <= high


_OPERATORS: dict[str, Callable[[_Compared], bool]] = {
    "EQ": _ordered(lambda a, b: bool(a == b)),
    "NEQ": lambda c: bool(c.value != c.wanted()),
    "LT": _ordered(lambda a, b: bool(a < b)),
    "LTE": _ordered(lambda a, b: bool(a <= b)),
    "GT": _ordered(lambda a, b: bool(a > b)),
    "GTE": _ordered(lambda a, b: bool(a >= b)),
    "BETWEEN": _between,
    "IN": lambda c: c.value in c.many(),
    "NOT_IN": lambda c: c.value not in c.many(),
    "HAS_PROPERTY": lambda c: c.value is not None,
    "NOT_HAS_PROPERTY": lambda c: c.value is None,
    "CONTAINS_TOKEN": lambda c: c.has_token(),
    "NOT_CONTAINS_TOKEN": lambda c: not c.has_token(),
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
