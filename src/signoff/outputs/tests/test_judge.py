"""An answer fits its contract exactly, or is said not to. What is repaired says so; nothing is guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, Faulty, faults_as_text, judge

LEAD = Contract.load(
    """
    subject: {type: text, max: 78}
    body: {type: text, max: 200}
    intent: {type: choice, options: [hot, warm, {value: cold, label: Cold lead}]}
    """
)
GOOD = '{"subject": "Hello", "body": "Hi Ada", "intent": "hot"}'
VALUE = {"subject": "Hello", "body": "Hi Ada", "intent": "hot"}


def fault_of(text: str, contract: Contract = LEAD) -> tuple[str, str]:
    verdict = judge(contract, text)
    assert isinstance(verdict, Faulty)
    return verdict.faults[0].field, verdict.faults[0].what


def test_an_answer_that_fits_is_accepted_as_it_is() -> None:
    assert judge(LEAD, GOOD) == Accepted(VALUE)
    assert judge(LEAD, f"\n  {GOOD}\r\n") == Accepted(VALUE)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\n",
        f"Here is the draft:\n\n{GOOD}\n\nShall I change anything?",
        f"Of course! ```json\n{GOOD}\n``` There you go.",
        f"<think>The lead {{wants}} a price. {GOOD}</think>\n{GOOD}",
        f"\ufeff{GOOD}",
        f"\u00a0{GOOD}",
        GOOD.replace("}", ",}"),
        GOOD.replace('"', "'"),
        GOOD.replace("Hi Ada", r"\u0048i Ada").replace('"hot"', r"'\u0068ot'"),
        '{subject: "Hello", body: "Hi Ada", intent: "hot"}',
        GOOD.replace("subject", "Subject"),
        GOOD.replace("hot", " HOT "),
        GOOD.replace("{", '{"intent": "hot", '),
    ],
)
def test_an_answer_with_one_reading_is_repaired_and_says_so(text: str) -> None:
    verdict = judge(LEAD, text)

    assert isinstance(verdict, Accepted)
    assert verdict.value == VALUE
    assert verdict.repaired
    assert verdict.repairs


def test_a_backslash_that_json_does_not_know_is_told() -> None:
    """Found by bench/fuzz_answers.py."""
    verdict = judge(LEAD, GOOD.replace("Hi Ada", r"It\'s Ada"))

    assert isinstance(verdict, Accepted)
    assert verdict.value["body"] == "It's Ada"
    assert verdict.repairs == ("a backslash before a single quote was left out",)


@pytest.mark.parametrize(
    ("text", "field", "what"),
    [
        ("", "", "is empty"),
        ("Dear Ada, thank you for writing.", "", "is not JSON"),
        (GOOD[:-1], "", "is cut off"),
        (GOOD[:30], "", "is cut off"),
        ("Here it is: " + GOOD[:30], "", "is cut off"),
        (GOOD[: GOOD.index("hot") + 2], "", "is cut off"),
        ("```json\n" + GOOD[:40], "", "is cut off"),
        (GOOD + GOOD, "", "more than one object"),
        (f"{GOOD}\nor\n{GOOD.replace('hot', 'warm')}", "", "more than one object"),
        (f"[{GOOD}]", "", "is a list"),
        (f"Draft: [{GOOD}, {GOOD}]", "", "more than one object"),
        (f"Draft: [{GOOD}] ok", "", "inside something else"),
        (f'"answer": {GOOD}', "", "inside something else"),
        (GOOD.replace("{", '{"intent": "warm", '), "intent", "said twice"),
        (GOOD.replace('"hot"', "NaN"), "", "NaN"),
        (GOOD.replace('"hot"', "-Infinity"), "", "Infinity"),
        (GOOD.replace('"hot"', "1e999"), "", "too large"),
        (GOOD.replace('"hot"', "null"), "intent", "is missing"),
        (GOOD.replace('"hot"', "3"), "intent", "not a choice"),
        (GOOD.replace('"hot"', '"boiling"'), "intent", "not a choice"),
        (GOOD.replace('"hot"', '["hot"]'), "intent", "is a list"),
        (GOOD.replace('"Hi Ada"', "12"), "body", "is a number"),
        (GOOD.replace("Hi Ada", "x" * 201), "body", "has 201 characters"),
        (GOOD.replace("Hi Ada", ""), "body", "is empty"),
        (GOOD.replace("Hi Ada", "\\u0000"), "body", "control characters"),
        (GOOD.replace("Hi Ada", "\\ud800"), "", "half of a character"),
        (GOOD.replace("Hi Ada", "\ud800"), "", "half of a character"),
        (GOOD.replace('"Hi Ada"', '"He said "hi" to me"'), "", "is not JSON"),
        (GOOD.replace('"', "'").replace("Hi Ada", "It's me"), "", "is not JSON"),
        (GOOD.replace(', "intent"', ' "intent"'), "", "is not JSON"),
        ('{"subject": "Hello", "body": "Hi"}', "intent", "is missing"),
        (GOOD.replace("{", '{"note": "x", '), "note", "is not a field"),
        (GOOD.replace("{", '{"Subject": "Hello", '), "Subject", "is not a field"),
        (json.dumps(GOOD), "", "is text"),
        ("null", "", "is empty (null)"),
        ("true", "", "is true or false"),
        ("[" * 100_000, "", "nested deeper"),
        ('{"a":' * 100_000, "", "nested deeper"),
        ("{" * 99, "", "is not JSON"),
        ("x" * 1_000_001, "", "longer than"),
        ('{"a": ' + "9" * 5000 + "}", "", "thousands of digits"),
        ('{"a": 0.12345678901234567890}', "", "more digits"),
        ('{"a": 1e-400}', "", "more digits"),
        ('"' + '\\"' * 50_000, "", "is not JSON"),
    ],
)  # fmt: skip
def test_any_other_answer_is_faulty_and_the_fault_is_named(text: str, field: str, what: str) -> None:
    found_field, found_what = fault_of(text)

    assert found_field == field
    assert what in found_what


def test_all_faults_of_an_answer_are_named() -> None:
    verdict = judge(LEAD, '{"subject": 1, "body": "", "intent": "?"}')

    assert isinstance(verdict, Faulty)
    assert [fault.field for fault in verdict.faults] == ["subject", "body", "intent"]


def test_faults_become_a_list_to_ask_again_with() -> None:
    verdict = judge(LEAD, '{"subject": "a", "body": "b", "intent": "boiling"}')

    assert isinstance(verdict, Faulty)
    assert faults_as_text(verdict.faults) == (
        "- intent: is “boiling”, which is not a choice; expected one of hot, warm, cold (Cold lead)."
    )
    assert faults_as_text(judge(LEAD, "no").faults).startswith(
        "- The answer as a whole: is not JSON; expected"
    )


def test_line_breaks_inside_text_are_kept_and_noted() -> None:
    verdict = judge(LEAD, GOOD.replace("Hi Ada", "Hi Ada\n\nYours"))

    assert isinstance(verdict, Accepted)
    assert verdict.value["body"] == "Hi Ada\n\nYours"
    assert verdict.repaired


def test_an_optional_field_may_be_null_or_left_out() -> None:
    contract = Contract.load("a: text\nb: {type: number, optional: true}")

    assert judge(contract, '{"a": "x", "b": null}') == Accepted({"a": "x", "b": None})
    assert judge(contract, '{"a": "x"}') == Accepted({"a": "x"})
    assert judge(contract, '{"a": "x", "b": ""}').repaired


# This holds for every text there is: no crash, and nothing accepted unmarked that JSON reads otherwise.

ANYTHING = Contract.load(
    """
    answer:
      a: {type: text, optional: true}
      b: {type: choice, options: [x, y], optional: true}
      c: {type: choices, options: [x, y], optional: true}
      d: {type: number, optional: true}
      e: {type: money, currency: EUR, optional: true}
      f: {type: date, optional: true}
      g: {type: datetime, zone: Europe/Berlin, optional: true}
      h: {type: yesno, optional: true}
      i: {type: email, optional: true}
      j: {type: phone, country: DE, optional: true}
      k: {type: link, optional: true}
      l: {type: rows, columns: {a: text}, optional: true}
      m: {type: text, format: html, optional: true}
      n: {type: text, format: plain, optional: true}
      o: {type: text, format: markdown, optional: true}
    """
)
ANY_SCHEMA = Contract.from_json_schema({})
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
PIECES = (
    r"""{ } [ ] " ' : , a b 1 - . e 0 é true None NaN ```json ``` <think> </think> "a" "b": "x" \ \ud800"""
)
FRAGMENTS = st.lists(st.sampled_from([*PIECES.split(), " ", "\n", "\ufeff", "\0"]), max_size=25).map("".join)
FIELD_VALUES = st.dictionaries(
    st.sampled_from("abcdefghijklmno"),
    st.one_of(
        JSON,
        st.from_regex(r"[-+]?[0-9]{1,4}([.,' ][0-9]{1,3}){0,3} ?(€|EUR|\$|%)?", fullmatch=True),
        st.from_regex(
            r"[0-9]{1,4}[-./ ][0-9]{1,2}[-./ ][0-9]{1,4}([T ][0-9:]{4,8}(Z|[+-][0-9:]{4,5})?)?",
            fullmatch=True,
        ),
        st.from_regex(
            r"(<?[a-z]{1,5}@[a-z.]{1,8}>?|\+?[0-9 ()/-]{4,16}|<?https?://[a-z.@:/]{1,12}>?)", fullmatch=True
        ),
        st.sampled_from(
            ["x", "Y", "yes", "Nein", "<p>a", "<b>a</b>", "**a**", "[a](b)", "<a href='x:y'>", "<!", "&#0;"]
        ),
    ),
    max_size=4,
)

