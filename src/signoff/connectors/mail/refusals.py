"""Why a mail server lets nobody in, in the owner's words: which of the two servers it is, and what to press."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from signoff.connectors.base import Mailbox
from signoff.connectors.manifest import Manifest, Preset
from signoff.core.errors import PermissionMissing
from signoff.outbound.mail_door import SignInRefused


@contextlib.contextmanager
def told(
    manifest: Manifest, preset: Preset | None, mailbox: Mailbox, *, reading_works: bool = False
) -> Iterator[None]:
    """
    Put a refused sign-in into words; `manifest` is the one for the provider that was chosen.

    `reading_works`: the server for reading has just let us in, so it is only the other one.
    """
    where_url = preset.where_url if preset else ""
    try:
        yield
    except SignInRefused as error:
        server = mailbox.imap if error.at == "imap" else mailbox.smtp
        host = server.host if server else ""
        which = f"the server for {'reading (IMAP)' if error.at == 'imap' else 'sending (SMTP)'}, {host},"
        begins = f"Reading the mailbox works, but {which}" if reading_works else which[0].upper() + which[1:]
        signs_in = manifest.auth.kind == "oauth"
        what, then = (_SIGNED_IN if signs_in else _BY_PASSWORD)[error.reason]
        if error.at == "smtp" and error.reason == "switched off":
            what, then = _NO_SENDING
        said = f"{begins} {what} Nothing is lost; the work waits."
        then = then.format(where=f"it is made here: {where_url}" if where_url else _SOMEWHERE)
        if error.reason in _NOT_BY_A_NEW_PASSWORD:
            raise PermissionMissing(
                str(error), app=manifest.name, owner_message=said, next_step=then
            ) from None
        error.owner_message, error.next_step = said, then
        raise


_NOT_BY_A_NEW_PASSWORD = ("switched off", "in the browser")
_SOMEWHERE = "it is made in your account's settings there, under Security"
_AGAIN = "Open Connections, choose the mailbox and press Sign in again."
_BY_PASSWORD = {
    "wrong": (
        "did not accept the address and the password.",
        "Look at the address and copy the password once more. Most providers want an app password, not the one for "
        "the web; {where}.",
    ),
    "app password": (
        "wants an app password, not the one that you sign in with on the web.",
        "Make an app password and enter it; {where}.",
    ),
    "switched off": (
        "says that IMAP is switched off for this mailbox.",
        "Allow other mail programs (IMAP) in the settings of your web mail, then press Test now.",
    ),
    "no passwords": (
        "takes no passwords from other programs.",
        "If the mailbox is Microsoft's or Google's, connect it by signing in: choose that provider. Otherwise look at "
        "the encryption: some servers take a password only where it is encrypted.",
    ),
    "in the browser": (
        "wants you to sign in with your browser first.",
        "Sign in to your mailbox on the web and confirm that it was you, then press Test now. An app password avoids "
        "it; {where}.",
    ),
}
_SIGNED_IN = {
    "wrong": (
        "did not accept the sign-in.",
        "Look whether the address is that of the account you signed in with, then sign in again.",
    ),
    "app password": ("did not accept the sign-in.", _AGAIN),
    "switched off": (
        "says that IMAP is switched off for this mailbox.",
        "Ask who looks after the mailboxes to allow IMAP for this one, then press Test now.",
    ),
    "no passwords": (
        "does not offer to sign in like this.",
        "Choose another provider, or connect by a password.",
    ),
    "in the browser": ("wants you to sign in with your browser first.", _AGAIN),
}
_NO_SENDING = (
    "says that sending by other programs is switched off for this mailbox.",
    "Ask who looks after the mailboxes to allow Authenticated SMTP for this one, then press Test now. If drafts are "
    "enough, write none as the server for sending.",
)
