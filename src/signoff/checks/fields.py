"""One field of a record: its value, how an owner reads it, and what it is about."""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from signoff.checks.claims import Claim
from signoff.checks.words import Text

CUSTOMER_TEXT = frozenset(
    "message nachricht mensaje comment comments kommentar inquiry enquiry anfrage consulta demande question frage pregunta body email_body text request asks wish wunsch feedback complaint".split()
)
_CUSTOMER_PATH = re.compile(
    r"messag|nachricht|mensaje|comment|kommentar|inquiry|enquiry|anfrage|consulta|remark|bemerkung|observaci|remarque|note|email|mail|request|anliegen"
)
State = Literal["value", "yes", "no", "empty"]


@dataclass
class Field:
    """One value of the record and what it is about."""

    path: str
    labels: tuple[frozenset[str], ...]  # ideas of each telling word of its own name
    context: frozenset[str]  # ideas of its parents and of what its neighbours call the thing
    words: frozenset[str]  # plain words of its own name, folded
    value: Any
    shown: str  # the value as an owner reads it
    state: State
    prose: bool = False
    is_list: bool = False
    from_facts: bool = False
    claims: list[Claim] = field(default_factory=list)
    text: Text | None = None
    per: str = ""
    days: tuple[int, ...] = ()
    group: str = ""  # path of the object it stands in
    ideas: frozenset[str] = field(init=False)  # of all its labels

    def __post_init__(self) -> None:
        self.ideas = frozenset().union(*self.labels)

    @cached_property
    def is_customers(self) -> bool:
        """Say whether the text is what the customer wrote: it asks and wishes, and stands behind no promise of ours."""
        if self.from_facts:
            return False
        if self.words & CUSTOMER_TEXT:
            return True
        return self.prose and bool(_CUSTOMER_PATH.search(self.path.lower()))

    @property
    def title(self) -> str:
        """The field's name as an owner reads it: `number_of_rooms` becomes "Number of rooms"."""
        leaf = re.sub(r"\[\d+\]", "", self.path.split(".")[-1]) or self.path
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", leaf).replace("_", " ").replace("-", " ").strip()
        return (spaced[:1].upper() + spaced[1:]) if spaced else "The record"