TEXTS = st.one_of(st.text(), FRAGMENTS, JSON.map(json.dumps), JSON.map(repr), FIELD_VALUES.map(json.dumps))


def assert_honest(contract: Contract, text: str) -> None:
    verdict = judge(contract, text)
    if isinstance(verdict, Faulty):
        assert verdict.faults
        assert all(fault.what and fault.expected for fault in verdict.faults)
        faults_as_text(verdict.faults).encode()
    else:
        json.dumps(verdict.value, allow_nan=False)
        assert verdict.repaired is bool(verdict.repairs)
        "".join(verdict.repairs).encode()
        if not verdict.repaired:
            assert same(json.loads(text), verdict.value)


def same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
@example('{"a":"\\ud83d\\ude00"}')
@example("{'a':'\\ud83d\\ude00'}")
@example('{"d":-0.0}')
@example('{"d":1E400}')
@example('{"e":12E34}')
@example('{"l":[{"a":"x"},{"a":"x","b":1}]}')
@example("[{'a': 1}")
def test_no_text_crashes_and_what_is_not_marked_is_exactly_what_was_said(text: str) -> None:
    assert_honest(ANYTHING, text)
    assert_honest(ANY_SCHEMA, text)


@settings(max_examples=300, deadline=None)
@given(value=FIELD_VALUES, cut=st.integers(0, 200))
def test_a_cut_answer_is_never_completed(value: Any, cut: int) -> None:
    text = json.dumps(value)
    cut_text = text[: min(cut, len(text) - 1)]

    assert isinstance(judge(ANYTHING, cut_text), Faulty)


@pytest.mark.long
@pytest.mark.parametrize("round_", range(50))
@settings(max_examples=2_000, deadline=None, database=None)
@given(text=TEXTS)
def test_no_text_crashes_in_a_long_run(round_: int, text: str) -> None:
    """
    A hundred thousand texts, in rounds.

    In one, a busy machine reached the time limit of a test. What breaks off there breaks off in the middle of making a
    text, and hypothesis, which then makes the same text again to its end, tells of a strategy that cannot be relied on.
    """
    assert_honest(ANYTHING, text)
    assert_honest(ANY_SCHEMA, text)
