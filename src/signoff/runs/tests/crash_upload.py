"""
Takes in an upload and dies by SIGKILL at a named moment: `python crash_upload.py MOMENT BATCH UPLOAD_ID`.

A program of its own, because a process that is killed cannot be a test.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

# Where it dies in its last batch: the function, and on which side of it.
MOMENTS = {
    "before the batch": ("signoff.runs.uploads:take", "before"),
    "after the runs are stored, before the commit": ("signoff.runs.uploads:receive", "after"),
    "after the rows are marked, before the jobs": ("signoff.runs.uploads:take", "after"),
    "after the jobs, before the commit": ("signoff.engine.uploads:defer", "after"),
    "after the commit": ("signoff.engine.uploads:_one_batch", "after"),
}


def die_at(moment: str, times: int) -> None:
    """Arrange that this process is killed at a moment, the so-manieth time that it comes."""
    target, side = MOMENTS[moment]
    module_name, _, name = target.partition(":")
    holder = importlib.import_module(module_name)
    real, count = getattr(holder, name), [0]

    def deadly(*args: object, **kwargs: object) -> object:
        count[0] += 1
        if side == "before" and count[0] == times:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        if count[0] == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(holder, name, deadly)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "signoff.site.settings"
    import django

    django.setup()
    from signoff.engine.uploads import take_in
    from signoff.runs import uploads

    uploads.BATCH = 20
    die_at(sys.argv[1], int(sys.argv[2]))
    take_in(upload_id=int(sys.argv[3]))
    sys.exit("it did not die")
