"""
Worked out: a second look at the doubted numbers of an answer, before they are told.

A number that stands in the record in another field, or that follows from numbers of the record and of the answer, is
no invention: 9.75 a square foot and 12,400 square feet make 120,900 a year and 10,075 a month. Amounts of three figures
and more are believed by their value, for coincidence is rare; small whole numbers only beside what they are made of.
"""

# ruff: noqa: E501 - patterns are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from signoff.checks import dates
from signoff.checks.agreeing import NUMERIC, written
from signoff.checks.claims import Claim
from signoff.checks.fields import Field
from signoff.checks.known_numbers import known_numbers
from signoff.checks.quantities import MONEY_IDEAS
from signoff.checks.reading import Doubt, Reading
from signoff.checks.words import fold

_MOST = 60  # numbers of a record that are reckoned with
_FEW = 40  # among more numbers than these some two make any amount
_MOST_DOUBTS = 80  # a text with more is not saved by a second look, and time must stay bounded
_MOST_RESULTS = 12
_NEAR = 220  # characters of an answer in which the parts of a small number must stand
_ROUGHLY = re.compile(
    r"\b(?:about|around|roughly|approximately|approx|just (?:over|under)|rund|etwa|ungefahr|knapp|gut|circa|ca|schnitt|average|unos|unas|aproximadamente|alrededor de|casi|media|environ|presque|pres de|moyenne)\b"
)
_MORE = re.compile(
    r"\s(?:more|additional|extra|further|weitere\w*|zusatzliche\w*|mehr|mas|adicionales|supplementaires|de plus|less|fewer|weniger|menos|(?:de )?moins)\b"
)
_APART = re.compile(
    r"\b(?:more|additional|extra|further|less|fewer|missing|left|remaining|weiter\w*|zusatzlich\w*|mehr|weniger|fehl\w+|ubrig|mas|adicional\w*|menos|faltan?|quedan?|plus|supplementaires?|moins|manqu\w+|restent?)\b"
)
_MONTHS = re.compile(r"\b(?:month\w*|monat\w*|mes|meses|mensual\w*|mois|mensuel\w*|mtl)\b")
_YEARLY = re.compile(r"(?:year|annual|annum|jahr|jahrlich|anual|annuel|_yr|\ban(?:s|nee)?\b)")
_MONTHS_OF_RENT = re.compile(
    r"\b(\d{1,2})\s(?:mois de loyer|months?'? (?:of )?rent|monatsmieten|nettomieten|kaltmieten|nettokaltmieten|monatskaltmieten|mensualidades|meses de (?:renta|alquiler))"
)
_CENTS = re.compile(r"\s?(?:ct|cents?|cent|centimos?|centimes?)\b")
_STARS = re.compile(r"[\s-]?(?:stars?|sterne?n?|estrellas?|etoiles?)\b")
_WEEK = re.compile(
    r"\b(?:week|calendar week|wk|semana|semaine|kw|kalenderwoche|woche)\s?(?:no\.?|nr\.?)?\s?$"
)
_WEEK_OF_RECORD = re.compile(r"\b(?:s|kw|w|wk|cw|semaine|week|semana|kalenderwoche)\.?\s?(\d{1,2})\b")
_DAY_AND_DAY = re.compile(
    r"\s?(?:,|y|und|and|et|&|o|or|oder|ou)\s?(?:del |el |le |du |den |dem |am |the |vom )?\d{1,2}\.?\s?(?:de |of )?([a-z]{3,})"
)
_SPAN_WORDS = re.compile(
    r"\b(?:days?|weeks?|months?|tage?n?|wochen?|monate?n?|werktage?n?|arbeitstage?n?|dias|semanas|meses|jours?|semaines|mois)\b"
)
_SINCE = re.compile(
    r"\b(?:since|seit|desde|depuis|built|founded|gebaut|baujahr|gegrundet|construid\w+|fundad\w+|construit\w*|fond\w+)\W{1,3}(?:in |im |en |in the year )?$"
)
_LEFT = re.compile(
    r"\b(?:left|remain\w*|outstanding|balance|rest\w*|noch|offen|quedan?|pendiente|saldo|solde)\b"
)
_BALANCE = re.compile(
    r"\b(?:balance due|balance_due|solde du|solde a|saldo pendiente|saldo por|restbetrag|restzahlung|outstanding|amount due)"
)
_WORDS_OF_NAME = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")


