"""
What the practice AI makes of pictures. It cannot see: it reads the caption that practice pictures carry inside.

A PNG carries it in a text chunk named "Description" (`tEXt`, `iTXt`), a JPEG in its comment. A picture without one is
looked at and says nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

TOKENS = 1_100  # about what a picture of ordinary size takes
_PNG = b"\x89PNG\r\n\x1a\n"
_STARTS = {
    "image/png": (_PNG,),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


class NoPicture(ValueError):
    """What was shown is no picture of the kind it is said to be; the text says why."""


@dataclass(frozen=True)
class Picture:
    media_type: str
    data: bytes

    def caption(self) -> str:
        """Return what is written inside, or an empty text."""
        if self.media_type == "image/png":
            return _png_text(self.data)
        return _jpeg_comment(self.data) if self.media_type == "image/jpeg" else ""

    def told(self) -> dict[str, str | int]:
        """Return what the books say of it."""
        digest = hashlib.sha256(self.data).hexdigest()
        return {"media_type": self.media_type, "bytes": len(self.data), "sha256": digest}


def picture_at(address: str) -> Picture:
    """Return the picture in a `data:` address. Raises `NoPicture`; an address elsewhere is not fetched."""
    head, comma, body = address.partition(",")
    if not head.startswith("data:") or not comma or not head.endswith(";base64"):
        raise NoPicture("the address is no data URL; the practice AI fetches nothing")
    return picture_from(head.removeprefix("data:").removesuffix(";base64"), body)


def picture_from(media_type: str, text: str) -> Picture:
    """Return a picture from base64. Raises `NoPicture`."""
    if media_type not in _STARTS:
        raise NoPicture(f"unsupported image format {media_type}")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoPicture("the image is not valid base64") from None
    if not data.startswith(_STARTS[media_type]):
        raise NoPicture("the image data does not represent a valid image")
    return Picture(media_type, data)


def practice_png(caption: str, width: int = 320, height: int = 180) -> bytes:
    """Return a plain PNG that carries a caption: a business card, as far as the practice AI is concerned."""
    row = b"\0" + b"\xff" * width * 3
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    text = b"Description\0\0\0\0\0" + caption.encode()
    chunks = (
        (b"IHDR", header),
        (b"iTXt", text),
        (b"IDAT", zlib.compress(row * height)),
        (b"IEND", b""),
    )
    return _PNG + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def practice_jpeg(caption: str) -> bytes:
    """Return the beginning of a JPEG that carries a caption, which is all that is ever read of it here."""
    comment = caption.encode()
    return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + b"\xff\xd9"


def _png_text(data: bytes) -> str:
    for kind, body in _png_chunks(data):
        if kind == b"tEXt" and body.startswith(b"Description\0"):
            return body.split(b"\0", 1)[1].decode("latin-1")
        if kind == b"iTXt" and body.startswith(b"Description\0\0"):
            return body.split(b"\0", 5)[-1].decode("utf-8", "replace")
    return ""


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, data[at + 8 : at + 8 + size]
        at += size + 12


def _jpeg_comment(data: bytes) -> str:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        size = int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        if data[at + 1] == 0xFE:
            return data[at + 4 : at + 2 + size].decode("utf-8", "replace")
        if data[at + 1] == 0xDA:
            break
        at += 2 + size
    return ""
