"""A secret cannot be shown by accident."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import traceback

import pytest
import structlog

from signoff.core.secret import Secret

MARKED = "MARKED-7f3a"

WAYS = {
    "str": str,
    "repr": repr,
    "format": lambda s: f"{s}",
    "format with a width": lambda s: f"{s:>40}",
    "percent": lambda s: "%s %r" % (s, s),  # noqa: UP031
    "in a list": lambda s: str([s]),
    "in a dict": lambda s: repr({"key": s}),
    "its dict": lambda s: str(getattr(s, "__dict__", "")),
    "ascii": ascii,
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_showing_shows_it(way):
    assert MARKED not in WAYS[way](Secret(MARKED))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_cannot_be_pickled(protocol):
    with pytest.raises(TypeError):
        pickle.dumps(Secret(MARKED), protocol)


def test_it_is_no_json():
    with pytest.raises(TypeError) as caught:
        json.dumps({"key": Secret(MARKED)})

    assert MARKED not in str(caught.value)


def test_it_cannot_be_copied():
    with pytest.raises(TypeError):
        copy.deepcopy(Secret(MARKED))


def test_it_has_no_hash():
    with pytest.raises(TypeError):
        hash(Secret(MARKED))


def test_a_traceback_with_its_locals_does_not_show_it():
    def fail(secret):
        raise RuntimeError("it failed")

    try:
        fail(Secret(MARKED))
    except RuntimeError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())

    assert "secret = Secret" in told
    assert MARKED not in told


def test_a_log_does_not_show_it():
    out = io.StringIO()
    log = structlog.wrap_logger(
        structlog.PrintLogger(out), processors=[structlog.processors.JSONRenderer(default=str)]
    )
    handler = logging.StreamHandler(out)
    logger = logging.Logger("test")
    logger.addHandler(handler)

    log.info("connected", key=Secret(MARKED))
    logger.warning("connected %s", Secret(MARKED))

    assert "connected" in out.getvalue()
    assert MARKED not in out.getvalue()


def test_equal_secrets_are_equal_and_others_are_not():
    assert Secret("ä") == Secret("ä")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_an_empty_one_is_false():
    assert not Secret("")
    assert Secret(" ")
