"""Fetching a document from an address that somebody gave: without a key, guarded, and not too large."""

from __future__ import annotations

from urllib.parse import urljoin

from signoff.connectors.openapi.document import MOST_BYTES, DocumentRefused
from signoff.core.errors import AnswerUnexpected, Unavailable
from signoff.core.home import allowed_hosts
from signoff.outbound.door import Door
from signoff.outbound.guard import AddressRefused

MOST_REDIRECTS = 3
FETCH_SECONDS = 30.0


def fetch(address: str) -> bytes:
    """
    Return a document from an address, asked for without any key and within the door's guards.

    Raises `DocumentRefused` where no document answers, and for a private address that nobody allowed.
    """
    for _ in range(MOST_REDIRECTS + 1):
        door = Door(
            address,
            app="The address of the document",
            allow_hosts=allowed_hosts(),
            total_seconds=FETCH_SECONDS,
        )
        try:
            reply = door.get(
                "", headers={"accept": "application/json, application/yaml, */*"}, max_bytes=MOST_BYTES
            )
        except AnswerUnexpected:
            raise DocumentRefused(
                f"What this address answers is larger than {MOST_BYTES // 1_000_000} MB. Nothing was kept."
            ) from None
        except AddressRefused as error:
            raise DocumentRefused(
                "This address lies inside a private network, or is not encrypted. Nothing was sent there.",
                next_step="If it is your own server, add its host to SIGNOFF_ALLOW_HOSTS and start Signoff again. "
                "Or save the document and give the file.",
            ) from error
        except Unavailable as error:
            raise DocumentRefused(
                "This address cannot be reached.",
                next_step="Nothing was saved. Look at the address, or save the document and give the file.",
            ) from error
        if reply.status in (301, 302, 303, 307, 308) and reply.headers.get("location"):
            address = urljoin(address, reply.headers["location"])
            continue
        if not reply.ok:
            raise DocumentRefused(
                "There is no document at this address, or not for everybody.",
                next_step="Nothing was saved. Look at the address, or save the document and give the file.",
            )
        return reply.body
    raise DocumentRefused("This address leads from one to the next and never to a document.")
