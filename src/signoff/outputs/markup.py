"""Whether a text keeps to its form: plain, HTML or Markdown, and nothing that acts on its reader."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>|<!--|<!DOCTYPE", re.IGNORECASE)
_MARKDOWN = re.compile(
    r"\*\*[^*\n]+\*\*|__[^_\n]+__|^#{1,6} \S|^```|^\s{0,3}[*+] \S|!?\[[^\]\n]*\]\([^)\n]+\)", re.MULTILINE
)
_TARGET = re.compile(r"\]\(\s*<?([^)\s>]+)")

ALLOWED_TAGS = frozenset(
    {
        "a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "li",
        "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead",
        "tr", "u", "ul",
    }
)  # fmt: skip
_EMPTY_TAGS = frozenset(("br", "hr"))
ALLOWED_ATTRIBUTES = frozenset(("href", "title", "lang", "dir", "colspan", "rowspan"))
ALLOWED_SCHEMES = frozenset(("http", "https", "mailto", "tel"))


def markup_fault(text: str, form: str) -> str | None:
    """Return what in the text breaks its form ("plain", "html" or "markdown"), or None."""
    if form == "html":
        return _html_fault(text)
    if _TAG.search(text):
        return "holds HTML"
    if form == "markdown":
        bad = [target for target in _TARGET.findall(text) if not _is_allowed(target)]
        return "holds a link of a kind that is not allowed" if bad else None
    return "holds Markdown signs" if _MARKDOWN.search(text) else None


def _is_allowed(target: str) -> bool:
    try:
        return urlsplit(target.strip()).scheme.lower() in ALLOWED_SCHEMES
    except ValueError:
        return False


def _html_fault(text: str) -> str | None:
    reader = _Html(convert_charrefs=True)
    try:
        reader.feed(text)
        reader.close()
    except Exception:  # the reader of HTML has raised AssertionError on broken declarations
        return "holds broken HTML"
    if reader.wrong is None and reader.open:
        return f"does not close <{reader.open[-1]}>"
    return reader.wrong


class _Html(HTMLParser):
    """Notes the first thing that is not allowed, or not closed."""

    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.open: list[str] = []
        self.wrong: str | None = None

    def note(self, what: str) -> None:
        self.wrong = self.wrong or what

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_TAGS:
            self.note(f"holds <{tag[:20]}>, which is not allowed")
        for name, value in attrs:
            if name not in ALLOWED_ATTRIBUTES:
                self.note(f"holds the attribute {name[:20]}, which is not allowed")
            elif name == "href" and not _is_allowed(value or ""):
                self.note("holds a link of a kind that is not allowed")
        if tag not in _EMPTY_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY_TAGS:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in _EMPTY_TAGS:
            return
        if not self.open or self.open[-1] != tag:
            self.note(f"closes <{tag[:20]}> where it is not open")
        else:
            self.open.pop()

    def handle_comment(self, data: str) -> None:
        self.note("holds an HTML comment")

    def handle_decl(self, decl: str) -> None:
        self.note("holds an HTML declaration")

    def handle_pi(self, data: str) -> None:
        self.note("holds an HTML instruction")

    def unknown_decl(self, data: str) -> None:
        self.note("holds an HTML declaration")
