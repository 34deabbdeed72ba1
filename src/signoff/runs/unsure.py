"""Where an answer took the way out "unsure": a person chooses, and nothing goes out before they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signoff.checks.alarm import Alarm, to_json
from signoff.core.errors import InputRejected
from signoff.outputs.contract import Contract


def doubts_in(contract: Contract, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a person has to choose themselves in a draft, as rows keep alarms."""
    return [
        to_json(
            Alarm(
                "unsure",
                "",
                f"The AI is not sure about “{_called(contract, name)}”. Choose what is right before you approve.",
                where=name.partition("[")[0],
            )
        )
        for name in contract.unsure(answer)
    ]


def refuse_unsure(contract: Contract, answer: Mapping[str, Any]) -> None:
    """Raise `InputRejected` where an answer still says "unsure": that is no choice, and its app would refuse it."""
    for name in contract.unsure(answer):
        raise InputRejected(
            "the answer still says unsure",
            field=name,
            owner_message=f"“{_called(contract, name)}” still says “unsure”. Nothing was sent.",
            next_step="Press Edit, choose what is right, and approve that.",
        )


def _called(contract: Contract, name: str) -> str:
    return next((field.label for field in contract.fields if field.name == name), name)
