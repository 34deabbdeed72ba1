"""What is left of an answer when its customer is taken out of it: nothing of the customer."""

# ruff: noqa: E501 - records and letters are easier to read in one piece

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.checks.stripping import customer_of, key_of, named_in, stripped, words_in

OURS = "Write a short follow-up e-mail. Sign as Priya. Team: $149 a month. We open on Saturdays from 9 to 12."

PEOPLE = {
    "en": ("firstname", "lastname", "company", "city", "Hi {0},\n\nthanks for asking, {0} {1}. {2} in {3} is easy to reach."),
    "de": ("Vorname", "Nachname", "Firma", "Ort", "Guten Tag {0} {1},\n\nwir kommen gern zu {2} nach {3}. {0}s Termin steht."),
    "es": ("nombre", "apellido", "empresa", "ciudad", "Hola {0}:\n\nGracias, {0} {1}. Visitamos {2} en {3}."),
    "fr": ("prénom", "nom", "société", "ville", "Bonjour {0} {1},\n\nNous passons chez {2} à {3}."),
    "ru": ("имя", "фамилия", "компания", "город", "Здравствуйте, {0} {1}! Ждём {2}, {3}."),
    "ja": ("名前", "姓", "会社", "市", "{1}{0}様、{2}のご連絡ありがとうございます。{3}でお待ちします。"),
    "hi": ("नाम", "उपनाम", "कंपनी", "शहर", "नमस्ते {0} {1}, {2} {3} के लिए धन्यवाद।"),
    "ar": ("الاسم", "اللقب", "الشركة", "المدينة", "مرحبا {0} {1}، شكرا من {2} في {3}."),
}  # fmt: skip
LETTERS = {
    "en": "abcdefghijklmnoprstuvw", "de": "abcdeäöüßghiklmnrstu", "es": "abcdeáéíñoprstu", "fr": "abcdeéèçimnorstu",
    "ru": "абвгдежиклмнопрстуя", "ja": "田中山青花子木村川上", "hi": "अकपरमनसतिाीुे", "ar": "ابتجدرسعفكلمنهوي",
}  # fmt: skip


def names_of(language):
    alphabet = LETTERS[language]
    first = [char for char in alphabet if unicodedata.category(char)[0] == "L" and char != "ß"]
    return st.builds(
        lambda head, tail: (head + tail).capitalize(),
        st.sampled_from(first),
        st.text(alphabet=alphabet, min_size=2, max_size=9),
    )


@st.composite
def letters_to_somebody(draw):
    """Return a record, and an answer that says all of its personal fields in one way or another."""
    language = draw(st.sampled_from(sorted(PEOPLE)))
    first, last, company, city, text = PEOPLE[language]
    values = [draw(names_of(language)) for _ in range(4)]
    account = f"{draw(st.integers(10_000, 99_999_999))}"
    phone = f"+49 30 {draw(st.integers(1_000_000, 99_999_999))}"
    user = draw(st.text("abcdefghijkmnopqrstuvwxyz", min_size=4, max_size=9))
    host = draw(st.text("abcdefghijkmnopqrstuvwxyz", min_size=5, max_size=9))
    record = {
        first: values[0], last: values[1], company: values[2], city: values[3],
        "email": f"{user}@{host}.example", "phone": phone, "customer_number": account,
        "message": f"{values[0]} {values[1]}, {values[2]}",
    }  # fmt: skip
    change = draw(st.sampled_from([str, str.upper, str.lower, lambda v: unicodedata.normalize("NFD", v)]))
    said = text.format(*map(change, values))
    more = f"\n\nYour number is {account}. We call {phone} or {phone.replace(' ', '')} and write to {user}@{host}.example."
    return record, {
        "subject": f"{change(values[0])}, {change(values[2])}",
        "body": said + draw(st.sampled_from(["", more])),
    }


def without_placeholders(shown):
    return re.sub(r"\[[^\[\]]*\]", " ", json.dumps(shown, ensure_ascii=False))


