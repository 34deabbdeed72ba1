"""The words of `signoff.web.words`, for templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from signoff.core.money import dollars
from signoff.web import words

register = template.Library()
for _say in (
    words.named,
    words.mid,
    words.age,
    words.ago,
    words.day,
    words.moment,
    words.ends,
    words.urgency,
):
    register.filter(_say.__name__, _say)
register.filter("took", words.took)
register.filter("shown", words.shown)
register.filter("run_state", words.run_state)
register.filter("dollars", dollars)


@register.filter
def split_words(text: str) -> list[str]:
    """Return the words of a text, to go through them in a template."""
    return text.split()


@register.filter
def line_at(lines: Sequence[tuple[str, Any]], at: int) -> Any:
    """Return the figure of a line by its place."""
    return lines[at][1]


@register.filter
def line_of(rows: Sequence[Any], at: int) -> Any:
    """Return a row by its place."""
    return rows[at]


@register.simple_tag
def swaps(target: str = "work") -> SafeString:
    """
    Return the attributes that let htmx exchange one part of the page instead of all of it.

    The server answers with the whole page either way, so that nothing depends on JavaScript. They stand on
    each link and form, because inheriting them ends with htmx 4.
    """
    return format_html(
        'hx-boost="true" hx-target="#{0}" hx-select="#{0}" hx-swap="outerHTML show:none" hx-indicator="#{0}" '
        'hx-select-oob="#status:innerHTML,#toast,#to-review-count:innerHTML" hx-sync="#{0}:drop"',
        target,
    )
