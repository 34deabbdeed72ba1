"""What follows from a record's own values counts as said: totals, differences, nights between two dates."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations

from signoff.checks import dates
from signoff.checks.agreeing import is_share, written
from signoff.checks.fields import Field
from signoff.checks.record import Record
from signoff.checks.units import UNITS
from signoff.checks.words import COUNTED

_PRICE_WORDS = frozenset(["price", "fee", "rent", "amount"])
_COUNT_IDEAS = frozenset(
    [
        "quantity",
        "night",
        "guest",
        "adult",
        "unit",
        "user",
        "seat",
        "license",
        "employee",
        "item",
        "month",
        "duration",
        "room",
    ]
)
_NO_COUNTS = frozenset(["age", "floor", "built", "founded", "zip", "phone", "distance", "hours", "invoice"])
_PEOPLE = frozenset(["adult", "child"])
_MINUS_IDEAS = frozenset(["deposit", "discount", "payment", "refund", "fee", "tax", "delivery"])


_INDEX = re.compile(r"\[\d+\]")


def what_follows(record: Record) -> Iterator[tuple[str, float, frozenset[str]]]:
    """Yield what follows from the record's own values; only relations an owner would call obvious."""
    amounts: list[tuple[Field, float]] = []
    counts: list[tuple[Field, float]] = []
    columns: dict[str, list[float]] = {}
    column_ideas: dict[str, frozenset[str]] = {}
    moments: list[tuple[Field, dates.When]] = []
    shares: list[float] = []
    for field in record.fields:
        if field.prose:
            continue
        for claim in field.claims[:4]:
            if claim.kind in ("money", "number") and claim.values:
                value = claim.values[0]
                column = _INDEX.sub("[]", field.path) if "[" in field.path else field.path
                if column != field.path:
                    columns.setdefault(column, []).append(value)
                    column_ideas[column] = field.ideas
                if claim.kind == "money" or field.ideas & {"price", "total"}:
                    amounts.append((field, value))
                elif value == int(value) and 0 < value <= 10000:
                    counts.append((field, value))
            elif (
                claim.kind == "measure" and claim.scale in UNITS and claim.unit == "duration" and claim.values
            ):
                counts.append((field, claim.values[0] / UNITS[claim.scale][1]))
            elif claim.kind == "percent":
                shares.append(claim.values[0])
            elif claim.kind == "date" and len(claim.dates) == 1:
                moments.append((field, claim.dates[0]))
    shares.extend(_shares(record))
    for column, values in columns.items():
        if len(values) > 1:
            ideas = column_ideas[column]
            yield (
                "money" if ideas & (_PRICE_WORDS | {"total"}) else "number",
                sum(values),
                ideas | {"item", "unit", "product"},
            )
    nights: list[float] = []
    for i, (_, one) in enumerate(moments[:12]):
        for _, two in moments[i + 1 : 12]:
            between = days_between(one, two)
            if between and 0 < between < 400:
                nights.append(float(between))
                yield (
                    "days",
                    float(between),
                    frozenset(["night", "~day", "~tag", "~nacht", "~dia", "~jour", "duration"]),
                )
                yield "days", float(between + 1), frozenset(["~day", "~tag", "~dia", "~jour"])
    products: dict[str, float] = {}
    several = [
        (other, count, not other.ideas or not _COUNT_IDEAS.isdisjoint(other.ideas))
        for other, count in counts[:40] if count > 1
    ]  # fmt: skip
    for field, amount in amounts[:40]:
        for other, count, counts_things in several:
            if field.group == other.group and (counts_things or field.per):
                yield "money", amount * count, frozenset()
                if other.ideas & {"quantity"}:
                    products[field.group] = products.get(field.group, 0.0) or amount * count
        for night in nights[:6]:
            if field.per in ("night", "day") or field.ideas & {"night"}:
                yield "money", amount * night, frozenset()
        for share in shares[:6]:
            if 0 < share < 100:
                yield "money", amount * share / 100, frozenset()
                yield "money", amount * (1 - share / 100), frozenset()
        if field.per == "month" or field.ideas & {"rent"}:
            yield "money", amount * 12, frozenset()
        if field.per == "year":
            yield "money", amount / 12, frozenset()
        for other, less in amounts[:40]:
            if other is not field and other.group == field.group and other.ideas & _MINUS_IDEAS:
                yield "money", amount - less, frozenset()
                yield "money", amount + less, frozenset()
            if (
                other is not field
                and other.group == field.group
                and {*field.ideas, *other.ideas} >= {"rent", "utilities"}
            ):
                yield "money", amount + less, frozenset()
    each = [
        (claim.values[0], field.ideas & COUNTED) for field in record.fields for claim in field.claims
        if claim.kind == "money" and claim.values and (claim.per in ("person", "unit", "each", "month", "night", "hour", "day", "week") or field.per)
    ]  # fmt: skip
    every = [
        (written(c), f.ideas) for f in record.fields for c in f.claims
        if c.kind in ("number", "measure") and c.values and not f.ideas & _NO_COUNTS
    ]  # fmt: skip
    every = [(value, ideas) for value, ideas in every if 1 < value <= 5000 and value == int(value)]
    for amount, of in each[:12]:
        # "price per dentist" is multiplied by the dentists, where the record counts them.
        meant = [(value, ideas) for value, ideas in every if of & ideas]
        for count in sorted({value for value, _ in meant or every})[:40]:
            yield "money", amount * count, frozenset()
    for amount in deposits(record):
        yield "money", amount, frozenset()
    plain = [(f, a) for f, a in amounts if not f.from_facts]
    for field, amount in plain[:20]:
        for other, count in counts[:20]:
            if (
                count > 1
                and field.group == other.group
                and field.ideas & {"total", "price", "amount"}
                and other.ideas & _COUNT_IDEAS
            ):
                yield "money", round(amount / count, 2), frozenset()
    counted = [(field, count, field.ideas & _PEOPLE) for field, count in counts[:25]]
    for (one_field, one_count, some), (two_field, two_count, others) in combinations(counted, 2):
        if one_field.group == two_field.group:
            shared, people = one_field.ideas & two_field.ideas, len(some | others) == len(_PEOPLE)
            if shared or people:
                yield "number", one_count + two_count, shared | ({"guest"} if people else frozenset())
    for i, (one_field, one_amount) in enumerate(plain[:12]):
        for two_field, two_amount in plain[i + 1 : 12]:
            if one_field.group == two_field.group:
                yield "difference", abs(one_amount - two_amount), frozenset()
    for field, amount in plain[:20]:
        if field.ideas & {"rent"} and amount:
            for other, held in plain[:20]:
                if other.ideas & {"deposit"} and abs(held / amount - round(held / amount)) < 0.001:
                    yield "days", 30.0 * held / amount, frozenset()
                    yield "number", float(round(held / amount)), frozenset(["rent", "~mensualidad"])
    quantities: dict[str, float] = {f.group: c for f, c in counts if f.ideas & {"quantity"}}
    lines = [a * quantities.get(f.group, 1.0) for f, a in amounts if "[" in f.path and f.ideas & {"price"}]
    if len(lines) > 1:
        yield "money", sum(lines), frozenset()


