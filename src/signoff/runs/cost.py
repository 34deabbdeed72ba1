"""What an answer cost, by the list prices that `genai-prices` knows."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from signoff.core.money import MICROS


def cost_micros(model: str, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> int:
    """
    Return the price in millionths of a dollar; 0 for a model whose price nobody knows (a local one).

    `cached_tokens` are those of the input that the provider had in its cache, and charges less for.
    """
    per_input, per_output, per_cached = _prices(model)
    cached = min(cached_tokens, input_tokens)
    whole = per_input * (input_tokens - cached) + per_cached * cached + per_output * output_tokens
    return round(whole * MICROS)


def saved_micros(model: str, cached_tokens: int) -> int:
    """Return by how much the provider's cache has made these tokens cheaper, in millionths of a dollar."""
    per_input, _, per_cached = _prices(model)
    return round((per_input - per_cached) * cached_tokens * MICROS)


def is_priced(model: str) -> bool:
    """Say whether anybody knows a price for this model."""
    return any(_prices(model))


@lru_cache(maxsize=256)
def _prices(model: str) -> tuple[Decimal, Decimal, Decimal]:
    """Return the dollars for one input, one output and one cached input token."""
    from genai_prices import Usage, calc_price

    many = 1_000_000
    try:
        price = calc_price(Usage(input_tokens=many, output_tokens=0), model_ref=model)
        back = calc_price(Usage(input_tokens=0, output_tokens=many), model_ref=model)
        kept = calc_price(Usage(input_tokens=many, cache_read_tokens=many, output_tokens=0), model_ref=model)
    except LookupError:
        return Decimal(0), Decimal(0), Decimal(0)
    return price.total_price / many, back.total_price / many, kept.total_price / many
