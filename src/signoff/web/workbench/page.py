"""Everything the page of a draft shows, but the trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signoff.integrations import offers
from signoff.integrations.drafts import Fault
from signoff.web.workbench.answer import answer_card
from signoff.web.workbench.asking import asking_card
from signoff.web.workbench.cards import Data, faults_of
from signoff.web.workbench.coach import hints_for
from signoff.web.workbench.deciding import deciding_card
from signoff.web.workbench.destinations import then_card
from signoff.web.workbench.flow import flow
from signoff.web.workbench.prompt import prompt_card
from signoff.web.workbench.record import record_card


def shown_as(data: Data, faults: Sequence[Fault], *, looked: bool, known_name: str = "") -> dict[str, Any]:
    """Return everything the page of a draft shows, but the trial."""
    hints = hints_for(data)
    start = offers.start_of(data)
    known = list(offers.fields_of(start.connection, start.trigger.object).found) if start else []
    return {
        "data": data,
        "title": known_name or str(data.get("name") or ""),
        "flow": flow(data, faults, looked),
        "wrong_name": faults_of(faults, "name"),
        **record_card(data, faults, start, known, hints),
        **asking_card(data, faults, known),
        **prompt_card(data, faults, hints),
        **answer_card(data, faults, hints),
        **then_card(data, faults, known),
        **deciding_card(data, faults),
        "faults": len(faults),
    }
