"""`signoff certificate`: what a number of reviews proves about an error rate. Pure mathematics."""

from __future__ import annotations

from typing import TypedDict

LOWEST = 1e-6  # below, millions of reviews would be needed


class Certificate(TypedDict):
    """
    `clean_reviews_needed`: how many more reviews without a fault until it passes; 0 when it does, None where no number
    is enough because no planted draft was noticed.
    """

    upper_bound: float
    passes: bool
    clean_reviews_needed: int | None


def certificate(
    n: int, k: int, limit: float | str, alpha: float = 0.05, planted: tuple[int, int] | None = None
) -> Certificate:
    """
    Return what k errors in n reviews prove about a limit ("5%" or 0.05), with a risk of `alpha` to be wrong.

    `planted`: of so many planted drafts so many were missed; the bound is widened by what reviewers overlook.
    Raises `ValueError` in words for the terminal.
    """
    from signoff.review.bound import Planted, clean_reviews_needed, upper_bound

    highest = rate(limit)
    if planted is not None and not 0 <= planted[1] <= planted[0]:
        raise ValueError("of the planted drafts, between none and all were missed")
    seen = Planted(*planted) if planted is not None else None
    bound = upper_bound(n, k, alpha, planted=seen)
    needed = clean_reviews_needed(highest, alpha, n, k, planted=seen)
    return {"upper_bound": bound, "passes": needed == 0, "clean_reviews_needed": needed}


def rate(text: float | str) -> float:
    """Return a share as a number between 0 and 1. Raises `ValueError` for anything else, such as a bare 5."""
    written = str(text).strip()
    percent = written.endswith("%")
    try:
        value = float(written.removesuffix("%"))
    except ValueError:
        raise ValueError(f"{written!r} is not a share: write 5% or 0.05") from None
    value = value / 100 if percent else value
    if not LOWEST <= value < 1:
        raise ValueError(f"{written!r} is not a share between 0.0001 and 100 %: write 5% or 0.05")
    return value
