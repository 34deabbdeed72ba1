"""
Totals: an amount of the record that is given for another one: the goods alone as the total with delivery.

The amount stands in the record, so comparing it with all the record's amounts would find nothing wrong.
"""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks.claims import Claim
from signoff.checks.emptiness import says
from signoff.checks.fields import Field
from signoff.checks.reading import Doubt, Reading

_DELIVERY = r"(?:delivery|shipping|postage|carriage|versand\w*|liefer\w+|porto|envio|gastos de envio|livraison|frais de port|port)"
_WITH_DELIVERY = re.compile(
    rf"\b(?:includ\w+|incl\.?|with|inklusive|inkl\.?|mit|samt|incluid[oa]s?|incluyendo|con|avec|compris)\s(?:the |el |la |le |den |dem |der |die |les |los |gastos de |frais de )?{_DELIVERY}\b"
    rf"|\b{_DELIVERY}\s(?:included|inklusive|inbegriffen|incluid[oa]s?|comprise?|inclus\w*)\b"
)
_TO_PAY = re.compile(
    r"\b(?:(?:left|remaining|outstanding|still|yet) (?:to (?:pay|be paid)|due|open|balance)|(?:have|has) to pay|remains? (?:to be paid|due)|balance (?:due|is|of|still)|remaining (?:balance|amount|sum)|restbetrag|restzahlung|noch (?:offen|zu zahlen|zu bezahlen|zu begleichen)|queda\w* (?:por pagar|pendientes?)|por pagar|pendientes? de pago|importe pendiente|resta(?:n)? (?:por pagar)?|reste a (?:payer|regler|votre charge)|solde (?:a regler|de|restant|est))\b"
)
_OPEN_AFTER = re.compile(
    r"\s(?:(?:is|are|remains?|ist|sind|noch|still|quedan?|restent|reste)\s){0,2}(?:outstanding|due|left to pay|to be paid|offen|zu zahlen|pendientes?|por pagar|a (?:payer|regler))\b"
)
_PARTIAL = frozenset(
    [
        "subtotal",
        "sub",
        "net",
        "netto",
        "neto",
        "discount",
        "discounts",
        "shipping",
        "tax",
        "vat",
        "mwst",
        "iva",
        "tva",
        "items",
        "lines",
        "item",
        "line",
    ]
)


def mistaken_totals(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for an amount that is the record's, but of the goods alone, or what was paid already."""
    amounts = [c for c in reading.claims if c.kind == "money" and c.values]
    if not amounts:
        return
    whole = [f for f in _amounts(reading) if "total" in f.ideas and not f.words & _PARTIAL]
    if not whole or len({_value(f) for f in whole}) != 1:
        return
    total = _value(whole[0])
    sent = [_value(f) for f in _amounts(reading) if f.ideas & {"delivery", "dispatch"} and _value(f) > 0]
    paid = [f for f in _amounts(reading) if f.ideas & {"payment", "deposit"} and 0 < _value(f) < total]
    for claim in amounts:
        value = claim.values[0]
        if abs(value - total) < 0.011 or reading.asks_here(claim.start):
            continue
        around = _near(reading, claim)
        if (_WITH_DELIVERY.search(around) and any(abs(total - s - value) < 0.011 for s in sent)) or (
            _is_left(reading, claim)
            and any(abs(_value(f) - value) < 0.011 for f in paid)
            and abs(total - 2 * value) > 0.011
        ):
            yield Doubt(claim.start, claim.end, "contradicts", whole[0], says(whole[0]), 4)


def _amounts(reading: Reading) -> list[Field]:
    return [
        f for f in reading.record.fields
        if not f.from_facts and not f.prose and "[" not in f.path and _amount(f) is not None
    ]  # fmt: skip


def _amount(field: Field) -> float | None:
    """Return the amount a field gives; "6.00" for the delivery is one without a currency."""
    kinds = ("money", "number") if field.ideas & {"delivery", "dispatch"} else ("money",)
    return next((c.values[0] for c in field.claims if c.kind in kinds and c.values), None)


def _value(field: Field) -> float:
    return _amount(field) or 0.0


def _is_left(reading: Reading, claim: Claim) -> bool:
    """Return whether an amount is said to be still to pay: "balance due: 240", "240 are outstanding"."""
    low, high = reading.clause(claim.start)
    for other in reading.claims_between(low, claim.start):
        if other.kind == "money":
            low = other.end
    folded = reading.text.folded
    return (
        _TO_PAY.search(folded, max(low, claim.start - 60), claim.start) is not None
        or _OPEN_AFTER.match(folded[claim.end : max(high, claim.end)]) is not None
    )


def _near(reading: Reading, claim: Claim) -> str:
    """Return the words around an amount, up to the next one: "With delivery it is", "inclusive of carriage"."""
    low, high = reading.clause(claim.start)
    for other in reading.claims_between(low, high):
        if other.kind == "money" and other.end <= claim.start:
            low = other.end
        elif other.kind == "money" and other.start >= claim.end:
            high = claim.end  # what follows speaks of the next amount
            break
    return reading.text.folded[max(low, claim.start - 60) : min(max(high, claim.end), claim.end + 45)]
