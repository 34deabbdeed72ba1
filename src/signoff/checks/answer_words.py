"""Words of an answer beside its record: whether each tells anything, how it is borne out, and how rare it is."""

from __future__ import annotations

from signoff.checks.bearing import LINKING_WORDS, NOT_BORNE, Bearing, keys_of

Signs = dict[str, float]  # by name


class Word:
    """A word of the answer: whether it tells anything, how it is borne out, how rare it is."""

    __slots__ = (
        "borne", "has_digit", "in_facts", "in_messages", "in_record", "keys", "own", "pull", "rareness",
        "shares", "shown", "tells",
    )  # fmt: skip

    def __init__(self, word: str, bearing: Bearing) -> None:
        self.has_digit = any(map(str.isdigit, word))
        is_linking = len(word) < 3 or word in LINKING_WORDS
        self.tells = not self.has_digit and not is_linking
        self.borne = NOT_BORNE if is_linking else bearing.borne(word)
        self.rareness = 0.0 if is_linking else bearing.rareness(word)
        sources = {bearing.units[unit].source for unit in self.borne.units}
        self.in_facts, self.in_record = "F" in sources, "R" in sources
        self.in_messages = sources == {"M"}  # and nowhere else
        sign = "M" if self.in_messages and self.borne.sign == "S" else self.borne.sign
        self.own: Signs = {"x:" + word[:6]: 1} if self.tells and not self.borne.units else {}  # its own signs
        self.own[f"w:{word}|{sign if self.tells else 'f'}"] = 1
        self.shown = word if sign == "U" or is_linking else sign  # beside another word
        self.shares = self.rareness * self.borne.sureness  # how much of it is borne out
        self.pull = self.borne.sureness * (0.3 + self.rareness)  # how much it says of a value beside it
        self.keys = keys_of(word) if self.borne.units else ()


class Words(dict[str, Word]):
    """The words of one answer; each is worked out once, for most stand in it more than once."""

    def __init__(self, bearing: Bearing) -> None:
        super().__init__()
        self._bearing = bearing

    def __missing__(self, word: str) -> Word:
        known = self[word] = Word(word, self._bearing)
        return known