@given(letters_to_somebody())
@settings(deadline=None)
def test_no_word_of_a_personal_field_is_left(made):
    record, answer = made

    shown = stripped(answer, customer_of(record), ours=OURS)

    assert shown is not None
    left = without_placeholders(shown)
    keys = {word.key for word in words_in(left)}
    for name, value in record.items():
        if name == "message":
            continue
        for word in words_in(value.removesuffix(".example")):
            assert word.key not in keys, (value, left)
        assert key_of(value) + "s" not in keys
        letters = sum(unicodedata.category(char)[0] == "L" for char in value)  # vowel signs are none, and go
        assert letters < 5 or key_of(value) not in key_of(left)
    digits = re.sub(r"\D", "", left)
    assert record["customer_number"] not in digits
    assert re.sub(r"\D", "", record["phone"])[-7:] not in digits


@given(letters_to_somebody())
@settings(deadline=None, max_examples=50)
def test_a_word_that_everybody_uses_does_not_save_a_name(made):
    record, answer = made

    shown = stripped(answer, customer_of(record), ours=OURS, is_public=lambda key: True)

    left = {word.key for word in words_in(without_placeholders(shown))}
    assert not left & named_in({k: v for k, v in record.items() if k not in ("message", "email", "phone")})


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Hi Dana, do call.", "Hi [first name], do call."),
        ("Danas Termin", "[first name] Termin"),
        ("DANA!", "[first name]!"),
        ("Harbor Dental and HarborDental", "[company] and [company]"),
        ("Muellers Haus", "[name] Haus"),
        ("For 12 dentists", "For [number] dentists"),
        ("It costs €4,800.", "It costs [amount]."),
        ("Write to dana@harbor-dental.example.", "Write to [e-mail address]."),
        ("Call 030 1234567 or +49 30 1234567.", "Call [phone number] or [phone number]."),
        ("See https://harbor-dental.example/a.", "See [link]."),
        ("Your ticket HD-4471 is open.", "Your ticket [reference] is open."),
        ("On 12 March 2027", "On [date]"),
        ("the Team plan is $149 a month", "the Team plan is $149 a month"),
        ("We open on Saturdays from 9.", "We open on Saturdays from 9."),
        ("Best, Priya", "Best, Priya"),
        ("Our colleague Thomas calls.", "Our colleague [name] calls."),
        ("Bring the radiograph.", "Bring the […]."),
    ],
)
def test_what_is_of_the_customer_becomes_a_word_in_brackets(said, left):
    record = {
        "firstname": "Dana", "lastname": "Müller", "company": "Harbor Dental", "email": "dana@harbor-dental.example",
        "phone": "+49 (0)30 1234567", "ticket": "HD-4471", "budget": "4800", "dentists": "12", "website": "harbor-dental.example",
        "message": "We have a radiograph here and want to begin on 12 March 2027.",
    }  # fmt: skip

    assert stripped({"body": said}, customer_of(record), ours=OURS) == {"body": left}


def test_a_choice_stays_and_a_value_becomes_its_kind():
    answer = {"intent": "warm", "amount": {"amount": "4800.00", "currency": "EUR"}, "n": 3, "ok": True, "day": "2027-03-12",
              "rows": [{"what": "for Dana", "count": 2}]}  # fmt: skip
    types = {
        "intent": "choice",
        "amount": "money",
        "n": "number",
        "ok": "yesno",
        "day": "date",
        "rows": "rows",
    }

    shown = stripped(answer, customer_of({"firstname": "Dana", "tier": "warm"}), types=types)

    assert shown == {
        "intent": "warm", "amount": "[amount]", "n": "[number]", "ok": True, "day": "[date]",
        "rows": [{"what": "for [first name]", "count": "[number]"}],
    }  # fmt: skip


def test_a_name_for_a_field_is_never_shown():
    """A record's own names of fields can be somebody's name: {"Anna": {"note": "..."}}."""
    shown = stripped(
        {"body": "Hello from the lighthouse"}, customer_of({"Zelmira": {"Zelmira": "lighthouse"}})
    )

    assert shown == {"body": "Hello from the […]"}


@given(st.dictionaries(st.text(max_size=12), st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=60),
       lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6)),
       st.text(max_size=200))  # fmt: skip
@settings(deadline=None, max_examples=200)
def test_any_record_and_any_text_come_out_stripped_or_not_at_all(record, text):
    shown = stripped({"body": text}, customer_of(record))

    assert shown is None or isinstance(shown["body"], str)
