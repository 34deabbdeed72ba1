"""Reads the settings of one field in an `answer:` block, and names everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, TypeVar

from signoff.outputs.choice import UNSURE, Choice, ChoiceLike

N = TypeVar("N", int, int | float)


class Options:
    """The settings of one field. What is wrong goes into `problems` as (path, what); reading goes on."""

    def __init__(
        self,
        path: str,
        given: Mapping[str, Any],
        known_choices: Mapping[str, Sequence[ChoiceLike]] | None,
        problems: list[tuple[str, str]],
    ) -> None:
        self.path, self.problems = path, problems
        self._given, self._left, self._known_choices = given, dict(given), known_choices

    def problem(self, name: str, what: str) -> None:
        self.problems.append((f"{self.path}.{name}" if name else self.path, what))

    def take(self, name: str) -> Any:
        return self._left.pop(name, None)

    def word(self, name: str) -> str | None:
        value = self.take(name)
        if value is None or (isinstance(value, str) and value.strip()):
            return value.strip() if value else None
        self.problem(name, "must be a text")
        return None

    def yesno(self, name: str) -> bool | None:
        value = self.take(name)
        if value is None or isinstance(value, bool):
            return value
        self.problem(name, "must be true or false")
        return None

    def one_of(self, name: str, allowed: Sequence[str]) -> str | None:
        value = self.word(name)
        if value is None or value in allowed:
            return value
        self.problem(name, f"must be one of {', '.join(allowed)}")
        return None

    def range(self) -> tuple[int | float | None, int | float | None]:
        """Return `min` and `max` of a value, each None where it is not given."""
        return self._ordered(self._number("min"), self._number("max"))

    def counts(self) -> tuple[int | None, int | None]:
        """Return `min` and `max` of a count (characters, rows), each None where it is not given."""
        return self._ordered(self._count("min"), self._count("max"))

    def _number(self, name: str) -> int | float | None:
        value = self.take(name)
        if value is None or (
            isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        ):
            return value
        self.problem(name, "must be a number")
        return None

    def _count(self, name: str) -> int | None:
        value = self.take(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.problem(name, "must be a whole number, 0 or more")
        return None

    def _ordered(self, least: N | None, most: N | None) -> tuple[N | None, N | None]:
        if least is not None and most is not None and least > most:
            self.problem("min", "must not be more than max")
        return least, most

    def choices(self, unsure: bool) -> tuple[Choice, ...]:
        """Return what may be chosen: from `options`, or from the app's field that `from` names."""
        options, source = self.take("options"), self.word("from")
        if (options is None) == (source is None):
            if options is not None:
                self.problem("", "has both options and from; keep one")
            elif "from" not in self._given:
                self.problem("", "needs its choices: write options: [...], or from: connection.object.field")
            return ()
        if source is not None:
            found = (self._known_choices or {}).get(source)
            if not found:
                self.problem("from", f"the choices of {source} are not known here")
                return ()
            listed = [Choice(str(one.value), str(one.label or one.value)) for one in found]
        else:
            listed = list(self._listed(options))
        if not listed and not self.problems:
            self.problem("options", "must name at least one choice")
        if unsure and all(choice.value != UNSURE for choice in listed):
            listed.append(Choice(UNSURE, UNSURE))
        values = [choice.value for choice in listed]
        for value in {value for value in values if values.count(value) > 1} if len(values) < 5_000 else ():
            self.problem("options", f"names {value} twice")
        return tuple(listed)

    def _listed(self, options: Any) -> Iterable[Choice]:
        if isinstance(options, Mapping):
            options = [{"value": value, "label": label} for value, label in options.items()]
        if not isinstance(options, list | tuple):
            self.problem("options", "must be a list")
            return
        for number, one in enumerate(options):
            label = None
            if isinstance(one, Mapping) and set(one) <= {"value", "label"}:
                label, one = one.get("label"), one.get("value")
            if isinstance(one, bool) or one is None:
                # YAML reads a bare yes, no, on, off as true or false: which word it was is lost.
                self.problem(
                    f"options[{number}]", 'must be a text; put quotes around words like "yes" and "no"'
                )
            elif (
                isinstance(one, str | int) and (label is None or isinstance(label, str)) and str(one).strip()
            ):
                yield Choice(str(one), label or str(one))
            else:
                self.problem(f"options[{number}]", "must be a text")

    def finish(self) -> None:
        """Name every setting that nobody asked for: a misspelt limit must not be a missing one."""
        for name in self._left:
            self.problem(str(name), f"is not a setting of type {self._given.get('type', '')}")
