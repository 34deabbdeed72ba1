"""Keeps each prompt that was used, once, so that every run can say by which words it was drafted."""

from __future__ import annotations

import threading

from django.db import transaction

from signoff.core.prompt import Prompt
from signoff.prompts.models import PromptVersion


def keep_version(prompt: Prompt) -> None:
    """Store what a prompt was made of, unless it is stored already. Costs a statement the first time only."""
    if prompt.version in _kept:
        return
    row = PromptVersion(hash=prompt.version, parts=dict(prompt.parts), instructions=prompt.messages[0].text)
    PromptVersion.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(lambda: _remember(prompt.version))


def _remember(version: str) -> None:
    with _lock:
        _kept.add(version)
        if len(_kept) > 5000:
            _kept.pop()


def forget_all() -> None:
    """Forget what is known to be stored (a test's database is another one each time)."""
    with _lock:
        _kept.clear()


_kept: set[str] = set()
_lock = threading.Lock()
