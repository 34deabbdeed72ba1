"""What a thing is called."""

from __future__ import annotations

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object) -> list[str]:
    return [finding.text for finding in doubted(answer, record)]


def test_a_thing_is_called_what_its_field_says() -> None:
    record = {"boat": "Kingfisher", "city": "Oxford"}

    assert texts("Your boat is the Kingfisher.", record) == []
    assert texts("Your boat is the Heron.", record) == ["Heron"]