def _shares(record: Record) -> list[float]:
    """Return the shares that the facts tell in a text ("a deposit of 40 %"), and rates without a sign: `vat_rate: 20`."""
    found = [
        c.values[0]
        for f in record.fields for c in f.claims
        if c.kind == "percent" and f.prose and f.from_facts
    ]  # fmt: skip
    for field in record.fields:
        if is_share(field):
            found.extend(
                c.values[0] if c.values[0] > 1 else c.values[0] * 100
                for c in field.claims
                if c.kind == "number"
            )
    return found


def deposits(record: Record) -> list[float]:
    """Return the deposits that are told in months of rent: 1560 for two months beside a rent of 780."""
    plain = [f for f in record.fields if not f.prose]
    months = [
        c.values[0]
        for f in plain for c in f.claims
        if "deposit" in f.ideas and c.kind == "number" and 0 < c.values[0] <= 12
    ] + [
        c.values[0] / UNITS[c.scale][1]
        for f in plain for c in f.claims
        if "deposit" in f.ideas and c.scale in UNITS and c.unit == "duration"
    ]  # fmt: skip
    rents = [
        c.values[0]
        for f in plain for c in f.claims
        if c.kind == "money" and c.values and (f.per == "month" or f.ideas & {"rent"})
    ]  # fmt: skip
    return [m * r for m in months[:3] for r in rents[:3]]


def stays(record: Record) -> tuple[float, Field | None]:
    """Return the nights between arrival and departure, with the field of the departure; 0 and None without both."""
    dated = [
        (f, c.dates[0])
        for f in record.fields for c in f.claims
        if c.kind == "date" and len(c.dates) == 1 and not f.from_facts and not f.prose
    ]  # fmt: skip
    for one, two in (("checkin", "checkout"), ("start", "end")):
        first = [(f, when) for f, when in dated if one in f.ideas]
        last = [(f, when) for f, when in dated if two in f.ideas]
        if len(first) == len(last) == 1 and first[0][0].group == last[0][0].group:
            nights = days_between(first[0][1], last[0][1])
            if nights:
                return float(nights), last[0][0]
    return 0.0, None


def days_between(one: dates.When, two: dates.When) -> int:
    """Return how many days lie between two full dates, 0 when one of them is not full."""
    if None in one or None in two:
        return 0
    try:
        return abs((date(*two) - date(*one)).days)  # type: ignore[arg-type]  # None was ruled out above
    except ValueError:
        return 0
