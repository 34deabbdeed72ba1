"""A secret that cannot be printed by accident."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """
    Holds a secret text; every way of showing it shows dots, and it cannot be pickled.

    `reveal()` is the one way to the text, so that a search for it finds every place that sees a secret.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(••••)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        import hmac

        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # a hash of a secret says something about it

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")
