"""Spending: what answers cost, for each day, integration and model, and what an integration would cost."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection as db
from django.db.models import Count, Min
from django.db.models import Sum as Total

from signoff.core import clock
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.runs.cost import cost_micros, is_priced, saved_micros
from signoff.runs.days import spend, today
from signoff.runs.models import Run, Spent
from signoff.runs.prompting import prompt_for
from signoff.runs.work import BATCH_DIVISOR, Work

PARTS = 8  # rows that a day's sum is spread over
MOST_DAYS = 366
DAYS = 30
A_MONTH = 30
LOOKED_BACK = timedelta(days=7)  # for the present rate
LATEST = 2_000
TYPICAL = 20  # records that an estimate is made of
ANSWER_SHARE = 0.35  # of the room that a form leaves, so much an answer fills

COUNT = """
INSERT INTO runs_spent AS spent (integration_id, on_day, was_for, model, part, answers, drafts, input_tokens,
    cached_tokens, output_tokens, cost_micros, saved_micros)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT {which} DO UPDATE SET
    answers = spent.answers + EXCLUDED.answers, drafts = spent.drafts + EXCLUDED.drafts,
    input_tokens = spent.input_tokens + EXCLUDED.input_tokens,
    cached_tokens = spent.cached_tokens + EXCLUDED.cached_tokens,
    output_tokens = spent.output_tokens + EXCLUDED.output_tokens,
    cost_micros = spent.cost_micros + EXCLUDED.cost_micros,
    saved_micros = spent.saved_micros + EXCLUDED.saved_micros
"""
OF_ONE = COUNT.format(which="(on_day, integration_id, was_for, model, part)")
OF_NONE = COUNT.format(which="(on_day, was_for, model, part) WHERE integration_id IS NULL")
NUMBERS = (
    "answers",
    "drafts",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "cost_micros",
    "saved_micros",
)


@dataclass(frozen=True)
class Sum:
    """What some answers used and cost; money in millionths of a dollar."""

    answers: int = 0
    drafts: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int = 0
    saved_micros: int = 0

    @property
    def cached_share(self) -> float:
        """Return the share of what was read that the provider had in its cache."""
        return self.cached_tokens / self.input_tokens if self.input_tokens else 0.0

    @property
    def each_micros(self) -> int:
        """Return what a draft cost, with the answers that could not be used."""
        return round(self.cost_micros / self.drafts) if self.drafts else 0

    def as_document(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in NUMBERS} | {"cost_each_micros": self.each_micros}


@dataclass(frozen=True)
class Spending:
    """What was spent from one day until another, both included: in all, and by day, integration, model and purpose."""

    since: date
    until: date
    total: Sum
    by_day: dict[date, Sum] = field(default_factory=dict)
    by_integration: dict[str | None, Sum] = field(default_factory=dict)
    by_model: dict[str, Sum] = field(default_factory=dict)
    by_purpose: dict[str, Sum] = field(default_factory=dict)
    unpriced: tuple[str, ...] = ()  # models that nobody knows a price for: a local one costs no money

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "total": self.total.as_document(),
            "days": [{"day": day.isoformat(), **one.as_document()} for day, one in self.by_day.items()],
            "integrations": [
                {"name": name, **one.as_document()} for name, one in self.by_integration.items()
            ],
            "models": [{"model": name, **one.as_document()} for name, one in self.by_model.items()],
            "purposes": [{"what": name, **one.as_document()} for name, one in self.by_purpose.items()],
            "without_price": list(self.unpriced),
        }


@dataclass(frozen=True)
class Estimate:
    """
    What one integration costs a record and a month, in millionths of a dollar.

    `measured` says that it comes from drafts of the last 30 days, `drafts` of them; else it is worked out from the
    prompt and a typical record. `a_month` is the number of records at the present rate, None where none came in 7 days.
    """

    each_micros: int
    model: str
    measured: bool
    drafts: int
    a_month: int | None
    is_priced: bool

    @property
    def month_micros(self) -> int | None:
        return None if self.a_month is None else self.each_micros * self.a_month

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "model": self.model,
            "measured": self.measured,
            "drafts": self.drafts,
            "cost_each_micros": self.each_micros,
            "records_a_month": self.a_month,
            "cost_a_month_micros": self.month_micros,
            "has_price": self.is_priced,
        }


def count(work: Work, was_for: str, drafts: int = 0) -> None:
    """Count what asking has used, in the caller's transaction."""
    second = work.definition.checks.second_opinion
    if not work.input_tokens and not work.output_tokens and not work.second_micros:
        return
    model = work.model or (second.model if second else "")
    used = Sum(
        work.answers, drafts, work.input_tokens, work.cached_tokens, work.output_tokens, work.cost_micros,
        saved_micros(work.model, min(work.cached_tokens, work.input_tokens)),
    )  # fmt: skip
    add(work.run.integration_id, was_for, model, used)


def paid(work: Work, drafts: int = 0) -> dict[str, Any]:
    """
    Return what asking has used and cost, as the run will have it, and count it for the day.

    An answer that did not fit, or whose repair was put off, is paid for like any other.
    """
    run = work.run
    if not work.input_tokens and not work.output_tokens and not work.second_micros:
        return {}
    cost = work.cost_micros
    spend(run.integration_id, cost, work.definition.limits)
    count(work, Spent.For.DRAFTS, drafts)
    return {
        "model": work.model,
        "input_tokens": run.input_tokens + work.input_tokens,
        "output_tokens": run.output_tokens + work.output_tokens,
        "cached_tokens": run.cached_tokens + work.cached_tokens,
        "cost_micros": run.cost_micros + cost,
    }


