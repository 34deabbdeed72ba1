"""
Names of people, companies and places that neither the record nor the facts know.

Who is greeted must be in the record; who signs is the sender and is left alone. German writes every noun with a
capital, so there only what must be a name counts: after "Herr" and "Frau", before "GmbH", and known first names.
"""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from signoff.checks.claims import Taken
from signoff.checks.dates import MONTHS, WEEKDAYS
from signoff.checks.emptiness import empty_why, says
from signoff.checks.fields import Field
from signoff.checks.known_names import (
    COMMON,
    FIRST_NAMES,
    GENDERS,
    LEAD,
    NOBODY,
    TITLES,
    gender_of,
    parts_of,
)
from signoff.checks.layout import Layout
from signoff.checks.places import Places
from signoff.checks.reading import Doubt, Reading
from signoff.checks.wordings import found_at
from signoff.checks.words import IDEAS, PLACES, fold

_CAPITAL = (
    r"(?:(?<![^\W_])[A-ZÀ-ÖØ-Þ][\w'’&À-ÿ]{1,40}(?:-[A-ZÀ-Þ]?[\wÀ-ÿ]{1,30}){0,3}|(?<![^\W_])[A-ZÀ-Þ]\.?(?=\s))"
)
GREETING = re.compile(
    r"(?:^|\n)[ \t*>]*(?:Subject:[^\n]*\n+|Betreff:[^\n]*\n+|Asunto:[^\n]*\n+|Objet\s?:[^\n]*\n+)?[ \t*]*(?P<hello>Hi|Hello|Hey|Dear|Good (?:morning|afternoon|evening|day)|Greetings|Hallo|Hallöchen|Liebes?|Lieber|Guten (?:Tag|Morgen|Abend)|Moin|Servus|Grüezi|Grüß Gott|Sehr geehrter?|Werter?"
    r"|¡?Hola|¡?Buenos días|¡?Buenas tardes|¡?Buen día|Estimad[oa](?:/a)?s?|Querid[oa]|Apreciad[oa]|Bonjour|Bonsoir|Salut|Chère?|Thanks|Thank you|Danke|Gracias|Merci|Vielen Dank)"
    r"(?P<gap>[ ,]{1,2})(?P<title>(?:(?:again|there|team|Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Herrn?|Frau|Familie|Sr|Sra|Srta|Señora?|Señor|Don|Doña|Don|M|Mme|Mlle|Madame|Monsieur|Mademoiselle|Docteur|Doctor|Doctora)\.?[ ]){0,3})"
    rf"(?P<name>{_CAPITAL}(?:[ ](?:(?:von|van|de|der|del|la|y|und|and|&|et)[ ]){{0,2}}{_CAPITAL}){{0,3}})[ ]?(?=[,!:.\n–—-]|$)"
)
_CAPITAL_LETTER = re.compile(r"[A-ZÀ-Þ]")
_WORD_OF_NAME = re.compile(r"[\wÀ-ÿ]+(?:['’-][\wÀ-ÿ]+)*")
_SEQUENCE = re.compile(rf"{_CAPITAL}(?:[ ](?:(?:von|van|de|der|del|di|da|la|of|&)[ ])?{_CAPITAL}){{0,4}}")
TITLED = re.compile(
    rf"\b(?P<title>M(?=\.)|Mr|Mrs|Ms|Miss|Herrn?|Frau|Sr|Sra|Srta|Señora?|Mme|Madame|Monsieur|Dr|Prof)\.?[ ](?P<name>{_CAPITAL}(?:[ ]{_CAPITAL})?)"
)
_FORMS = ("GmbH", "AG", "KG", "UG", "e.K.", "OHG", "Ltd", "Limited", "Inc", "LLC", "Corp", "S.L.", "SL", "S.A.", "SARL", "SAS", "PLC")  # fmt: skip
_COMPANY = re.compile(
    rf"(?P<name>(?:{_CAPITAL}[ ](?:&[ ]|und[ ]|y[ ]|et[ ])?){{1,4}})(?:{'|'.join(map(re.escape, _FORMS))})\b"
)


