"""What is sealed opens only with its key, in its row, unchanged."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.core.secret import Secret
from signoff.vault import seal
from signoff.vault.keys import KeyTrouble

HERE = "connections.connection:7:secret"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(texts, texts)
def test_what_was_sealed_comes_back(text, context):
    assert seal.open(seal.seal(Secret(text), context), context).reveal() == text


@given(texts.filter(lambda t: len(t) > 3))
def test_a_sealed_value_does_not_show_what_is_in_it(text):
    assert text.encode() not in seal.seal(Secret(text), HERE)


def test_the_same_secret_looks_different_each_time():
    assert seal.seal(Secret("key"), HERE) != seal.seal(Secret("key"), HERE)


def test_a_value_does_not_open_in_another_row():
    sealed = seal.seal(Secret("key"), HERE)

    with pytest.raises(seal.Damaged, match="another row"):
        seal.open(sealed, "connections.connection:8:secret")


@given(st.data())
def test_a_changed_bit_is_noticed(data):
    sealed = bytearray(seal.seal(Secret("a key of some length"), HERE))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((seal.Damaged, KeyTrouble)):
        seal.open(bytes(sealed), HERE)


@given(st.binary(max_size=80))
def test_anything_else_is_told_to_be_damaged(junk):
    with pytest.raises((seal.Damaged, KeyTrouble)):
        seal.open(junk, HERE)


@pytest.mark.parametrize("length", [0, 1, 5, 16, 17, 20])
def test_a_cut_off_value_is_told_to_be_damaged(length):
    sealed = seal.seal(Secret("a key of some length"), HERE)

    with pytest.raises(seal.Damaged):
        seal.open(sealed[:length], HERE)


def test_another_key_is_told_apart_from_damage(monkeypatch):
    sealed = seal.seal(Secret("key"), HERE)
    monkeypatch.setenv("SIGNOFF_KEY", base64.urlsafe_b64encode(bytes(range(32))).decode())

    with pytest.raises(KeyTrouble, match="another master key"):
        seal.open(sealed, HERE)
    monkeypatch.undo()

    assert seal.open(sealed, HERE).reveal() == "key", "with its own key it still opens"


@given(st.data())
def test_a_value_whose_head_was_changed_is_damaged_and_not_another_keys(data):
    sealed = bytearray(seal.seal(Secret("a key of some length"), HERE))
    at = data.draw(st.integers(1, seal.HEAD_BYTES - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(seal.Damaged, match="head"):
        seal.open(bytes(sealed), HERE)


def test_what_goes_wrong_does_not_tell_the_secret():
    sealed = bytearray(seal.seal(Secret("MARKED"), HERE))
    sealed[-1] ^= 1

    with pytest.raises(seal.Damaged) as caught:
        seal.open(bytes(sealed), HERE)

    assert "MARKED" not in str(caught.value)
    assert HERE in str(caught.value)