class Worked:
    """Judges whether the doubted numbers of one answer stand elsewhere in the record or can be worked out."""

    def __init__(self, reading: Reading, doubts: Iterable[Doubt]) -> None:
        self.reading = reading
        self.doubts = sorted(doubts, key=lambda d: d.start)
        self._plain: dict[str, list[float]] | None = None
        self._said: list[Claim] = []

    def kept(self) -> Iterator[Doubt]:
        """Yield the doubts that a second look leaves standing."""
        if not self.doubts:
            return
        about = {id(d): self._claim_of(d) for d in self.doubts}
        doubted = {c.start for c in about.values() if c is not None}
        self._said = [
            c for c in self.reading.claims if c.kind in NUMERIC and c.values and c.start not in doubted
        ]
        # What is believed may be a part of what is said before it: "1,920, of them 120 for charges".
        waiting, beyond = self.doubts[:_MOST_DOUBTS], self.doubts[_MOST_DOUBTS:]
        results = 0
        for _ in range(2):
            still = []
            for doubt in waiting:
                claim = about[id(doubt)]
                if claim is not None and doubt.kind != "empty in the record" and self.follows(claim, doubt):
                    results += 1
                    if results <= _MOST_RESULTS:
                        self._said.append(claim)
                else:
                    still.append(doubt)
            if len(still) == len(waiting):
                break
            waiting = still
        yield from waiting
        yield from beyond

    def _claim_of(self, doubt: Doubt) -> Claim | None:
        for claim in self.reading.claims_between(doubt.start, doubt.end):
            if claim.kind in NUMERIC and claim.values:
                return claim
        return None

    def follows(self, claim: Claim, doubt: Doubt) -> bool:
        """Return whether a doubted number stands in the record elsewhere or follows from what is known."""
        if claim.kind == "percent" or claim.ordinal:
            return False
        return (
            self._stands_elsewhere(claim, doubt)
            or self._is_calendar(claim)
            or self._is_counted(claim, doubt)
            or self._is_factor_beside(claim, doubt)
            or self._is_of_a_month(claim)
            or (not self._is_named(claim, doubt) and self._is_worked_out(claim))
        )

    # -- what stands in the record ---------------------------------------------------------------------------------

    def _numbers(self, kind: str) -> list[float]:
        """Return the numbers of the record of one kind: "money", a dimension, or "plain": every number as written."""
        if self._plain is None:
            self._plain = known_numbers(self.reading.record)
        return self._plain.get(kind, [])

    def _stands_elsewhere(self, claim: Claim, doubt: Doubt) -> bool:
        folded = self.reading.text.folded
        shown = folded[claim.start : claim.end]
        value = written(claim)
        if _STARS.match(folded, claim.end) and f"{value:g}*" in self.reading.record.text:
            return True
        if claim.kind == "money" and ("c" in shown.lower() or _CENTS.match(folded, claim.end)):
            value = round(value * 100, 6) if _CENTS.search(shown) else value
        digits = len(re.sub(r"\D", "", re.match(r"\D*([\d.,' \u00a0\u202f]*)", shown)[1]).lstrip("0"))  # type: ignore[index]
        if claim.kind == "measure" and claim.unit != "duration":
            known = any(abs(v - claim.values[0]) <= 1e-6 * v for v in self._numbers(claim.unit))
            named = any(
                value in (c.values[0], written(c)) and claim.scale in _WORDS_OF_NAME.sub("_", f.path).lower().split("_")
                for f in self.reading.record.fields for c in f.claims if c.kind in NUMERIC and c.values
            )  # fmt: skip
            if (known or named) and digits >= 2 and not self._is_named(claim, doubt, linked_only=True):
                return True
        if digits < 3:
            return False
        if claim.kind == "measure" and claim.unit == "duration":
            return False
        return any(abs(v - value) < 1e-6 for v in self._numbers("plain")) and not self._is_named(claim, doubt)

    def _is_named(self, claim: Claim, doubt: Doubt, *, linked_only: bool = False) -> bool:
        """Return whether the field that a number contradicts is named right at it: "the consumption was 21,590"."""
        field = doubt.field
        if field is None or doubt.kind != "contradicts" or doubt.weight < 4:
            return False
        amount = claim.kind == "money" or claim.values[0] != int(claim.values[0])
        whole = not any(c.kind == "money" or c.values != tuple(map(int, c.values)) for c in field.claims)
        if amount and whole and (not field.ideas & MONEY_IDEAS or self._has_entries(field)):
            return False  # "2.60 per square foot" says nothing of the number of square feet
        near: set[str] = set()
        for token, far, linked in self.reading.before(claim, 3):
            if linked or (far <= 2 and not linked_only and not self._comes_between(token.end, claim.start)):
                near.update(token.ideas)
        if not linked_only:
            near.update(i for token, _ in self.reading.after(claim.end, 2) for i in token.ideas)
        return any(
            i in near for i in field.ideas if i[0] != "~" or len(i) > 4
        )  # "sf", "kg", "per" name nothing

    def _has_entries(self, field: Field) -> bool:
        return any(f.path.startswith(field.path + "[") for f in self.reading.record.fields)

    def _comes_between(self, start: int, end: int) -> bool:
        return any(c.kind in NUMERIC for c in self.reading.claims_between(start, end))

    # -- the calendar ----------------------------------------------------------------------------------------------

    def _is_calendar(self, claim: Claim) -> bool:
        """Return whether a number is a known week, a known day or the year before or after one of the record's."""
        folded = self.reading.text.folded
        value = claim.values[0]
        if claim.kind == "measure":
            return claim.unit == "duration" and self._is_between_times(claim)
        if claim.kind != "number" or value != int(value):
            return False
        if _WEEK.search(folded, max(0, claim.start - 24), claim.start):
            return int(value) in weeks_of(self.reading)
        if 1 <= value <= 31:
            beside = _DAY_AND_DAY.match(folded, claim.end)
            if beside:
                month = dates.MONTHS.get(beside[1])
                return month is not None and any(
                    w.month == month and w.day == int(value)
                    for f in self.reading.record.fields for c in f.claims for w in c.dates
                )  # fmt: skip
        if 1990 <= value <= 2100 and claim.end - claim.start == 4:
            if _SINCE.search(folded, max(0, claim.start - 30), claim.start):
                return False
            years = {w.year for f in self.reading.record.fields for c in f.claims for w in c.dates}
            return bool(years & {int(value) - 1, int(value), int(value) + 1})
        return False

    def _is_between_times(self, claim: Claim) -> bool:
        """Return whether a span lies between two times of the record: 36 minutes from 9:12 to 9:48."""
        if claim.values[0] > 86400:
            return False
        times = sorted(
            {t for f in self.reading.record.fields for c in f.claims if not f.prose for t in c.times}
        )[:24]
        minutes = claim.values[0] / 60
        return any(abs(b - a - minutes) < 0.01 for i, a in enumerate(times) for b in times[i + 1 :])

    # -- what is worked out ----------------------------------------------------------------------------------------

    def _is_counted(self, claim: Claim, doubt: Doubt) -> bool:
        """Return whether a count is no rival of the field it was held against: a price, or the length of a whole list."""
        field = doubt.field
        if claim.kind != "number" or field is None or doubt.kind != "contradicts":
            return False
        by_each = field.per or "per" in field.words or field.ideas & {"night", "duration"}
        if re.fullmatch(r"\d+[.,]\d\d", field.shown) and claim.values[0] < 100 and not by_each:
            return True  # "two adults" beside `adult: 289.00`
        if (
            self._has_entries(field)
            and field.value == field.claims[0].values[0]
            and 1 < claim.values[0] < field.value
        ):
            sentence = self.reading.sentence(claim.start)
            return any(c.kind == "date" for c in self.reading.claims_between(sentence.start, sentence.end))
        return False

    def _is_factor_beside(self, claim: Claim, doubt: Doubt) -> bool:
        """Return whether a span and its product stand together: "90 a day, on five working days it would be 450"."""
        if claim.kind == "number":
            said = [c for c in self._said if c.kind == "number"]
            if _MORE.match(self.reading.text.folded, claim.end) and any(
                abs(abs(a.values[0] - b.values[0]) - claim.values[0]) < 1e-6
                for i, a in enumerate(said)
                for b in said[i + 1 :]
            ):
                return True
            if claim.high and any(
                claim.values[0] <= a.values[0] / b.values[0] <= claim.high[0]
                for a in said for b in said if b.values[0] > 1 and -_NEAR <= a.start - claim.start <= 0 and -_NEAR <= b.start - claim.start <= 0
            ):  # fmt: skip
                return True
        sentence = self.reading.sentence(claim.start)
        beside = [
            c
            for c in self.reading.claims_between(sentence.start, sentence.end)
            if c is not claim and c.kind in ("number", "money") and c.values
        ]
        said = [
            c for c in self._said if -_NEAR <= c.start - claim.start <= 90 and c.kind in ("number", "money")
        ]
        value = written(claim)
        if claim.unit == "duration":
            return doubt.field is None and any(
                abs(c.values[0] - value * one.values[0]) < 0.006
                for c in beside
                for one in said
                if one is not c
            )
        if claim.kind != "number" or value < 100:
            return False
        spans = [
            written(c)
            for c in self._said
            if c.unit == "duration" and sentence.start <= c.start < sentence.end
        ]
        return any(
            abs(n * c.values[0] - value) < 1e-6 for n in spans if n > 1 for c in said if c.values[0] > 1
        )

    def _is_of_a_month(self, claim: Claim) -> bool:
        """Return whether an amount is the twelfth of a yearly one of the record, or some months of a rent."""
        if claim.kind != "money":
            return False
        value, loose = claim.values[0], self._slack(claim, claim.values[0])
        if value < 20:
            return False
        fields = [f for f in self.reading.record.fields if not f.prose or f.from_facts]
        sums = [(f, c) for f in fields for c in f.claims if c.kind == "money" and c.values][:40]
        by_month = [
            c.values[0] / 12
            for f, c in sums
            if f.per == "year" or _YEARLY.search(fold(f"{f.path} {f.shown}"))
        ]
        if _MONTHS.search(self._around(claim)) and any(abs(m - value) <= loose for m in by_month):
            return True
        times = {
            int(m[1]) for f in self.reading.record.fields if f.text is not None
            for m in _MONTHS_OF_RENT.finditer(f.text.folded)
        }  # fmt: skip
        if not times:
            return False
        rents = [*by_month, *(c.values[0] for f, c in sums)]
        rents += [c.values[0] for c in self._said if c.kind == "money"]
        return any(abs(n * rent - value) <= loose for n in times for rent in rents)

    def _is_slip(self, claim: Claim) -> bool:
        """Return whether an amount is one of the record's but for one figure or two changed round: 289.34 for 298.34."""
        if claim.kind != "money":
            return False
        mine = f"{claim.values[0]:.2f}"
        if len(mine) < 6:
            return False
        for value in (*self._numbers("money"), *self._numbers("bare")):
            theirs = f"{value:.2f}"
            if len(theirs) == len(mine) and theirs != mine:
                apart = [i for i, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b]
                if len(apart) == 1 or (
                    len(apart) == 2 and sorted(mine) == sorted(theirs) and apart[1] == apart[0] + 1
                ):
                    return True
        return False

    def _is_left_otherwise(self, claim: Claim) -> bool:
        """Return whether an amount is said to be left to pay, and the record itself gives what is left."""
        if claim.kind != "money" or not _LEFT.search(self._around(claim)):
            return False
        return any(
            _BALANCE.search(fold(f"{f.path} {f.shown}")) and any(c.kind in ("money", "number") for c in f.claims)
            for f in self.reading.record.fields if not f.prose
        )  # fmt: skip

    def _is_worked_out(self, claim: Claim) -> bool:
        if self._is_left_otherwise(claim) or self._is_slip(claim):
            return False
        value = claim.values[0] if claim.kind == "money" else written(claim)
        if value <= 0:
            return False
        if claim.kind == "measure":
            if claim.unit == "duration":
                return False
            if self._is_same_size(claim):
                return True
        loose = self._slack(claim, value)
        figures = len(f"{value:.2f}".replace(".", "").strip("0"))
        near = [c for c in self._said if -_NEAR <= c.start - claim.start <= 90]
        if near and self._made_of(claim, value, near, [], loose):
            return True
        amounts = [c.values[0] for c in near if c.kind == "money"][-5:]
        if claim.kind == "money" and any(
            abs(abs(one + other - third) - value) <= loose or abs(one + other + third - value) <= loose
            for i, one in enumerate(amounts)
            for other in amounts[i + 1 :]
            for third in amounts
        ):
            return True
        plain = self._numbers("plain")[:_MOST]
        if claim.kind == "money" and _MONTHS.search(self._around(claim)):
            yearly = [*self._numbers("money"), *(written(c) for c in near), *plain]
            if any(abs(v / 12 - value) <= loose or abs(v * 12 - value) <= loose for v in yearly if v >= 20):
                return True
        if figures < 3 and value < 1000:
            if _APART.search(self._around(claim)):
                said = [written(c) for c in self._said if c.kind == claim.kind]
                return any(abs(abs(a - b) - value) < 1e-6 for i, a in enumerate(said) for b in said[i + 1 :])
            return False
        if claim.kind == "number" and value < 100:
            return False
        if figures < 4:
            # Some two numbers of a record make 149: it is believed beside what it is made of, and not from afar.
            return bool(near) and self._made_of(claim, value, near, plain, loose, from_afar=False)
        if self._said and self._made_of(claim, value, self._said, plain, loose):
            return True
        if len(plain) <= _FEW and self._made_of(claim, value, [], plain, loose):
            return True
        if claim.kind != "money":
            return False
        wholes = [*(written(c) for c in self._said), *plain]
        return self._with_share(value, wholes, loose) or self._of_products(value, plain, loose)

    def _is_same_size(self, claim: Claim) -> bool:
        """Return whether a measure is one of the answer's own in another unit, or two of them together: 4.5 t and 3 t."""
        said = [c.values[0] for c in self._said if c.unit == claim.unit]
        known = [*said, *self._numbers(claim.unit)[:20]]
        mine = claim.values[0]
        return any(abs(v - mine) <= 1e-6 * mine for v in said) or any(
            a > 0 and b > 0 and (abs(a + b - mine) <= 1e-6 * mine or abs(abs(a - b) - mine) <= 1e-6 * mine)
            for a in said for b in known if a != b
        )  # fmt: skip

    def _made_of(
        self,
        claim: Claim,
        value: float,
        said: list[Claim],
        plain: list[float],
        loose: float,
        *,
        from_afar: bool = True,
    ) -> bool:
        """Return whether a value is made of two known ones: a sum or difference of its own kind, a product, a quotient."""
        ones = [written(c) for c in said if c is not claim][:_MOST] or (plain if not said else [])
        others = [*ones, *plain]
        if _product_or_quotient(value, ones, others, loose):
            return True
        if claim.kind == "measure":
            return False
        if said:
            ones = [written(c) for c in said if c is not claim and _of_kind(c, claim)][:_MOST]
        bare = self._numbers("bare")[:_MOST] if plain and from_afar else []
        return _sum_or_difference(value, ones if said else bare, [*(ones if said else []), *bare], loose)

    def _with_share(self, value: float, amounts: list[float], loose: float) -> bool:
        """Return whether an amount is another with a share of the record's added or taken away: the tax, a discount."""
        for share in self._shares():
            for part in (1 + share / 100, 1 - share / 100, share / 100, 1 / (1 + share / 100)):
                if any(abs(a * part - value) <= loose for a in amounts if a >= 5):
                    return True
        return False

    def _of_products(self, value: float, plain: list[float], loose: float) -> bool:
        """Return whether an amount is a product of known numbers and another one beside it, or with its tax."""
        said = [written(c) for c in self._said if c.kind != "percent"][:_MOST]
        products = {a * b for a in said for b in (*said, *plain) if a > 1 and b > 1}
        money = [c.values[0] for c in self._said if c.kind == "money"]
        rests = {value - a for a in (*money, *self._numbers("bare"))} | {value + a for a in money}
        if any(abs(r - p) <= loose for r in rests if r > 1 for p in products if abs(r - p) < 1):
            return True
        parts = [1 + s / 100 for s in self._shares()] + [1 - s / 100 for s in self._shares()]
        return any(abs(p * part - value) <= loose for part in parts for p in products)

    def _shares(self) -> list[float]:
        said = [c.values[0] for c in self._said if c.kind == "percent"]
        return [s for s in dict.fromkeys([*self._numbers("percent"), *said]) if 0 < s < 100][:6]

    def _slack(self, claim: Claim, value: float) -> float:
        before = self.reading.text.folded[max(0, claim.start - 26) : claim.start]
        if claim.hedge == "about" or _ROUGHLY.search(before):
            return max(0.5, 0.005 * value)
        return 0.006 if claim.kind == "money" else 1e-6 * value

    def _around(self, claim: Claim) -> str:
        return self.reading.text.folded[max(0, claim.start - 40) : claim.end + 40]


