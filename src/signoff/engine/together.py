"""
Storing together what arrives together.

In a burst, each record's own transaction costs more than the record. Here the first thread that comes stores for all
that are waiting at that moment, in one transaction, and each thread answers only when its own record is stored.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_AT_ONCE = 200


@dataclass
class _Waiting(Generic[Item, Result]):
    item: Item
    woken: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    results: list[Result] = field(default_factory=list)
    error: BaseException | None = None


class Together(Generic[Item, Result]):
    """
    Calls `store` with all items that wait, from one thread at a time; `store` returns one result for each, in order.

    An item that cannot be stored must not take the others with it: after an error every item is tried alone.
    """

    def __init__(self, store: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[Item, Result]] = deque()
        self._has_leader = False

    def __call__(self, item: Item) -> Result:
        """Return the item's result once it is stored; raises what storing it alone raises."""
        mine: _Waiting[Item, Result] = _Waiting(item)
        with self._lock:
            self._queue.append(mine)
            mine.leads = not self._has_leader
            self._has_leader = True
        if not mine.leads:
            mine.woken.wait()
        if mine.leads:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.results[0]

    def _lead(self) -> None:
        """Store for everyone who waits now, then let the next one lead."""
        with self._lock:
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_AT_ONCE))]
        try:
            self._store_all(batch)
        finally:
            with self._lock:
                successor = self._queue[0] if self._queue else None
                self._has_leader = successor is not None
            if successor is not None:
                successor.leads = True
                successor.woken.set()
            for waiting in batch:
                waiting.woken.set()

    def _store_all(self, batch: Sequence[_Waiting[Item, Result]]) -> None:
        try:
            for waiting, result in zip(batch, self._store([w.item for w in batch]), strict=True):
                waiting.results.append(result)
        except Exception as error:
            if len(batch) == 1:
                batch[0].error = error
                return
            for waiting in batch:
                waiting.results.clear()
                self._store_all([waiting])
