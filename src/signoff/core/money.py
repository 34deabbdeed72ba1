"""Money in millionths of a unit, as whole numbers, so that sums are exact."""

from __future__ import annotations

from decimal import Decimal

MICROS = 1_000_000
SMALLEST_SHOWN = Decimal("0.0001")


def micros(amount: Decimal | str) -> int:
    """Return an amount ("5.00") as millionths of its unit."""
    return int((Decimal(amount) * MICROS).to_integral_value())


def dollars(amount_micros: int) -> str:
    """Return millionths of a dollar as an owner reads them: "$0.004", "$12.30"."""
    amount = Decimal(amount_micros) / MICROS
    if amount == 0:
        return "$0"
    if amount < SMALLEST_SHOWN:
        return f"under ${SMALLEST_SHOWN}"
    if amount < Decimal("0.01"):
        return f"${amount.quantize(Decimal('0.0001')).normalize():f}"
    return f"${amount.quantize(Decimal('0.01'))}"
