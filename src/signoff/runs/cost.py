"""What an answer cost, by the list prices that `genai-prices` knows."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from signoff.core.money import MICROS


def cost_micros(model: str, input_tokens: int, output_tokens: int) -> int:
    """Return the price in millionths of a dollar; 0 for a model whose price nobody knows (a local one)."""
    per_input, per_output = _prices(model)
    return round((per_input * input_tokens + per_output * output_tokens) * MICROS)


@lru_cache(maxsize=256)
def _prices(model: str) -> tuple[Decimal, Decimal]:
    """Return the dollars for one input and one output token."""
    from genai_prices import Usage, calc_price

    try:
        many = 1_000_000
        price = calc_price(Usage(input_tokens=many, output_tokens=0), model_ref=model)
        back = calc_price(Usage(input_tokens=0, output_tokens=many), model_ref=model)
    except LookupError:
        return Decimal(0), Decimal(0)
    return price.total_price / many, back.total_price / many
