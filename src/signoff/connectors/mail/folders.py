"""Which folder is for drafts and which for what was sent: by its mark (RFC 6154), else by its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from signoff.core.errors import InputRejected
from signoff.outbound.imap import Box, Folder

Use = Literal["drafts", "sent"]

# As mail programs and providers name them where the server does not mark them.
_NAMES: Final[dict[Use, tuple[str, ...]]] = {
    "drafts": (
        "drafts", "draft", "draft messages", "entwürfe", "entwurf", "brouillons", "borradores", "bozze", "concepten",
        "rascunhos", "utkast", "kladder", "luonnokset", "wersje robocze", "szkice", "koncepty", "rozepsané",
        "piszkozatok", "ciorne", "taslaklar", "πρόχειρα", "черновики", "чернетки", "下書き", "草稿",
        "草稿箱", "임시보관함",
    ),
    "sent": (
        "sent", "sent mail", "sent items", "sent messages", "gesendet", "gesendete objekte", "gesendete elemente",
        "envoyés", "éléments envoyés", "messages envoyés", "enviados", "elementos enviados", "posta inviata", "inviata",
        "verzonden", "verzonden items", "itens enviados", "skickat", "sendt", "sendte elementer", "lähetetyt",
        "wysłane", "odeslané", "odoslané", "elküldött", "trimise", "gönderilmiş", "απεσταλμένα", "отправленные",
        "надіслані", "送信済み", "已发送", "寄件備份", "보낸편지함",
    ),
}  # fmt: skip


def folder_for(use: Use, stated: str, folders: Sequence[Folder]) -> str | None:
    """Return the name of the folder with this use, as the owner or the server names it; None where there is none."""
    if stated:
        return next((one.name for one in folders if one.name == stated), None)
    marked = next((one.name for one in folders if f"\\{use}" in one.uses), None)
    if marked is not None:
        return marked
    named = {_last(one.name): one.name for one in reversed(folders)}
    return next((named[name] for name in _NAMES[use] if name in named), None)


def needed(box: Box, use: Use, stated: str, app: str) -> str:
    """Return the folder with this use. Raises `InputRejected` where there is none: nothing was written."""
    found = folder_for(use, stated, box.folders())
    if found is not None:
        return found
    what = "drafts" if use == "drafts" else "sent e-mails"
    raise InputRejected(
        f"IMAP LIST: no folder for {use}",
        app=app,
        field=f"{use}_folder",
        owner_message=f"The mailbox has no folder for {what}. Nothing was written to {{app}}.",
        next_step="Make one in your mail program, or name it under Connections, More; then run it again.",
    )


def _last(name: str) -> str:
    """Return the last part of a folder's name, however the server writes its path: INBOX.Drafts, [Gmail]/Drafts."""
    return name.replace("/", ".").rpartition(".")[2].strip().casefold()
