"""The states of a run, by which lists are asked for."""

from __future__ import annotations

from typing import Literal

# Written out, so that the description of the API names them; a test holds them to the model's.
RunState = Literal[
    "queued", "asking", "in a batch", "waiting for review", "approved", "delivering", "done", "needs you", "rejected",
    "uncertain", "failed", "parked", "planted", "left",
]  # fmt: skip
