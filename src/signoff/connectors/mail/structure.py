"""
A mail read as a letter: a small one whole, of a large one its head and its texts. Attachments are only named.

Source for the shape of BODYSTRUCTURE: RFC 9051, 7.5.2; IMAPClient gives it as nested tuples.
"""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from signoff.connectors.letters import Letter, Part, headers_of, letter_of, read_letter
from signoff.outbound.imap import Box

WHOLE_BYTES: Final = 300_000  # a mail up to this size is fetched whole
TEXT_BYTES: Final = 200_000  # of a text in a larger one, at most this much
MOST_TEXTS: Final = 20
MOST_DEPTH: Final = 20


def whole_letter(raw: bytes) -> Letter:
    """Return the letter in a whole mail."""
    return read_letter(raw)


def letter_in_parts(box: Box, uid: int, head: bytes) -> Letter | None:
    """Return the letter in a large mail of the open folder, without fetching its attachments; None when it is gone."""
    told = box.fetch([uid], "BODYSTRUCTURE").get(uid)
    if told is None:
        return None
    tree = _tree(told.get(b"BODYSTRUCTURE"), "", 0)
    texts = list(_texts(tree))[:MOST_TEXTS]
    asked = [f"BODY.PEEK[{one.number}]<0.{TEXT_BYTES}>" for one in texts]
    bodies = box.fetch([uid], *asked).get(uid, {}) if asked else {}
    for one in texts:
        one.content = _decoded(_body(bodies, one.number), one.encoding)
    return letter_of(headers_of(head), _part(tree))


@dataclass
class _Node:
    """A part of a mail by the server's description; `number` is its IMAP name ("1.2")."""

    type: str
    number: str
    charset: str = ""
    name: str = ""
    encoding: str = ""
    size: int = 0
    is_attached: bool = False
    content: bytes | None = None
    parts: list[_Node] = field(default_factory=list)


def _tree(told: Any, number: str, depth: int) -> _Node:
    """Return the parts of a mail; what is not described as the standard wants it is an unknown part."""
    if not isinstance(told, tuple) or not told or depth > MOST_DEPTH:
        return _Node("application/octet-stream", number or "1")
    if isinstance(told[0], list):
        inside = [
            _tree(one, f"{number}.{place}".lstrip("."), depth + 1) for place, one in enumerate(told[0], 1)
        ]
        return _Node(f"multipart/{_word(told[1] if len(told) > 1 else b'mixed')}", number, parts=inside)
    type = f"{_word(told[0])}/{_word(told[1] if len(told) > 1 else b'')}"
    params = _pairs(told[2] if len(told) > 2 else None)
    disposition, about = _disposition(told[7:])
    size = told[6] if len(told) > 6 and isinstance(told[6], int) else 0
    return _Node(
        type=type,
        number=number or "1",
        charset=params.get("charset", ""),
        name=about.get("filename", "") or params.get("name", ""),
        encoding=_word(told[5]) if len(told) > 5 else "",
        size=size,
        is_attached=disposition == "attachment",
    )


def _disposition(rest: Sequence[Any]) -> tuple[str, dict[str, str]]:
    """Return how a part is meant to be shown; (b"ATTACHMENT", (b"FILENAME", b"x.pdf")) stands behind its size."""
    for one in rest:
        if (
            isinstance(one, tuple)
            and len(one) == 2
            and isinstance(one[0], bytes)
            and one[0].lower() in (b"attachment", b"inline")
        ):
            return _word(one[0]), _pairs(one[1])
    return "", {}


def _pairs(told: Any) -> dict[str, str]:
    if not isinstance(told, tuple):
        return {}
    words = [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in told]
    return {name.lower(): value for name, value in zip(words[::2], words[1::2], strict=False)}


def _word(told: Any) -> str:
    return told.decode("ascii", "replace").lower() if isinstance(told, bytes) else ""


def _texts(node: _Node) -> Sequence[_Node]:
    if node.parts:
        return [text for one in node.parts for text in _texts(one)]
    return [node] if node.type in ("text/plain", "text/html") and not node.is_attached else []


def _body(told: Any, number: str) -> bytes:
    start = f"BODY[{number}]".encode()
    found = next((part for name, part in told.items() if name.startswith(start)), b"")
    return found if isinstance(found, bytes) else b""


def _decoded(body: bytes, encoding: str) -> bytes:
    """Return a text without its transfer encoding; it may have been cut anywhere."""
    if encoding == "base64":
        letters = bytes(letter for letter in body if letter not in b"\r\n \t=")
        try:
            return base64.b64decode(letters[: len(letters) // 4 * 4])
        except (binascii.Error, ValueError):
            return b""
    return quopri.decodestring(body) if encoding == "quoted-printable" else body


def _part(node: _Node) -> Part:
    return Part(
        type=node.type,
        charset=node.charset,
        name=node.name,
        is_attached=node.is_attached,
        content=node.content,
        size=node.size,
        parts=tuple(_part(one) for one in node.parts),
    )
