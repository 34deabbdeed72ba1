"""
HTML taken into tags and text, in one pass over it. Pure.

Not by a parser from a library, because letters come from strangers, and what one of them writes must not stop a
worker. Measured on letters made for it: the standard library's `html.parser` took 29 s for 100 KB of "<a" and over
five minutes for as much of "<a ", Lexbor 60 s for 300 KB of lists in lists, and inscriptis wrote gigabytes of empty
lines where a margin told it to. Here each character is looked at a few times, whatever it is, and no tree is kept.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

LONGEST_TAG: Final = 5_000
_MOST_IN_QUOTES: Final = (
    4  # how many ">" inside quoted values are believed, before the first is taken for the end
)

_NAME: Final = re.compile(r"/?([a-zA-Z][^\s/<>]{0,40})")
_ATTRIBUTE: Final = re.compile(
    r"([^\s=>/\"']{1,100})(?:\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*)))?"
)
# What stands in these is no markup, up to their own end.
_RAW: Final = frozenset({"script", "style", "title", "textarea", "xmp", "noembed", "noframes", "iframe"})


@dataclass(frozen=True)
class Tag:
    """A tag by its lower-case name; `closes` for "</p>"."""

    name: str
    closes: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


def tags_and_text(source: str) -> Iterator[Tag | str]:
    """Return the tags and the text between them, entities read, comments and declarations left out."""
    low = source.lower()
    gone: set[str] = set()  # endings that were looked for and are not there: each is looked for once
    at, end = 0, len(source)
    while at < end:
        begin = source.find("<", at)
        if begin < 0:
            begin = end
        if begin > at:
            yield html.unescape(source[at:begin])
        if begin == end:
            return
        if source.startswith("<!--", begin):
            at = _behind(source, "-->", begin + 4, gone)
        elif source.startswith(("<!", "<?"), begin):
            at = _behind(source, ">", begin, gone)
        elif (name := _NAME.match(source, begin + 1)) is None:
            yield "<"
            at = begin + 1
        elif ">" in gone or source.find(">", begin) < 0:
            gone.add(">")
            yield source[begin:]
            return
        else:
            at = _end_of_tag(source, begin)
            tag = _tag(name[1].lower(), source[begin + 1 : at - 1])
            yield tag
            if tag.name in _RAW and not tag.closes:
                closing = f"</{tag.name}"
                at = _behind(low, closing, at, gone)
                at -= len(closing) if closing not in gone else 0


def _tag(name: str, inside: str) -> Tag:
    if inside.startswith("/"):
        return Tag(name, closes=True)
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(inside[:LONGEST_TAG], len(name)):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        found.setdefault(match[1].lower(), html.unescape(value))
    return Tag(name, attributes=found)


def _end_of_tag(source: str, begin: int) -> int:
    """Return the place behind the tag that begins here: behind the first ">" that stands in no quotes."""
    first = at = source.find(">", begin) + 1
    for _ in range(_MOST_IN_QUOTES):
        inside = source[begin : min(at, begin + LONGEST_TAG)]
        if inside.count('"') % 2 == 0 and inside.count("'") % 2 == 0:
            return at
        if inside.count('"') % 2 == 0 and '"' in inside:
            return at  # an apostrophe inside a quoted value
        at = source.find(">", at) + 1
        if at == 0 or at - begin > LONGEST_TAG:
            break
    return first


def _behind(source: str, ending: str, start: int, gone: set[str]) -> int:
    """Return the place behind the next `ending`, or the end of everything where there is none."""
    found = -1 if ending in gone else source.find(ending, start)
    if found < 0:
        gone.add(ending)
        return len(source)
    return found + len(ending)
