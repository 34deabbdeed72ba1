"""Fills in a page's form as a browser without JavaScript does: every control sends what stands in it."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form
        self.inside = False
        self.sent: list[tuple[str, str]] = []
        self.select: str | None = None
        self.first: str | None = None
        self.chosen: str | None = None
        self.area: str | None = None
        self.text = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.inside = given.get("id") == self.form
        if not self.inside:
            return
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in given:
                return
            self.sent.append((name, given.get("value") or ("on" if kind == "checkbox" else "")))
        elif tag == "select":
            self.select, self.first, self.chosen = name, None, None
        elif tag == "option" and self.select is not None:
            value = given.get("value") or ""
            self.first = value if self.first is None else self.first
            if "selected" in given:
                self.chosen = value
        elif tag == "textarea":
            self.area, self.text = name, ""

    def handle_data(self, data):
        if self.area is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "select" and self.select is not None:
            self.sent.append((self.select, self.chosen if self.chosen is not None else self.first or ""))
            self.select = None
        elif tag == "textarea" and self.area is not None:
            self.sent.append((self.area, self.text.removeprefix("\n").replace("\n", "\r\n")))
            self.area = None


def sent_by(page: str, form: str = "bench") -> dict[str, list[str]]:
    """Return what a form of a page would send, by the controls' names."""
    reader = _Reader(form)
    reader.feed(page)
    found: dict[str, list[str]] = {}
    for name, value in reader.sent:
        found.setdefault(name, []).append(value)
    return found
