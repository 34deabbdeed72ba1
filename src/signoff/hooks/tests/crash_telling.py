"""
Sends one message and dies by SIGKILL at a named moment: `python crash_telling.py MOMENT MESSAGE_ID`.

A program of its own, because a process that is killed cannot be a test.
"""

from __future__ import annotations

import os
import signal
import sys

MOMENTS = {
    "before it is written down": ("_claim", "before"),
    "after it is written down, before it is sent": ("_claim", "after"),
    "after the receiver has it, before its answer is looked at": ("_send", "after"),
    "after it is noted": ("_note", "after"),
}


def die_at(moment: str) -> None:
    """Arrange that this process is killed at a moment."""
    from signoff.hooks import telling

    name, side = MOMENTS[moment]
    real = getattr(telling, name)

    def deadly(*args: object) -> object:
        if side == "after":
            real(*args)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("it did not die")

    setattr(telling, name, deadly)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "signoff.site.settings"
    import django

    django.setup()
    from signoff.engine.hooks import tell_hook

    die_at(sys.argv[1])
    tell_hook(message_id=int(sys.argv[2]))
    sys.exit("it did not die")
