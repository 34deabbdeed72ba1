"""
Whether what audits find still fits the limit: a sequential test that may be looked at after every audit.

It bets on errors being three times as frequent as the owner allows. A bet begins with the first audit and another with
each fiftieth, so that a change which comes late is noticed too; each gets a part of one stake. While errors are at the
limit or rarer, what the bets are worth is a supermartingale that begins at 1: it ever reaches 20 with a chance of at
most 5 % (Ville's inequality), however often and however long somebody looks.
Source: Howard, Ramdas, McAuliffe, Sekhon (2021), https://doi.org/10.1214/20-AOS1991; the bets by the time of the change
are a Shiryaev-Roberts sum with weights that add up to 1.
"""

from __future__ import annotations

from collections.abc import Iterable

RISK = 0.05  # chance of ever sending an integration back that is at its limit
TIMES = 3.0  # the change that it is quickest to notice
NEW_BET_EVERY = 50
FIRST_STAKE = 0.75


def bets(wrong: Iterable[bool], limit: float) -> float:
    """
    Return what the bets against a limit (0 to 1) are worth at most, over the audits in the order they were decided.

    Raises `ValueError` for a limit that is no share.
    """
    if not 0 < limit < 1:
        raise ValueError("the limit must lie between 0 and 1")
    worse = min(TIMES * limit, (1 + limit) / 2)
    if_wrong, if_right = worse / limit, (1 - worse) / (1 - limit)
    placed, left, highest = 0.0, 1.0, 1.0
    for number, is_wrong in enumerate(wrong):
        stake = _stake(number)
        placed, left = placed + stake, left - stake
        placed *= if_wrong if is_wrong else if_right
        highest = max(highest, placed + left)
    return highest


def has_drifted(wrong: Iterable[bool], limit: float) -> bool:
    """Say whether audits show that errors are more frequent than the limit (0 to 1)."""
    return bets(wrong, limit) >= 1 / RISK


def _stake(number: int) -> float:
    """Return the part of the stake that is bet before audit `number` (from 0); all of them add up to 1."""
    if number % NEW_BET_EVERY:
        return 0.0
    if number == 0:
        return FIRST_STAKE
    block = number // NEW_BET_EVERY
    return (1 - FIRST_STAKE) * (1 / block - 1 / (block + 1))
