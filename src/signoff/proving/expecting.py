"""What a test will cost, told before it runs, and which models would cost less than the one in use."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from signoff.connections.models import Connection
from signoff.connectors.base import Model
from signoff.core import clock
from signoff.integrations import offers
from signoff.integrations.models import Integration
from signoff.proving.models import Case
from signoff.proving.replaying import candidate_definition
from signoff.runs.cost import cost_micros, is_priced
from signoff.runs.prompting import prompt_for

TYPICAL = 10  # cases that an estimate is made of
EXAMPLE_TOKENS = 250  # an approved answer of some 150 words
CHARS_PER_TOKEN = 4
# "gpt-4o-2024-08-06", "claude-haiku-4-5-20251001", "gpt-4-0613": one day's state of a model that has a name without it.
DATED = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$")


@dataclass(frozen=True)
class Expected:
    """What the answers of one candidate will cost in all, in millionths of a dollar; None: nobody knows a price."""

    candidate: dict[str, Any]
    answers: int
    cost_micros: int | None

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {**self.candidate, "answers": self.answers, "cost_micros": self.cost_micros}


def expected(
    integration: Integration, candidates: Sequence[dict[str, Any]], cases: Sequence[Case]
) -> list[Expected]:
    """
    Return what each candidate will cost, by list prices and the length of the approved answers; asks nobody.

    What an AI thinks before it answers, and answers that have to be asked for twice, come on top.
    """
    versions = dict(integration.versions.values_list("number", "pk"))
    sample = list(cases)[:: max(1, len(cases) // TYPICAL)][:TYPICAL]
    read: dict[tuple[int, int], float] = {}
    written = mean(_tokens(case) for case in sample)
    found = []
    for candidate in candidates:
        key = (candidate["version"], candidate["examples"])
        if key not in read:
            definition, contract = candidate_definition(versions[candidate["version"]], candidate)
            prompts = [prompt_for(definition, contract, case.record)[0] for case in sample]
            asked = mean(prompt.estimated_tokens() for prompt in prompts)
            read[key] = asked + candidate["examples"] * EXAMPLE_TOKENS
        price = cost_micros(candidate["model"], round(read[key] * len(cases)), round(written * len(cases)))
        found.append(Expected(candidate, len(cases), price if is_priced(candidate["model"]) else None))
    return found


def doubts(candidates: Sequence[dict[str, Any]]) -> list[str]:
    """Return what speaks against models before they are asked: one has ended, one is misspelt."""
    asked = dict.fromkeys((one["ai"], one["model"]) for one in candidates)
    rows = {row.name: row for row in Connection.objects.filter(name__in={ai for ai, _ in asked})}
    found = [offers.doubt_of(rows[ai], model) for ai, model in asked if ai in rows]
    return [doubt for doubt in found if doubt]


def cheaper(integration: Integration, own: dict[str, Any], cases: Sequence[Case]) -> list[str]:
    """
    Return the model in use, then those of the same AI that would cost less for these cases, the cheapest first.

    Asks the provider which models it has. Raises ValueError in words where none is known to cost less.
    """
    if not is_priced(own["model"]):
        raise ValueError(
            f"Nobody knows a list price of {own['model']}, so no model is known to cost less. Name those you want to "
            "try: --models a,b"
        )
    connection = Connection.objects.filter(name=own["ai"]).first()
    told = offers.models_of(connection) if connection else offers.Told(problem=f"{own['ai']} is gone.")
    if told.problem:
        raise ValueError(f"{own['ai']} could not be asked for its models: {told.problem}")
    names = [own["model"], *(name for name in _offered(told.found) if is_priced(name))]
    rows = expected(integration, [{**own, "model": name} for name in dict.fromkeys(names)], cases)
    price = {one.candidate["model"]: one.cost_micros or 0 for one in rows}
    below = [name for name in price if price[name] < price[own["model"]]]
    if not below:
        raise ValueError(f"{own['ai']} offers no model that is known to cost less than {own['model']}.")
    return [own["model"], *sorted(below, key=lambda name: (price[name], name))]


def _offered(models: Sequence[Model]) -> list[str]:
    """Return the names of models that still answer, without a day's state of one that is there by its own name."""
    today = clock.now().date()
    names = {one.id for one in models if one.ends_on is None or one.ends_on >= today}
    return sorted(name for name in names if DATED.sub("", name) == name or DATED.sub("", name) not in names)


def _tokens(case: Case) -> int:
    """Return about how many tokens an answer like the one of this case has."""
    known = case.expected if case.expected is not None else case.rejected
    return 6 + len(json.dumps(known or {}, ensure_ascii=False)) // CHARS_PER_TOKEN
