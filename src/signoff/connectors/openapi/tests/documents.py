"""Five real documents, and how each is used: what is read, what is written, how one signs in at its practice server."""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass, field
from pathlib import Path

from signoff_sandbox.openapi.app import CLIENT_ID, CLIENT_SECRET, PRACTICE_KEY, USER

FOLDER = Path(__file__).parent / "documents"
PASSWORD = f"{USER}:{PRACTICE_KEY}"
GRANT = json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": "refresh-0"})


@dataclass(frozen=True)
class Real:
    """
    One document. `lists` is the path in which records appear, `seed` what a new one holds, `step` what is done with the
    answer, and `written` where in the body of the write the answer stands.
    """

    file: str
    sha256: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    lists: str
    seed: dict[str, object]
    step: str
    written: str
    secret: str = PRACTICE_KEY
    sign_in: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    record: str = ""

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.file}.xz"

    def raw(self) -> bytes:
        return lzma.decompress(self.path.read_bytes())


REAL = {
    "petstore": Real(
        "petstore.yaml",
        "7c1315ff7d191c2470e1f5fc9c9f7de1c7aacd162f24eaaf0174f88e1b7d9b1d",
        ("findPetsByStatus",),
        ("updatePet",),
        "/pet/findByStatus",
        {"name": "Bello", "photoUrls": ["https://example.test/bello.jpg"], "status": "available"},
        "app-main.update_pet: {id: record.id, name: answer.body, photo_urls: record.photo_urls, status: sold}",
        "name",
    ),
    "gotify": Real(
        "gotify.json",
        "7b32fcdb1345a26dfe32d9df9eaead6c832065eb60d30add01bfeafab968051f",
        ("getMessages",),
        ("createMessage",),
        "/message",
        {"title": "Order", "message": "40 chairs for Mr Berg"},
        "app-main.create_message: {title: 'Re: {record.title}', message: answer.body, priority: 5}",
        "message",
        sign_in="clientTokenHeader",
    ),
    "discord": Real(
        "discord.json",
        "8c1d0707ccdf8e380a86dfba04058820a66435c1b69d5ed82e04dd8c0520dd73",
        ("list_messages",),
        ("create_message",),
        "/channels/4711/messages",
        {"content": "Do you have 40 chairs?"},
        "app-main.create_message: {content: answer.body}",
        "content",
        settings={"channel_id": "4711"},
    ),
    "twilio": Real(
        "twilio.json",
        "99cae87a6bb1725f71363364cbd30282a13140374b2d5f9bdd5bdfa5d4c8a6d7",
        ("ListMessage",),
        ("CreateMessage",),
        "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json",
        {"from": "+15550001111", "to": "+15552223333", "body": "Are you open today?", "direction": "inbound"},
        "app-main.create_message: {to: record.from, from: record.to, body: answer.body}",
        "Body",
        secret=PASSWORD,
        settings={"account_sid": "AC00000000000000000000000000000001"},
        record="  only_if: {direction: inbound}\n",
    ),
    "box": Real(
        "box.json",
        "70adf696ed3955729f9c75d11f34658477c0ee143d9ff6252928f5bc0fa6d499",
        ("get_files_id_comments",),
        ("post_comments",),
        "/files/33/comments",
        {"message": "Is this the last version?"},
        "app-main.post_comments: {message: answer.body, item_id: record.id, item_type: comment}",
        "message",
        secret=GRANT,
        settings={"file_id": "33"},
    ),
}