class Names:
    """Judges the names in one answer."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.raw = reading.text.raw
        self.folded = reading.text.folded
        self.record = reading.record
        self.done = Taken(len(self.raw))
        self.layout = Layout(reading)

    @cached_property
    def _capitals(self) -> list[int]:
        """Where a name or a title can begin."""
        return [match.start() for match in _CAPITAL_LETTER.finditer(self.raw)]

    def doubts(self) -> Iterator[Doubt]:
        places = Places(self.reading, self.done, self.layout)
        for pattern in (self._greetings, self._titled, self._companies, self._sequences, places.doubts):
            for doubt in pattern():
                self.done.take(doubt.start, doubt.end)
                yield doubt

    # -- who is greeted ------------------------------------------------------------------------------------------------

    def _greetings(self) -> Iterator[Doubt]:
        for match in GREETING.finditer(self.raw):
            start, end = match.span("name")
            name = match["name"].rstrip(".")
            end = start + len(name)
            words = [w for w in re.findall(r"[^\W\d_]+", fold(name)) if len(w) > 1]
            thanking = match["hello"] in ("Thanks", "Thank you", "Danke", "Gracias", "Merci", "Vielen Dank")
            if (
                thanking
                and (self.reading.text.language == "de" or "," not in match["gap"])
                and not any(w in FIRST_NAMES for w in words)
            ):
                continue
            words = [w for w in words if w not in NOBODY and w not in TITLES]
            self.done.take(start, end)
            title = gender_of(match["title"])
            if title or match["hello"][:6] in ("Sehr g",):
                doubt = self._wrong_title(match, title, start, end)
                if doubt:
                    yield doubt
                    continue
            if not words or (thanking and words[0] in COMMON):
                continue
            yield from self._person(words, start, end, greeted=True)

    def _wrong_title(self, match: re.Match[str], gender: str, start: int, end: int) -> Doubt | None:
        if not gender:
            return None
        for field in self.record.fields:
            if field.text is not None and field.words & {
                "salutation",
                "anrede",
                "gender",
                "geschlecht",
                "title",
                "tratamiento",
                "civilite",
                "sexo",
                "genre",
                "sexe",
            }:
                theirs = gender_of(field.text.raw) or GENDERS.get(field.text.folded.strip(" ."), "")
                if theirs and theirs != gender:
                    return Doubt(match.start("title"), end, "contradicts", field, says(field), 3)
        return None

    def _person(self, words: list[str], start: int, end: int, *, greeted: bool) -> Iterator[Doubt]:
        known = [self.record.knows(word) for word in words]
        people = self._people()
        if all(known):
            field = self._someone_else(words, people) if greeted else None
            if field is not None:
                yield Doubt(start, end, "contradicts", field, says(field), 3)
            return
        if any(known) and len(words) > 1:
            holder = next(
                (
                    f
                    for f in people
                    if f.text is not None
                    and set(words) & set(parts_of(f.text.folded))
                    and len(parts_of(f.text.folded)) > 1
                ),
                None,
            )
            surname = next(
                (
                    f
                    for f in people
                    if f.words & {"lastname", "last", "surname", "nachname", "apellido", "apellidos"}
                    and f.state == "value"
                ),
                None,
            )
            unknown = [w for w, k in zip(words, known, strict=True) if not k]
            if holder is None and surname is None:
                return
            field = surname or holder
            assert field is not None  # noqa: S101 - one of the two was found above
            if any(w in COMMON or IDEAS.of(w) for w in unknown):
                return
            yield Doubt(start, end, "contradicts", field, says(field), 3)
            return
        named = [f for f in people if f.state == "value"]
        empty = [f for f in people if f.state == "empty"]
        if greeted and named:
            field = min(
                named,
                key=lambda f: (bool(f.ideas & {"agent"}), not (f.ideas & {"firstname"}), f.path.count(".")),
            )
            yield Doubt(start, end, "contradicts", field, says(field), 3)
        elif greeted and empty:
            yield Doubt(start, end, "empty in the record", empty[0], empty_why(empty[0]), 3)
        elif (colleague := self._counterpart(words, start)) is not None:
            yield Doubt(start, end, "contradicts", colleague, says(colleague), 2)
        else:
            yield Doubt(
                start, end, "not in the record", None, "This name is nowhere in the record or the facts.", 2
            )

    def _counterpart(self, words: list[str], start: int) -> Field | None:
        """Return the field of the person that a wrong name stands for: the one with the same title, or our only one."""
        title = re.search(
            r"\b(dr|dra|herrn?|frau|mr|mrs|ms|m|mme|sr|sra)\.?\s$", self.folded[max(0, start - 8) : start]
        )
        people = [
            field
            for field in self.record.fields
            if field.text is not None and not field.prose and not field.from_facts and 1 <= len(parts_of(field.text.folded)) <= 3
            and not field.claims and not field.is_list
            and (set(parts_of(field.text.folded)) & (FIRST_NAMES | TITLES) or _is_ours(field))
        ]  # fmt: skip
        if title:
            same = [f for f in people if f.text is not None and title[1] in parts_of(f.text.folded)]
            return same[0] if same else None
        ours = [f for f in people if _is_ours(f)] or [
            f for f in people if not f.ideas & {"firstname", "name", "customer", "contact"}
        ]
        return ours[0] if len(ours) == 1 and words[0] in FIRST_NAMES else None

    def _someone_else(self, words: list[str], people: list[Field]) -> Field | None:
        """Return the customer's field if the one greeted is only known as somebody else: our agent, say."""
        theirs = [f for f in people if f.state == "value" and not _is_ours(f) and not _is_of_a_thing(f)]
        if not theirs or any(f.text is not None and _meets(words, f.text.folded) for f in theirs):
            return None
        holders = [
            f
            for f in self.record.fields
            if f.text is not None and not f.prose and _meets(words, f.text.folded)
        ]
        if holders and all(_is_ours(f) for f in holders):
            return theirs[0]
        return None

    def _people(self) -> list[Field]:
        found = []
        for field in self.record.fields:
            if field.prose or field.from_facts:
                continue
            own = field.ideas
            named = own & {"firstname", "name"} or (
                own & {"contact", "guest", "customer", "agent", "child"} and not own & {"phone", "email"}
            )
            if field.words & {"name", "first", "last", "fullname"} and not (own | field.context) & {
                "company",
                "product",
                "plan",
                "item",
                "city",
                "category",
                "location",
            }:
                named = named or frozenset(["name"])
            if named and (
                field.state == "empty"
                or (
                    field.text is not None
                    and re.search(r"[^\W\d_]{2}", field.text.raw)
                    and "@" not in field.text.raw
                )
            ):
                if field.state != "empty" and field.claims:
                    continue
                found.append(field)
        return found

    # -- other names ----------------------------------------------------------------------------------------------------

    def _titled(self) -> Iterator[Doubt]:
        for match in found_at(TITLED, self.raw, self._capitals):
            start, end = match.span("name")
            end = start + len(match["name"].rstrip("."))
            words = [w for w in parts_of(fold(match["name"])) if w not in NOBODY]
            if self.done.free(start, end) and words and not self.layout.is_signed(start):
                self.done.take(start, end)
                if not any(self.record.knows(w) for w in words):
                    yield from self._person(words, start, end, greeted=False)

    def _companies(self) -> Iterator[Doubt]:
        for match in _COMPANY.finditer(self.raw) if any(form in self.raw for form in _FORMS) else ():
            words = [w for w in parts_of(fold(match["name"])) if w not in COMMON]
            start = match.start()
            if (
                words
                and self.done.free(start, match.end())
                and not self.layout.is_signed(start)
                and not any(self.record.knows(w) for w in words)
            ):
                field = next(
                    (
                        f
                        for f in self.record.fields
                        if "company" in f.ideas and f.state == "value" and not f.prose and not f.from_facts
                    ),
                    None,
                )
                if field:
                    yield Doubt(start, match.end(), "contradicts", field, says(field), 3)
                else:
                    yield Doubt(
                        start,
                        match.end(),
                        "not in the record",
                        None,
                        "This company is nowhere in the record or the facts.",
                        2,
                    )

    def _sequences(self) -> Iterator[Doubt]:
        german = self.reading.text.language == "de"
        for match in found_at(_SEQUENCE, self.raw, self._capitals):
            start, end = match.start(), match.start() + len(match.group().rstrip("."))
            if (
                not self.done.free(start, end)
                or self.layout.is_signed(start)
                or self.reading.claim_over(start, end)
            ):
                continue
            parts = [
                (m.start() + start, m.end() + start, fold(m.group()))
                for m in _WORD_OF_NAME.finditer(self.raw[start:end])
            ]
            begins = self.layout.begins_sentence(start)
            namesake = self._namesake([p[2] for p in parts]) if begins and not german else None
            if namesake is not None and not self.layout.is_heading(start):
                yield Doubt(start, end, "contradicts", namesake, says(namesake), 2)
                continue
            first_is_common = begins and parts and (len(parts) == 1 or parts[0][2] not in FIRST_NAMES)
            if first_is_common and (len(parts) < 3 or german or parts[0][2] in COMMON):
                parts = parts[1:]
            while parts and (
                parts[0][2] in COMMON
                or parts[0][2] in TITLES
                or parts[0][2] in {"von", "de", "of", "la", "del", "van", "der"}
            ):
                parts = parts[1:]
            while parts and (
                parts[-1][2] in COMMON
                or parts[-1][2] in TITLES
                or parts[-1][2] in {"von", "de", "of", "la", "del"}
            ):
                parts = parts[:-1]
            if not parts:
                continue
            words = [p[2] for p in parts]
            # The layout is asked last: it looks at whole lines, and most words with a capital are known.
            if self._unsure(words, german, parts[0][0]) or self.layout.is_of_sender(parts[0][0]):
                continue
            if self.layout.is_heading(start):
                continue
            yield from self._person(parts_of(" ".join(words)), parts[0][0], parts[-1][1], greeted=False)

    def _namesake(self, words: list[str]) -> Field | None:
        """Return the field whose name differs only in its first word: "Apex Plumbing" beside "Northern Plumbing"."""
        if (
            len(words) != 2
            or self.record.knows(words[0])
            or words[0] in COMMON
            or not self.record.knows(words[1])
        ):
            return None
        for field in self.record.fields:
            if field.text is not None and not field.prose and not field.is_list:
                theirs = parts_of(field.text.folded)
                if len(theirs) == 2 and theirs[1] == words[1]:
                    return field
        return None

    @cached_property
    def _lower(self) -> set[str]:
        """What the answer also writes without a capital."""
        return set(re.findall(r"(?<![\w])[a-zà-ÿ]{3,}", self.raw))

    def _unsure(self, words: list[str], german: bool, start: int) -> bool:
        """Return whether a run of capitals is known, or is perhaps no name at all."""
        bare = [w.split("'")[0] if w.endswith("'s") else w for w in words]
        if all(self.record.knows(w) or w in COMMON or w in MONTHS or w in WEEKDAYS for w in bare):
            return True
        if PLACES.of(bare[0]) or (len(bare) > 1 and " ".join(bare) in PLACES.words):
            return True
        if bare[0] in FIRST_NAMES:
            return False
        if german:
            return True
        unknown = [w for w in bare if not self.record.knows(w)]
        if any(w in MONTHS or w in WEEKDAYS for w in bare):
            return True
        if all(IDEAS.of(w) or w in self._lower or w in COMMON for w in unknown):
            return True
        if len(unknown) < len(bare):
            return len(bare) != 2 or len(unknown) != 1 or bare[0] not in FIRST_NAMES
        if len(bare) >= 2:
            return sum(1 for w in bare if IDEAS.of(w) or w in self._lower) * 2 > len(bare)
        word = bare[0]
        if len(word) < 4 or word.isupper() or self.raw[start : start + len(word)].isupper():
            return True
        return not LEAD.search(self.folded, max(0, start - 14), start)


def _meets(words: list[str], folded: str) -> bool:
    theirs = set(parts_of(folded))
    return any(w in theirs or any(t.startswith(w) and len(w) >= 3 for t in theirs) for w in words)


def _is_of_a_thing(field: Field) -> bool:
    """Say whether a name is a pet's, or one of several things': `dog.name`, `pet_name`, `extras[0].name`."""
    return "[" in field.path or _PET.search(field.path.lower()) is not None


_PET = re.compile(r"pet|dog|cat\b|cat_|animal|hund|katze|tier|perr[oa]|gat[oa]|mascota|chien|chat\b|chat_")


def _is_ours(field: Field) -> bool:
    ours = {
        "agent",
        "owner",
        "assigned",
        "rep",
        "host",
        "landlord",
        "doctor",
        "seller",
        "assignee",
        "manager",
        "vendor",
        "sender",
        "staff",
        "technician",
        "makler",
        "berater",
        "sachbearbeiter",
    }
    return bool(
        ("agent" in field.ideas | field.context)
        or field.words & ours
        or any(part in ours for part in re.split(r"[._\[\]]", field.path.lower()))
    )
