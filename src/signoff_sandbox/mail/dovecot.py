"""
Starts a private Dovecot: an ordinary user's process, its own folder, ports of its own, nothing of the machine's.

Dovecot is a program, not a library (Debian: `apt-get install dovecot-imapd`); `why_not()` says why it cannot be
started here. Its configuration is written for version 2.3: https://doc.dovecot.org/2.3/
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_SECONDS = 20.0
PROGRAM = "/usr/sbin/dovecot"

FOLDERS = {
    "Drafts": "\\Drafts",
    "Sent": "\\Sent",
    "Trash": "\\Trash",
    "Junk": "\\Junk",
    "Archive": "\\Archive",
}

# Ends Dovecot when whoever started it is gone, even killed: then this shell's standard input ends.
_KEEPER = '"$@" & child=$!; read -r _; kill "$child"; wait "$child"'


@dataclass(frozen=True)
class Certificate:
    """The paths of a certificate (with what vouches for it) and of its key."""

    chain: Path
    key: Path


@dataclass
class Dovecot:
    """
    A running Dovecot. Everything is in `folder`, which goes with whoever made it.

    Whoever knows the `password` is let in, under any name, and finds a mailbox of that name. `token_info` is an
    address that knows access tokens (XOAUTH2); what it calls `email` must be the name.
    """

    folder: Path
    password: str
    certificate: Certificate | None = None
    token_info: str = ""
    special: Mapping[str, str] = field(default_factory=lambda: dict(FOLDERS))
    host: str = "127.0.0.1"
    port: int = 0
    tls_port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it answers. Raises `RuntimeError` with what it logged."""
        self.port = self.port or free_port(self.host)
        self.tls_port = self.tls_port or free_port(self.host)
        user = _servant()
        if self.certificate:  # into its own folder, which it may read whoever it runs as
            shutil.copy(self.certificate.chain, self.folder / "chain.pem")
            shutil.copy(self.certificate.key, self.folder / "key.pem")
        config = self.folder / "dovecot.conf"
        config.write_text(self._config(user))
        if self.token_info:
            (self.folder / "oauth2.conf").write_text(
                f"tokeninfo_url = {self.token_info}?access_token=\nusername_attribute = email\n"
            )
        for name in ("run", "mail"):
            (self.folder / name).mkdir(exist_ok=True)
        _give(self.folder, user)
        servant: dict[str, Any] = (
            {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER, "keeper", PROGRAM, "-F", "-c", str(config)],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                **servant,
            )
        self._wait()

    def stop(self) -> None:
        """End it, and return when it is gone."""
        if self.process is None:
            return
        assert self.process.stdin is not None  # noqa: S101 (asked for above)
        self.process.stdin.close()
        self.process.wait(timeout=START_SECONDS)
        self.process = None

    def restart(self) -> None:
        """End it and start it at the same ports: every session is over."""
        self.stop()
        self.start()

    def maildir(self, user: str) -> Path:
        return self.folder / "mail" / user / "Maildir"

    def renumber(self, user: str, folder: str = "INBOX") -> None:
        """Forget the numbers of a folder's mails, as a restored backup or a move to another machine does."""
        place = self.maildir(user) if folder == "INBOX" else self.maildir(user) / f".{folder}"
        for path in place.glob("dovecot*"):
            if path.is_file():
                path.unlink()
        # Made from the time; a second in which nothing happens keeps it from being the old one.
        time.sleep(1.1)

    def log(self) -> str:
        """Return what it logged, and what it said before it could."""
        paths = [self.folder / name for name in ("said", "dovecot.log")]
        return "".join(path.read_text(errors="replace") for path in paths if path.exists())

    def _wait(self) -> None:
        ends_at = time.monotonic() + START_SECONDS
        while True:
            try:
                with socket.create_connection((self.host, self.port), 1.0) as line:
                    line.settimeout(2.0)
                    if line.recv(100).startswith(b"* OK"):
                        return
            except OSError:
                pass
            if self.process is None or self.process.poll() is not None or time.monotonic() > ends_at:
                raise RuntimeError(f"Dovecot did not start: {self.log()}")
            time.sleep(0.02)

    def _config(self, user: pwd.struct_passwd) -> str:
        import grp

        group = grp.getgrgid(user.pw_gid).gr_name
        tls = (
            f"ssl = yes\nssl_cert = <{self.folder}/chain.pem\nssl_key = <{self.folder}/key.pem\n"
            if self.certificate
            else "ssl = no\n"
        )
        tokens = (
            f"passdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {self.folder}/oauth2.conf\n}}\n"
            if self.token_info
            else ""
        )
        mailboxes = "".join(
            f' mailbox "{name}" {{\n  special_use = {use}\n  auto = create\n }}\n'
            for name, use in self.special.items()
        )
        imaps = f" inet_listener imaps {{\n  port = {self.tls_port if self.certificate else 0}\n  ssl = yes\n }}\n"
        return (
            f"base_dir = {self.folder}/run\n"
            f"state_dir = {self.folder}/run\n"
            f"log_path = {self.folder}/dovecot.log\n"
            f"default_internal_user = {user.pw_name}\n"
            f"default_internal_group = {group}\n"
            f"default_login_user = {user.pw_name}\n"
            f"first_valid_uid = {user.pw_uid}\nfirst_valid_gid = {user.pw_gid}\n"
            f"protocols = imap\nlisten = {self.host}\nmail_fsync = never\n"
            f"mail_location = maildir:~/Maildir\n"
            f"disable_plaintext_auth = no\nauth_mechanisms = plain login{' xoauth2' if tokens else ''}\n"
            f"auth_failure_delay = 0\n"
            f"mail_max_userip_connections = 100\n"
            f"{tls}"
            f"passdb {{\n driver = static\n mechanisms = plain login\n args = password={self.password}\n}}\n"
            f"{tokens}"
            f"userdb {{\n driver = static\n"
            f" args = uid={user.pw_uid} gid={user.pw_gid} home={self.folder}/mail/%u\n}}\n"
            f"namespace inbox {{\n inbox = yes\n separator = /\n{mailboxes}}}\n"
            # Without the waits that follow wrong passwords: tests say many of them.
            "service anvil {\n chroot =\n unix_listener anvil-auth-penalty {\n  mode = 0\n }\n}\n"
            "service imap-login {\n chroot =\n service_count = 0\n process_min_avail = 1\n"
            f" inet_listener imap {{\n  port = {self.port}\n }}\n{imaps}}}\n"
            "service imap {\n process_min_avail = 2\n}\n"
        )


def why_not() -> str:
    """Return why Dovecot cannot be started on this machine, "" when it can."""
    program = shutil.which("dovecot") or (PROGRAM if Path(PROGRAM).exists() else "")
    if not program:
        return "Dovecot is not installed (Debian: apt-get install dovecot-imapd)"
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    if not version.startswith("2.3"):
        return f"Dovecot 2.3 is needed, and this is {version.split(' ')[0] or 'unknown'}"
    return "" if sys.platform.startswith("linux") else "Dovecot is started on Linux only"


def free_port(host: str = "127.0.0.1") -> int:
    with socket.create_server((host, 0)) as one:
        return int(one.getsockname()[1])


def _servant() -> pwd.struct_passwd:
    """Return the user that Dovecot runs as: us, or nobody where we are root, which Dovecot refuses to be."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _give(folder: Path, user: pwd.struct_passwd) -> None:
    if os.geteuid() != 0:
        return
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid)
