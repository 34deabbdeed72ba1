"""
Runs `advance` for one run and dies by SIGKILL at a named moment: `python crash.py MOMENT RUN_ID`.

A program of its own, because a process that is killed cannot be a test. The moments are the boundaries between the
steps of a run: before and after each function that changes something here or at an app.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

# where it dies: the function, and on which side of it
MOMENTS = {
    "before the run is claimed": ("signoff.runs.draft:begin", "before"),
    "after the run is claimed": ("signoff.runs.draft:begin", "after"),
    "after the place in the pace is reserved": ("signoff.pacing.pace:reserve", "after"),
    "after the AI answered": ("signoff.runs.draft:ask", "after"),
    "after the draft is written, before the commit": ("signoff.runs.draft:keep_draft", "after"),
    "after the draft is committed": ("signoff.engine.jobs:_draft", "after"),
}
DELIVERY_MOMENTS = {
    "before delivery begins": ("signoff.runs.deliver:deliver", "before"),
    "after the ledger says transmitting": ("signoff.runs.ledger:begin_sending", "after"),
    "after the app has it, before its answer is looked at": (
        "signoff.connectors.base:Connector.perform",
        "after",
    ),
    "before the confirmation is written": ("signoff.runs.ledger:confirm", "before"),
    "after the first delivery is confirmed": ("signoff.runs.ledger:confirm", "after"),
    "after all is delivered, before the job is finished": ("signoff.runs.deliver:deliver", "after"),
}


def die_at(moment: str) -> None:
    """Arrange that this process is killed at a moment."""
    target, side = {**MOMENTS, **DELIVERY_MOMENTS}[moment]
    module_name, _, path = target.partition(":")
    holder = importlib.import_module(module_name)
    *owners, name = path.split(".")
    for owner in owners:
        holder = getattr(holder, owner)
    real = getattr(holder, name)

    def deadly(*args: object, **kwargs: object) -> object:
        if side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(holder, name, deadly)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "signoff.site.settings"
    import django

    django.setup()
    from signoff.engine.jobs import advance

    die_at(sys.argv[1])
    advance(run_id=int(sys.argv[2]))
    sys.exit("it did not die")
