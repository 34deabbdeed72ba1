"""Ordering: doubts as they stand in the text, each place told once and a claim told whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from signoff.checks.reading import Doubt


def in_order(doubts: Sequence[Doubt], text: str) -> list[Doubt]:
    """Return the doubts in order of place; of two that overlap, the heavier one, drawn over both."""
    kept: list[Doubt] = []
    owner = [-1] * (len(text) + 1)
    for doubt in sorted(doubts, key=lambda d: (-d.weight, d.start, d.start - d.end)):
        over = set(owner[doubt.start : doubt.end]) - {-1}
        if not over:
            owner[doubt.start : doubt.end] = [len(kept)] * (doubt.end - doubt.start)
            kept.append(doubt)
        elif len(over) == 1:
            index = over.pop()
            other = kept[index]
            if (doubt.kind, other.kind) == ("promise", "contradicts"):
                continue  # what the record denies is underlined by itself, not all that is promised about it
            start, end = min(doubt.start, other.start), max(doubt.end, other.end)
            if end - start <= 90 and set(owner[start:end]) <= {-1, index}:
                likely = max(other.likely, doubt.likely)
                kept[index] = replace(other, start=start, end=end, likely=likely)
                owner[start:end] = [index] * (end - start)
    return _joined(sorted(kept, key=lambda d: d.start), text)


def _joined(doubts: list[Doubt], text: str) -> list[Doubt]:
    """Return the doubts with a bare value drawn into the promise right beside it: "three months" and "free"."""
    result: list[Doubt] = []
    for doubt in doubts:
        last = result[-1] if result else None
        if (
            last is not None
            and doubt.start - last.end <= 22
            and not _APART.search(text[last.end : doubt.start])
        ):
            if (last.kind, doubt.kind) == ("not in the record", "promise") and last.field is None:
                result[-1] = replace(doubt, start=last.start)
                continue
            if (
                (last.kind, doubt.kind) == ("promise", "not in the record")
                and doubt.field is None
                and doubt.weight <= 2
            ):
                result[-1] = replace(last, end=doubt.end)
                continue
        result.append(doubt)
    return result


_APART = re.compile(r"[.;:!?\n]")