def weeks_of(reading: Reading) -> set[int]:
    """Return the calendar weeks that the record names."""
    return {
        int(match[1])
        for field in reading.record.fields if field.text is not None
        for match in _WEEK_OF_RECORD.finditer(field.text.folded) if 1 <= int(match[1]) <= 53
    }  # fmt: skip


def _of_kind(one: Claim, other: Claim) -> bool:
    """Return whether two numbers may be added: amounts to amounts, counts to counts; some amounts lack their sign."""
    kinds = {one.kind, other.kind}
    return (
        len(kinds) == 1
        or kinds == {"money", "number"}
        or (other.kind == "number" and one.unit not in ("duration", "") and "measure" in kinds)
    )


def _sum_or_difference(value: float, ones: list[float], others: list[float], loose: float) -> bool:
    return any(
        a > 0 and b > 0 and a != b and (abs(a + b - value) <= loose or abs(abs(a - b) - value) <= loose)
        for a in ones for b in others
    )  # fmt: skip


def _product_or_quotient(value: float, ones: list[float], others: list[float], loose: float) -> bool:
    """Return whether a value is a times b or a by b; a value times or by one is no reckoning."""
    for a in ones:
        if a <= 0 or a == 1:
            continue
        for b in others:
            if (
                b > 0
                and b != 1
                and (
                    abs(a * b - value) <= loose or abs(a / b - value) <= loose or abs(b / a - value) <= loose
                )
            ):
                return True
    return False
