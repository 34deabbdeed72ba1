"""A signing secret is kept like any key, and nobody is asked about it."""

from __future__ import annotations

from signoff.connectors.registry import connector_class


class NoDoor:
    def __getattr__(self, name):
        raise AssertionError("somebody was asked")


def test_nobody_is_asked_about_a_signing_secret():
    account = connector_class("webhook")(NoDoor()).check()

    assert account.id == "webhook"
    assert account.ends_at is None


def test_nothing_can_be_written_to_it():
    assert connector_class("webhook").actions() == {}
    assert connector_class("webhook").triggers == ()
