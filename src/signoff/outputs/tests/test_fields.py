"""Every type keeps what fits, repairs what has one reading, and refuses the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from signoff.outputs.contract import TYPES, Contract
from signoff.outputs.judge import Accepted, Faulty, judge

HTML = '<p>Hi <b>Ada</b>,<br>see <a href="https://a.test">this</a></p>'
CHOICES = {"options": ["new", {"value": "won", "label": "Closed won"}]}
ROWS = {"columns": {"name": "text", "count": {"type": "number", "integer": True, "optional": True}}, "max": 2}

FITS: list[tuple[str, dict[str, Any], Any]] = [
    ("text", {}, "  spaces stay  "),
    ("text", {"max": 3}, "äöü"),
    ("text", {"min": 0}, ""),
    ("text", {"format": "plain"}, "2 * 3 < 7, #1 & a_b"),
    ("text", {"format": "markdown"}, "**Hi** [this](https://a.test)"),
    ("text", {"format": "html"}, HTML),
    ("choice", CHOICES, "won"),
    ("choice", {**CHOICES, "unsure": True}, "unsure"),
    ("choice", {"options": [1, 2]}, "2"),
    ("choices", CHOICES, ["won", "new"]),
    ("choices", CHOICES, []),
    ("number", {}, 12),
    ("number", {}, -0.5),
    ("number", {"min": 1, "max": 5}, 5),
    ("number", {"integer": True}, 5.0),
    ("number", {}, 10**30),
    ("money", {"currency": "EUR"}, 12.5),
    ("money", {"currency": "JPY"}, 1200),
    ("money", {"currency": "KWD"}, 1.125),
    ("date", {}, "2028-02-29"),
    ("datetime", {}, "2026-11-23T14:30:00+01:00"),
    ("datetime", {}, "2026-11-23T14:30:00.25Z"),
    ("yesno", {}, False),
    ("email", {}, "ada@example.test"),
    ("email", {}, "Ada.Lovelace+news@EXAMPLE.co.uk"),
    ("phone", {}, "+491701234567"),
    ("link", {}, "https://example.test/a?b=c#d"),
    ("link", {}, "http://bücher.example:8080/"),
    ("rows", ROWS, [{"name": "Tea", "count": 2}, {"name": "Cake", "count": None}]),
    ("rows", ROWS, []),
]

REPAIRED: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("text", {"max": 2}, " hi ", "hi"),
    ("choice", CHOICES, "Closed won", "won"),
    ("choice", CHOICES, " NEW", "new"),
    ("choice", {"options": [1, 2]}, 2, "2"),
    ("choices", CHOICES, "won", ["won"]),
    ("choices", CHOICES, ["won", "closed  WON"], ["won"]),
    ("number", {}, "12", 12),
    ("number", {}, "1.234,50", 1234.5),
    ("number", {}, "1,234.50", 1234.5),
    ("number", {}, "1.234.567", 1234567),
    ("number", {}, "1 234,5", 1234.5),
    ("number", {}, "1\u202f234", 1234),
    ("number", {}, "1'234.5", 1234.5),
    ("number", {}, "12,5", 12.5),
    ("number", {}, "0.125", 0.125),
    ("number", {}, "1234,567", 1234.567),
    ("number", {}, "−5", -5),
    ("number", {"unit": "kg"}, "12 KG", 12),
    ("number", {"unit": "%"}, "5%", 5),
    ("money", {"currency": "EUR"}, "1.234,50 €", 1234.5),
    ("money", {"currency": "USD"}, "$1,234.50", 1234.5),
    ("money", {"currency": "CHF"}, "CHF 1'234.50", 1234.5),
    ("date", {}, "23.11.2026", "2026-11-23"),
    ("date", {}, "3.4.2026", "2026-04-03"),
    ("date", {}, "23/11/2026", "2026-11-23"),
    ("date", {}, "11/23/2026", "2026-11-23"),
    ("date", {}, "4/4/2026", "2026-04-04"),
    ("date", {}, "2026/11/3", "2026-11-03"),
    ("date", {}, "November 3rd, 2026", "2026-11-03"),
    ("date", {}, "3. März 2026", "2026-03-03"),
    ("date", {}, "3 de marzo de 2026", "2026-03-03"),
    ("date", {}, "1er août 2026", "2026-08-01"),
    ("date", {}, "2026-11-23T00:00:00", "2026-11-23"),
    ("date", {}, " 2026-11-23", "2026-11-23"),
    ("datetime", {}, "2026-11-23 14:30+0100", "2026-11-23T14:30:00+01:00"),
    ("datetime", {"zone": "Europe/Berlin"}, "2026-07-01T14:30", "2026-07-01T14:30:00+02:00"),
    ("datetime", {"zone": "America/New_York"}, "2026-12-01 09:00:00", "2026-12-01T09:00:00-05:00"),
    ("yesno", {}, "Yes", True),
    ("yesno", {}, "nein", False),
    ("email", {}, "Ada Lovelace <ada@example.test>", "ada@example.test"),
    ("email", {}, "mailto:ada@example.test ", "ada@example.test"),
    ("phone", {}, "+49 (0)170 123-4567", "+491701234567"),
    ("phone", {}, "0049 170 1234567", "+491701234567"),
    ("phone", {"country": "DE"}, "0170 1234567", "+491701234567"),
    ("link", {}, " <https://a.test> ", "https://a.test"),
    ("rows", ROWS, [{"Name": "Tea", "count": "2"}], [{"name": "Tea", "count": 2}]),
]

REFUSED: list[tuple[str, dict[str, Any], Any]] = [
    ("text", {}, 12),
    ("text", {}, ["a"]),
    ("text", {}, " \n "),
    ("text", {"max": 3}, "four"),
    ("text", {"min": 5}, "four "),
    ("text", {}, "bell\u0007"),
    ("text", {"format": "plain"}, "Hi **Ada**"),
    ("text", {"format": "plain"}, "<b>Hi</b>"),
    ("text", {"format": "plain"}, "# Offer"),
    ("text", {"format": "markdown"}, "Hi <script>x</script>"),
    ("text", {"format": "markdown"}, "[x](javascript:alert)"),
    ("text", {"format": "html"}, "<script>x</script>"),
    ("text", {"format": "html"}, '<img src="https://t.test/p.gif">'),
    ("text", {"format": "html"}, '<p onclick="x">a</p>'),
    ("text", {"format": "html"}, '<a href="javascript:x">a</a>'),
    ("text", {"format": "html"}, "<p>open"),
    ("text", {"format": "html"}, "<p><b>a</p></b>"),
    ("text", {"format": "html"}, "<!-- hidden -->"),
    ("choice", CHOICES, "wonderful"),
    ("choice", CHOICES, True),
    ("choice", CHOICES, ""),
    ("choice", {"options": ["Hot", "HOT"]}, "hot"),
    ("choice", {"options": [{"value": "a", "label": "B"}, {"value": "b", "label": "A"}]}, "B "),
    ("choices", CHOICES, "new, won"),
    ("choices", CHOICES, ["new", "old"]),
    ("choices", {**CHOICES, "max": 1}, ["new", "won"]),
    ("choices", {**CHOICES, "min": 1}, []),
    ("number", {}, True),
    ("number", {}, "1.234"),
    ("number", {}, "1,234"),
    ("number", {}, "12 to 15"),
    ("number", {}, "1.2.3"),
    ("number", {}, "12.34,5"),
    ("number", {}, "007"),
    ("number", {}, "twelve"),
    ("number", {}, "0.1234567890123456789"),
    ("number", {"unit": "kg"}, "12 lb"),
    ("number", {"integer": True}, 5.5),
    ("number", {"max": 5}, 6),
    ("number", {"min": 5}, "4,9"),
    ("money", {"currency": "EUR"}, "$12"),
    ("money", {"currency": "EUR"}, "12.345"),
    ("money", {"currency": "EUR"}, 12.345),
    ("money", {"currency": "JPY"}, 12.5),
    ("money", {"currency": "EUR"}, "from 12 €"),
    ("date", {}, "2026-02-29"),
    ("date", {}, "03/04/2026"),
    ("date", {}, "03-04-2026"),
    ("date", {}, "next Monday"),
    ("date", {}, "November 2026"),
    ("date", {}, "23.11.26"),
    ("date", {}, "2026-11-23T10:00:00Z"),
    ("date", {}, 20261123),
    ("datetime", {}, "2026-11-23T14:30:00"),
    ("datetime", {}, "2026-11-23"),
    ("datetime", {}, "2026-11-23T24:00:00Z"),
    ("datetime", {"zone": "Europe/Berlin"}, "2026-03-29T02:30"),
    ("datetime", {"zone": "Europe/Berlin"}, "2026-10-25T02:30"),
    ("yesno", {}, "maybe"),
    ("yesno", {}, 1),
    ("email", {}, "ada@"),
    ("email", {}, "ada@example.test, bob@example.test"),
    ("email", {}, "ada at example.test"),
    ("phone", {}, "0170 1234567"),
    ("phone", {}, "+49"),
    ("phone", {}, "+1-800-FLOWERS"),
    ("phone", {}, "+491701234567 or +491701234568"),
    ("link", {}, "example.test"),
    ("link", {}, "javascript:alert(1)"),
    ("link", {}, "https://bank.test@evil.test/"),
    ("link", {}, "https://a b.test"),
    ("link", {}, "https://"),
    ("link", {}, "ftp://a.test"),
    ("rows", ROWS, {"name": "Tea"}),
    ("rows", ROWS, ["Tea"]),
    ("rows", ROWS, [{"count": 1}]),
    ("rows", ROWS, [{"name": "a"}, {"name": "b"}, {"name": "c"}]),
    ("rows", ROWS, [{"name": "Tea", "price": 3}]),
]  # fmt: skip


def verdict_on(kind: str, options: dict[str, Any], value: Any) -> Accepted | Faulty:
    return judge(Contract.from_answer({"field": {"type": kind, **options}}), json.dumps({"field": value}))


@pytest.mark.parametrize(("kind", "options", "value"), FITS)
def test_what_fits_is_kept_as_it_is(kind: str, options: dict[str, Any], value: Any) -> None:
    assert verdict_on(kind, options, value) == Accepted({"field": value})


@pytest.mark.parametrize(("kind", "options", "value", "meant"), REPAIRED)
def test_what_has_one_reading_is_repaired_and_marked(
    kind: str, options: dict[str, Any], value: Any, meant: Any
) -> None:
    verdict = verdict_on(kind, options, value)

    assert isinstance(verdict, Accepted)
    assert verdict.value == {"field": meant}
    assert verdict.repaired


@pytest.mark.parametrize(("kind", "options", "value"), REFUSED)
def test_what_has_no_reading_or_two_is_refused(kind: str, options: dict[str, Any], value: Any) -> None:
    verdict = verdict_on(kind, options, value)

    assert isinstance(verdict, Faulty)
    assert verdict.faults[0].field.startswith("field")


@pytest.mark.parametrize("table", [FITS, REPAIRED, REFUSED])
def test_every_type_has_its_cases(table: list[Any]) -> None:
    assert {row[0] for row in table} == set(TYPES)


def test_a_fault_in_a_row_names_its_place() -> None:
    verdict = verdict_on("rows", ROWS, [{"name": "Tea"}, {"name": "Cake", "count": "many"}])

    assert isinstance(verdict, Faulty)
    assert verdict.faults[0].field == "field[1].count"
