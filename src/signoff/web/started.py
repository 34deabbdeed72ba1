"""How this Signoff was started, and so how it is stopped, and by which commands it is reached meanwhile."""

from __future__ import annotations

import re
import shlex
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from signoff.core.home import home, practice_apps

OF_SYSTEM = re.compile(r"^0::/system\.slice/(?:.*/)?([\w@.-]+)\.service", re.MULTILINE)
MARKS = ("/.dockerenv", "/run/.containerenv")  # Docker, Podman


@dataclass(frozen=True)
class Started:
    """
    The ways to a Signoff that runs: `command` goes before what it is to do, `stopped` takes its place while it stands.

    `stop` and `start` are what is typed; "" where a key is pressed instead.
    """

    command: str
    stopped: str
    stop: str
    start: str
    stop_words: str
    note: str = ""


def started() -> Started:
    """Return how this process was started: as a service of the system, in a container, in a terminal, as the demo."""
    program = Path(sys.executable).with_name("signoff")
    command = f"SIGNOFF_HOME={shlex.quote(str(home()))} {shlex.quote(str(program))}"
    unit = service(_read("/proc/self/cgroup"))
    if unit:
        stop, start = f"sudo systemctl stop {unit}", f"sudo systemctl start {unit}"
        return Started(command, command, stop, start, _("Stop Signoff:"))
    if any(Path(mark).exists() for mark in MARKS):
        name = socket.gethostname()  # the container's number, unless it was given another
        return Started(
            f"docker exec {name} signoff",
            f"docker run --rm --volumes-from {name} signoff-image signoff",
            f"docker stop {name}",
            f"docker start {name}",
            _("Stop Signoff:"),
            _(
                "Signoff runs in a container: the commands are for the computer that runs it. signoff-image is the "
                "image that the container was made of."
            ),
        )
    note = ""
    if practice_apps().exists():
        note = _(
            "This is the demo, which forgets all at its next start, its backups too. With a Signoff of your own you "
            "put one back like this:"
        )
    return Started(
        command,
        command,
        "",
        f"{command} up",
        _("Stop Signoff: press Ctrl-C in the terminal in which it runs."),
        note,
    )


def service(groups: str) -> str:
    """Return the system's service that a process belongs to by its control groups; "" for one that a person began."""
    found = OF_SYSTEM.search(groups)
    return found[1] if found else ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:  # no Linux
        return ""