def add(integration_id: int | None, was_for: str, model: str, used: Sum) -> None:
    """Add to what was spent today, in the caller's transaction; without an integration: on what is being built."""
    part = random.randrange(PARTS)  # noqa: S311
    numbers = [getattr(used, name) for name in NUMBERS]
    with db.cursor() as cursor:
        query = OF_NONE if integration_id is None else OF_ONE
        cursor.execute(query, [integration_id, today(), was_for, model[:120], part, *numbers])


def spending(integration: Integration | None = None, days: int = DAYS) -> Spending:
    """Return what was spent in the last `days` days, today included; of one integration, or of all."""
    until = today()
    since = until - timedelta(days=max(1, min(days, MOST_DAYS)) - 1)
    rows = Spent.objects.filter(on_day__gte=since, on_day__lte=until)
    if integration is not None:
        rows = rows.filter(integration=integration)
    grouped: Iterable[Mapping[str, Any]] = rows.values(
        "on_day", "integration__name", "model", "was_for"
    ).annotate(**{f"sum_{name}": Total(name) for name in NUMBERS})
    parts = [(row, Sum(**{name: row[f"sum_{name}"] for name in NUMBERS})) for row in grouped]
    every_day = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    by_day = _by("on_day", parts)
    models = sorted({row["model"] for row, _ in parts})
    return Spending(
        since,
        until,
        _together(one for _, one in parts),
        {day: by_day.get(day, Sum()) for day in every_day},
        _by("integration__name", parts),
        _by("model", parts),
        _by("was_for", parts),
        tuple(model for model in models if not is_priced(model)),
    )


def estimate(integration: Integration) -> Estimate | None:
    """Return what an integration costs a record and a month; None for an empty one, and where no AI is asked."""
    if integration.current is None:
        return None
    asked = read_definition(integration.current)[0].asked
    if asked is None:
        return None
    model = asked.model
    a_month = _a_month(integration)
    lately = Spent.objects.filter(
        integration=integration,
        was_for=Spent.For.DRAFTS,
        on_day__gt=today() - timedelta(days=DAYS),
        model__regex=rf"^{re.escape(model)}(-[0-9].*)?$",  # "gpt-4o-2024-08-06" is gpt-4o, "gpt-4o-mini" is not
    ).aggregate(drafts=Total("drafts"), cost_micros=Total("cost_micros"))
    if lately["drafts"]:
        each = Sum(**lately).each_micros
        return Estimate(each, model, True, lately["drafts"], a_month, is_priced(model))
    return Estimate(_worked_out(integration, model), model, False, 0, a_month, is_priced(model))


def _worked_out(integration: Integration, model: str) -> int:
    """Return the price of a record from its prompt and the form of its answer, nothing of it cached."""
    assert integration.current is not None  # noqa: S101  # `estimate` has looked
    definition, contract = read_definition(integration.current)
    records = list(
        Run.objects.filter(integration=integration, erased_at=None)
        .order_by("-id")
        .values_list("record", flat=True)[:TYPICAL]
    )
    sample: list[Mapping[str, Any]] = records or [_typical(definition.record.fields)]
    tokens = [prompt_for(definition, contract, record)[0] for record in sample]
    examples = definition.prompt.examples * 250  # an approved answer of some 150 words
    asked = sum(prompt.estimated_tokens() for prompt in tokens) / len(tokens) + examples
    answered = 60 + ANSWER_SHARE * (tokens[0].max_output_tokens - 200)
    whole = cost_micros(model, round(asked), round(answered))
    return whole // BATCH_DIVISOR if definition.limits.may_take else whole


def _typical(fields: tuple[str, ...]) -> dict[str, str]:
    """Return a record as long as most are, where none is there to look at."""
    return {
        name: "x" * (400 if "message" in name or "text" in name else 20) for name in fields or ("message",)
    }


def _a_month(integration: Integration) -> int | None:
    """
    Return how many records come in a month at the rate of the last 7 days; of fewer where it is younger.

    Of very many records the latest tell the rate, so that counting costs the same however many there are.
    """
    since = clock.now() - LOOKED_BACK
    latest = Run.objects.filter(integration=integration, replay_of=None).order_by("-id")[:LATEST].values("pk")
    seen = Run.objects.filter(pk__in=latest, received_at__gte=since).aggregate(
        n=Count("pk"), first=Min("received_at")
    )
    if not seen["n"]:
        return None
    shortest = timedelta(days=1) if seen["n"] < LATEST else timedelta(seconds=1)
    known_for = max(shortest, clock.now() - max(since, seen["first"]))
    return max(1, int(seen["n"] / (known_for / timedelta(days=1)) * A_MONTH + 0.5))


def _by(key: str, parts: list[tuple[Mapping[str, Any], Sum]]) -> dict[Any, Sum]:
    """Return the sums by one of their columns, the dearest first."""
    apart: dict[Any, list[Sum]] = defaultdict(list)
    for row, one in parts:
        apart[row[key]].append(one)
    sums = {name: _together(some) for name, some in apart.items()}
    return dict(sorted(sums.items(), key=lambda item: (-item[1].cost_micros, str(item[0] or ""))))


def _together(sums: Any) -> Sum:
    rows = list(sums)
    return Sum(**{name: sum(getattr(row, name) for row in rows) for name in NUMBERS})
