"""
Pictures of a record: a business card, a photographed form.

A record carries one as a `data:` address, or names one: by an https address, or by its app's own reference. What it
carries is taken out when it is stored, into a row of its own, so that records stay light; what it only names is
fetched once, when it is drafted, and kept beside it, so that the reviewer sees what the AI saw. In the record stays
`(picture)`. Only fields that the owner names as pictures are looked at: no other address in a record is ever fetched.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from signoff.connections.client import client_for, named
from signoff.connectors.base import Record
from signoff.core.errors import AnswerUnexpected, InputRejected, SignoffError, VendorDown
from signoff.core.home import allowed_hosts
from signoff.core.prompt import Image
from signoff.integrations.definition import Definition
from signoff.outbound.door import Door
from signoff.outbound.guard import AddressRefused
from signoff.outbound.reply import Reply
from signoff.runs.models import Picture, Run

MARK = "(picture)"  # without a digit in it: the checks take digits of a record for facts
MOST_BYTES = 5_000_000  # for one: what every AI that sees takes
MOST_TOGETHER_BYTES = 12_000_000  # for one record: written into a question it grows by a third
IN_BASE64 = 4 / 3
FETCH_SECONDS = 20.0
MOST_HOPS = 3
THERE = "The address of the picture"  # stands in sentences where else the name of an app stands

_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


class NoPicture(ValueError):
    """Something that should be a picture is none that an AI can look at; the text says why, to people."""


def carried(record: Mapping[str, Any], names: Iterable[str]) -> tuple[Record, tuple[Image, ...]]:
    """
    Return a record with `(picture)` where it carried one, and the pictures. Raises `NoPicture`.

    What only names a picture stays as it is: it is fetched later.
    """
    kept = dict(record)
    images = []
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value[:5].lower() == "data:":
            images.append(_from_data(name, value))
            kept[name] = MARK
    if sum(len(image.data) for image in images) > MOST_TOGETHER_BYTES:
        raise NoPicture(f"the pictures of one record may have {_megabytes(MOST_TOGETHER_BYTES)} together")
    return kept, tuple(images)


def taken_out(record: Mapping[str, Any], names: Iterable[str]) -> tuple[Record, tuple[Image, ...]]:
    """Return the same as `carried`, with what is no picture left where it is: its run will say so."""
    try:
        return carried(record, names)
    except NoPicture:
        return dict(record), ()


def keep(run_id: int, images: Iterable[Image]) -> None:
    """Store the pictures of a run; the same name a second time changes nothing."""
    rows = [
        Picture(
            run_id=run_id,
            name=image.name,
            media_type=image.media_type,
            data=image.data,
            sha256=hashlib.sha256(image.data).hexdigest(),
        )
        for image in images
    ]
    if rows:
        Picture.objects.bulk_create(rows, ignore_conflicts=True)


def copy(old_run_id: int, new_run_id: int) -> None:
    """Give a run the pictures of the one that it repeats."""
    keep(new_run_id, [row.as_image() for row in Picture.objects.filter(run_id=old_run_id)])


def of(run: Run, definition: Definition, given: Sequence[Image] = ()) -> tuple[Image, ...]:
    """
    Return the pictures of a run in the order in which the owner names them; fetches what is only named.

    `given` are those of a run that is not stored. Raises the error families; a record may have no picture at all.
    """
    there = {image.name: image for image in given}
    if run.pk is not None:
        there |= {row.name: row.as_image() for row in Picture.objects.filter(run_id=run.pk)}
    images = []
    for name in definition.prompt.pictures:
        value = run.record.get(name)
        if name not in there and value not in (None, "", MARK):
            try:
                there[name] = _named_by(name, value, run, definition)
            except NoPicture as why:
                raise _no_picture(name, str(why)) from None
            if run.pk is not None:
                keep(run.pk, [there[name]])
        if name in there:
            images.append(there[name])
    if sum(len(image.data) for image in images) > MOST_TOGETHER_BYTES:
        raise _no_picture(images[-1].name, f"all of one record may have {_megabytes(MOST_TOGETHER_BYTES)}")
    return tuple(images)


def picture_in(name: str, data: bytes) -> Image:
    """Return a picture of these bytes, its kind told by how they begin. Raises `NoPicture`."""
    if not data:
        raise NoPicture("it is empty")
    if len(data) > MOST_BYTES:
        raise NoPicture(f"it is larger than {_megabytes(MOST_BYTES)}")
    for beginning, media_type in _BEGINNINGS:
        if data.startswith(beginning):
            return Image(name, media_type, data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Image(name, "image/webp", data)
    if data[4:8] == b"ftyp":
        raise NoPicture("it is of a kind that no AI reads (HEIC, as phones take them): send it as a JPEG")
    if data[:5] == b"%PDF-":
        raise NoPicture("it is a PDF and no picture: send each page as a picture")
    raise NoPicture("it is none that an AI can look at: it must be a JPEG, PNG, WebP or GIF")


def _from_data(name: str, address: str) -> Image:
    head, comma, body = address.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise NoPicture("its data: address is not written in base64")
    if len(body) > MOST_BYTES * IN_BASE64 + 4:
        raise NoPicture(f"it is larger than {_megabytes(MOST_BYTES)}")
    try:
        data = base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise NoPicture("its data: address is cut off or damaged") from None
    return picture_in(name, data)


def _named_by(name: str, value: Any, run: Run, definition: Definition) -> Image:
    if not isinstance(value, str):
        raise NoPicture("the field holds no address of one")
    if value[:5].lower() == "data:":
        return _from_data(name, value)
    if urlsplit(value.strip()).scheme in ("https", "http"):
        return picture_in(name, _fetched(value.strip(), name))
    source = definition.record.from_
    if source:
        return picture_in(
            name, client_for(named(source), definition.version_for(source)).picture(run.object_id, value)
        )
    raise NoPicture("the field holds no address of one")


def _fetched(address: str, name: str) -> bytes:
    """Return what lies at an address, by the outbound door and nothing else. Raises the error families."""
    for _ in range(MOST_HOPS + 1):
        reply = _get(address, name)
        if reply.ok:
            return reply.body
        where = reply.headers.get("location", "")
        if reply.status in (301, 302, 303, 307, 308) and where:
            address = urljoin(address, where)
            continue
        if reply.status in (408, 429) or reply.status >= 500:
            raise VendorDown(f"GET the picture in {name}: {reply.status}", app=THERE)
        raise _no_picture(name, "its address does not give it to us: it is gone, or asks for a sign-in")
    raise _no_picture(name, "its address leads from one to the next without an end")


def _get(address: str, name: str) -> Reply:
    # Nothing signs this: whoever wrote the address would learn our keys.
    door = Door(
        address, app=THERE, allow_hosts=allowed_hosts(), timeout_seconds=FETCH_SECONDS, max_bytes=MOST_BYTES
    )
    try:
        return door.get(address, headers={"accept": "image/*"})
    except AddressRefused as error:
        raise _no_picture(
            name, "its address lies in a private network or is not encrypted, and nobody allowed it"
        ) from error
    except AnswerUnexpected as error:
        raise _no_picture(name, f"it is larger than {_megabytes(MOST_BYTES)}") from error


def _no_picture(name: str, why: str) -> SignoffError:
    sentence = f"The picture in “{name}” cannot be used: {why}. Nothing is lost."
    return InputRejected(
        f"record.{name} holds no picture that can be shown",
        field=name,
        owner_message=sentence.replace("{", "{{").replace("}", "}}"),
        next_step="Mend it where the record comes from and send it again, or take the field out of the pictures of "
        "the integration.",
    )


def _megabytes(count: int) -> str:
    return f"{count // 1_000_000} MB"
