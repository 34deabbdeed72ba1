"""What an app can do: actions, the parameters they take, and when they are allowed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic import Field as PydanticField

BLANK = re.compile(r"{{(\d+)}}")


class Params(BaseModel):
    """The input of an action: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def fault_of(cls, given: Collection[str]) -> str | None:
        """Return what is missing where just these parameters are given, None where that is enough."""
        return None


class Written(BaseModel):
    """
    The output of a write: the app's id for what was written and, if it has one, an address to look at it.

    `note` is for the owner, where having it is less than having done it ("accepted, not delivered yet").
    """

    id: str
    link: str | None = None
    note: str = ""


def target(description: str, **more: Any) -> Any:
    """
    Declare a parameter that says *where* something goes (a recipient, an id, an address).

    Such a value may come from the record or be fixed by the owner, but never from the AI's answer.
    """
    return PydanticField(description=description, json_schema_extra={"target": True}, **more)


@dataclass(frozen=True)
class Window:
    """
    For how long after somebody wrote to us an app lets us answer them freely.

    `whom` names the parameter that says who it is, by one of the `parties` of an `Event`. What was not heard of is
    closed. `instead` is the action that is allowed afterwards: it takes `whom` too, one of the app's approved texts
    (`approved`) as its parameter `choose`, and what goes into the text's blanks as a list in `fill`.
    """

    whom: str
    lasts: timedelta
    instead: str
    choose: str
    fill: str


@dataclass(frozen=True)
class Approved:
    """
    A text that the app has approved beforehand: `key` names it in an action's parameter, `label` to a person.

    `text` has its blanks as {{1}}, {{2}} and so on, in the order in which they are filled.
    """

    key: str
    label: str
    text: str

    def blanks(self) -> int:
        """Return how many blanks there are to fill."""
        return len(set(BLANK.findall(self.text)))

    def filled(self, values: Sequence[str]) -> str:
        """Return the text with its blanks filled; one without a value stays as it is."""
        known = {str(n): value for n, value in enumerate(values, 1)}
        return BLANK.sub(lambda found: known.get(found[1], found[0]), self.text)


@dataclass(frozen=True)
class Action:
    """
    What an app can do. `repeatable`: doing it twice is the same as once, so a lost answer may be asked again.

    `reaches_customer`: a person outside the business sees it (a message), not only the owner's own apps.
    `window`: it is allowed only for a while after its customer has written. `needs` are the permissions that the key
    must have for it, in the words in which `check()` says what it may and lacks. `always_reviewed`: what becomes of it
    there nobody here can measure, so a person decides on each answer.
    """

    name: str
    label: str
    effect: Literal["read", "write"]
    repeatable: bool
    reaches_customer: bool
    params: type[Params]
    method: str
    window: Window | None = None
    needs: tuple[str, ...] = ()
    always_reviewed: bool = False

    def targets(self) -> frozenset[str]:
        """Return the names of the parameters that say where something goes."""
        return frozenset(
            name
            for name, info in self.params.model_fields.items()
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("target")
        )


F = TypeVar("F", bound=Callable[..., Any])


def action(
    *,
    label: str,
    effect: Literal["read", "write"],
    repeatable: bool,
    reaches_customer: bool = False,
    window: Window | None = None,
    needs: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """
    Mark a method `(self, params: SomeParams, marker: str) -> Written` as an action.

    `marker` is a text unique to this delivery, safe to leave at the app, by which `reconcile` finds it again.
    """

    def mark(method: F) -> F:
        params = method.__annotations__["params"]
        said = (label, effect, repeatable, reaches_customer, params, window, needs)
        method.__signoff_action__ = said  # type: ignore[attr-defined]
        return method

    return mark


@cache
def marked(cls: type) -> dict[str, Action]:
    """Return the methods of a class that are marked as actions, by name."""
    found = {}
    for name in dir(cls):
        mark = getattr(getattr(cls, name, None), "__signoff_action__", None)
        if mark:
            label, effect, repeatable, reaches, params, window, needs = mark
            if isinstance(params, str):
                params = vars(sys.modules[cls.__module__])[params]
            found[name] = Action(name, label, effect, repeatable, reaches, params, name, window, needs)
    return found
