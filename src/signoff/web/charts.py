"""Charts as pictures that need no script: SVG with a title and a description; colours come from the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEIGHT, TOP, BOTTOM = 190, 24, 26
WIDE, NARROW = (
    820,
    300,
)  # of the drawing; letters are 12 px high or more, because neither is ever drawn smaller


class Bar(NamedTuple):
    """One bar: what stands under it, how high it is, and how its height reads."""

    label: str
    value: float
    shown: str


def bars(name: str, title: str, described: str, rows: Sequence[Bar]) -> SafeString:
    """
    Return a chart of bars, once for a desk and once for a phone; the style sheet shows the one that fits.

    `name` tells its parts from those of other charts on the page. The numbers belong in a table below it.
    """
    drawings = [_drawing(f"{name}-{kind}", kind, width, title, described, rows)
                for kind, width in (("wide", WIDE), ("narrow", NARROW))]  # fmt: skip
    return format_html('<div class="chart">{}{}</div>', *drawings)


def _drawing(name: str, kind: str, width: int, title: str, described: str, rows: Sequence[Bar]) -> SafeString:
    most = max((row.value for row in rows), default=0)
    highest = next((row.shown for row in rows if row.value == most), "")
    floor, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    step = width / max(1, len(rows))
    drawn = [
        (
            round(place * step + step * 0.15, 1),
            round(floor - height, 1),
            round(step * 0.7, 1),
            round(height, 1),
        )
        for place, row in enumerate(rows)
        if (height := room * row.value / most if most > 0 else 0) > 0
    ]
    places = sorted({0, len(rows) // 2, len(rows) - 1}) if rows else []
    anchors = {0: "start", len(rows) - 1: "end"} if len(rows) > 1 else {}
    labels = [
        (_middle(place, step, width, anchors), anchors.get(place, "middle"), rows[place].label)
        for place in places
    ]
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title>'
        '<desc id="{}-d">{}</desc><line class="top" x1="0" y1="{}" x2="{}" y2="{}"/>'
        '<text x="0" y="{}">{}</text>{}<line class="floor" x1="0" y1="{}" x2="{}" y2="{}"/>{}</svg>',
        kind, width, HEIGHT, name, name, name, title, name, described,
        TOP, width, TOP, TOP - 8, highest,
        format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}" rx="2"/>', drawn),
        floor, width, floor,
        format_html_join("", '<text x="{}" y="{}" text-anchor="{}">{}</text>',
                         ((x, HEIGHT - 8, anchor, label) for x, anchor, label in labels)),
    )  # fmt: skip


def _middle(place: int, step: float, width: int, anchors: dict[int, str]) -> float:
    side = {"start": 0.0, "end": float(width)}
    return side.get(anchors.get(place, ""), round((place + 0.5) * step, 1))
