"""Ends a process when the one that started it is gone, even after `kill -9`: nobody works on unseen."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

EVERY_SECONDS = 0.25


def end_with_parent(parent: int | None = None, then: Callable[[], None] | None = None) -> None:
    """
    Watch the parent process from a thread; when it is gone, end this process as a crash would.

    `then` is called before the end, for what would stay behind otherwise.
    """
    parent = parent or os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(EVERY_SECONDS)
        # As hard as a crash, on purpose: whatever survives a crash survives this, and nothing can hold it up.
        try:
            if then is not None:
                then()
        finally:
            os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
