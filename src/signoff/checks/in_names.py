"""In names: the values that the names of fields say, as "package_20h" and "bis_30_km" do."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from signoff.checks.agreeing import NUMERIC
from signoff.checks.claims import Claim, claims_in
from signoff.checks.words import Text

# A digit that a unit or an ending follows: "20h", "30_km", "10er". Others number the field: "address_2".
_SAYS_ONE = re.compile(r"\d[ _-]?[a-z²³%€]", re.IGNORECASE)
_JOINTS = re.compile(r"[_\-]+|(?<=[a-zà-ÿ])(?=[\dA-Z])|(?<=\d)(?=[A-Z])")
_HALVES = re.compile(r"(?<=\d)_(?=\d)")
_PLACE = re.compile(r"\[\d+\]")
NUMBERED_TO = 4  # smaller plain numbers tell fields apart


class InName(NamedTuple):
    """A value that a name says, and its numbers: in base units, and as they are written."""

    claim: Claim
    said: frozenset[float]


def in_name(path: str) -> tuple[InName, ...]:
    """Return the values that the name of a field says."""
    return _in_name(path) if _SAYS_ONE.search(path) else ()


@lru_cache(maxsize=2048)
def _in_name(path: str) -> tuple[InName, ...]:
    name = _PLACE.sub("", path).rsplit(".", 1)[-1]
    text = Text(_JOINTS.sub(" ", _HALVES.sub(".", name)))
    found = []
    for claim in claims_in(text):
        if claim.kind not in NUMERIC or not claim.values:
            continue
        # "5_2kwh" may be 5.2, "15_30kg" from 15 to 30.
        written = {float(one) for one in re.findall(r"\d+", text.folded[claim.start : claim.end])}
        if claim.kind != "number" or min(claim.values) > NUMBERED_TO:
            found.append(InName(claim, frozenset({*claim.values, *claim.high, *written})))
    return tuple(found)
