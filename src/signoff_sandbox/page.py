"""The few pages the practice apps show to people; each says that it is a practice app."""

from __future__ import annotations

import html
from collections.abc import Sequence

_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;background:light-dark(#f6f5f1,#141716);color:light-dark(#1e2321,#edf0ec)}
.practice{background:light-dark(#ffefc7,#3a2b0b);padding:8px 24px;font-weight:600}
main{max-width:60rem;margin:24px auto;padding:0 24px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:8px;vertical-align:top;
border-bottom:1px solid light-dark(#d8d4ca,#353b38);white-space:pre-line;overflow-wrap:anywhere}
td:first-child,th:first-child{min-width:9rem}
a{color:light-dark(#0e5e4e,#6cc9af)}
button{font:inherit;font-weight:600;min-height:44px;padding:0 24px;border-radius:8px;cursor:pointer;
border:1px solid light-dark(#7c776b,#868f8a);background:transparent;color:inherit;margin-right:8px}
button.go{background:light-dark(#0e5e4e,#6cc9af);color:light-dark(#fff,#06201a);border-color:transparent}
pre{white-space:pre-wrap;font:inherit}
"""


def page(title: str, content: str) -> str:
    """Return a whole HTML page; `content` is HTML that its caller has escaped."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        '<div class="practice" role="note">This is a practice app. Nothing in it is real, and nothing leaves'
        f" this machine.</div><main><h1>{html.escape(title)}</h1>{content}</main></body></html>"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> str:
    """Return a table of cells that are HTML already, or the sentence `empty`."""
    if not rows:
        return f"<p>{html.escape(empty)}</p>"
    head = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
