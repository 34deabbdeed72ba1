"""Plans and begins a test, and says how it came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.connectors.base import AiConnector
from signoff.connectors.registry import connector_class
from signoff.core import clock
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration, Version
from signoff.proving import expecting
from signoff.proving.conditions import read_condition
from signoff.proving.figures import Figures, figures
from signoff.proving.models import Case, Proof, Replay

MOST_REPLAYS = 20_000
MOST_EXAMPLES = 20
CHEAPER = "cheaper"  # in place of a model's name: the one in use, and all of the same AI that cost less
NO_ERROR = "error>0%"  # what several models must not be where nothing else was said


class ProofRefused(Exception):
    """No test was begun; the text says why, and what to do."""


@dataclass(frozen=True)
class Outcome:
    """How one candidate came out; `failed_on` are the conditions that hold against it."""

    candidate: dict[str, Any]
    figures: Figures
    failed_on: list[str]

    @property
    def passes(self) -> bool:
        return (
            not self.failed_on
            and not self.figures.failed
            and not self.figures.open
            and self.figures.cases > 0
        )


@dataclass(frozen=True)
class Plan:
    """A test that nobody has begun: which cases go through which candidates, and what none of them must be."""

    candidates: list[dict[str, Any]]
    cases: list[Case]
    fail_on: list[str]


def plan(
    integration: Integration,
    *,
    against: Sequence[str] = (),
    models: Sequence[str] = (),
    examples: Sequence[int] = (),
    fail_on: Sequence[str] = (),
    cases: Sequence[Case] | None = None,
) -> Plan:
    """
    Return a test of the integration as it is, beside others; nothing is stored, and no answer asked for.

    `against` are versions (numbers) or models; `models` take the place of its own one ("cheaper": its own, and those of
    the same AI that cost less); `examples` are numbers of approved answers to show the AI, each seen beside the others.
    Of several models each has to be without an error, unless `fail_on` says otherwise. Raises `ProofRefused`.
    """
    for condition in fail_on:
        try:
            read_condition(condition)
        except ValueError as error:
            raise ProofRefused(str(error)) from None
    if integration.current is not None:
        as_it_is(integration.current)  # before anybody is asked to keep cases that nobody could answer
    chosen = list(cases) if cases is not None else list(Case.objects.filter(integration=integration))
    if not chosen:
        raise ProofRefused(
            f"{integration.name} has no test cases yet. Keep reviewed drafts as test cases: signoff cases add --all "
            f"{integration.name}"
        )
    candidates = _candidates(integration, against, models, examples, chosen)
    if len(candidates) * len(chosen) > MOST_REPLAYS:
        raise ProofRefused(f"That would be more than {MOST_REPLAYS:,} answers. Take fewer cases or models.")
    of_models = len({(one["ai"], one["model"]) for one in candidates if not one["beside"]})
    return Plan(candidates, chosen, list(fail_on) or ([NO_ERROR] if of_models > 1 else []))


def begin(integration: Integration, planned: Plan, *, person: Person | None = None) -> Proof:
    """Store a planned test in the caller's transaction; the engine adds the jobs."""
    proof = Proof.objects.create(
        integration=integration, candidates=planned.candidates, fail_on=planned.fail_on, made_by=person
    )
    versions = {row.number: row.pk for row in integration.versions.all()}
    # Somebody may have removed one since the plan was made; what is there now stays until this is stored.
    rows = Case.everything.filter(pk__in=[case.pk for case in planned.cases])
    still = list(rows.select_for_update(no_key=True).order_by("pk"))
    Replay.objects.bulk_create(
        Replay(proof=proof, case=case, candidate=position, version_id=versions[candidate["version"]])
        for position, candidate in enumerate(planned.candidates)
        for case in still
    )
    return proof


def finish(proof_id: int) -> bool:
    """Note that a test is over when nothing of it is left to do; True: it is over."""
    left = Replay.objects.filter(proof_id=proof_id, state__in=(Replay.State.WAITING, Replay.State.ASKING))
    if left.exists():
        return False
    Proof.objects.filter(pk=proof_id, state=Proof.State.RUNNING).update(
        state=Proof.State.DONE, finished_at=clock.now()
    )
    return True


def stop(proof_id: int) -> bool:
    """Stop a test; what was asked already stays. False when it was over."""
    stopped = Proof.objects.filter(pk=proof_id, state=Proof.State.RUNNING).update(
        state=Proof.State.STOPPED, finished_at=clock.now()
    )
    if stopped:
        left = Replay.objects.filter(proof_id=proof_id, state__in=(Replay.State.WAITING, Replay.State.ASKING))
        left.update(state=Replay.State.SKIPPED, claimed_until=None)
    return bool(stopped)


def outcomes(proof: Proof) -> list[Outcome]:
    """Return how each candidate came out, as far as it has come, in their order."""
    rows = list(proof.replays.all())
    conditions = [read_condition(text) for text in proof.fail_on]
    found = []
    for position, candidate in enumerate(proof.candidates):
        counted = figures([row for row in rows if row.candidate == position])
        found.append(Outcome(candidate, counted, [one.written for one in conditions if one.holds(counted)]))
    return found


def cheapest(found: Sequence[Outcome]) -> Outcome | None:
    """
    Return the candidate that passes and costs least for an answer; the quicker one of two that cost the same.

    One whose price nobody knows is not known to cost less: it is named only where no other one passes.
    """
    passing = [one for one in found if one.passes]
    priced = [one for one in passing if one.figures.has_price]
    return min(
        priced or passing, key=lambda one: (one.figures.each_micros, one.figures.seconds), default=None
    )


def is_passed(proof: Proof, found: Sequence[Outcome]) -> bool:
    """
    Say whether a test is over and one of those under test passes: the integration, or the models in place of its own.

    What stands beside them to be compared with has no say.
    """
    under_test = [one for position, one in enumerate(found) if not one.candidate.get("beside", position > 0)]
    return proof.state == Proof.State.DONE and any(one.passes for one in under_test)


def _candidates(
    integration: Integration,
    against: Sequence[str],
    models: Sequence[str],
    examples: Sequence[int],
    cases: Sequence[Case],
) -> list[dict[str, Any]]:
    if any(not 0 <= count <= MOST_EXAMPLES for count in examples):
        raise ProofRefused(
            f"An integration shows the AI 0 to {MOST_EXAMPLES} examples. Write: --examples 0,3"
        )
    current = integration.current
    if current is None:
        raise ProofRefused(f"{integration.name} is empty. Apply its file first.")
    if list(models) == [CHEAPER]:
        try:
            models = expecting.cheaper(integration, as_it_is(current), cases)
        except ValueError as error:
            raise ProofRefused(str(error)) from None
    own = [_with_model(as_it_is(current), name) for name in models] or [as_it_is(current)]
    under_test = _with_examples(own, examples)
    beside = _with_examples([_named(integration, name) for name in against], examples)
    distinct = list({tuple(sorted(row.items())): row for row in (*under_test, *beside)}.values())
    return [{"label": _label(row, distinct), **row, "beside": row not in under_test} for row in distinct]


def _with_examples(rows: Sequence[dict[str, Any]], examples: Sequence[int]) -> list[dict[str, Any]]:
    return [{**row, "examples": count} for row in rows for count in examples or [row["examples"]]]


def as_it_is(version: Version) -> dict[str, Any]:
    """Return the candidate that is a version as it stands. Raises `ProofRefused` where it asks no AI."""
    asked = read_definition(version)[0].asked
    if asked is None:
        raise ProofRefused(
            f"Version {version.number} asks no AI: its drafts are handed in, so there is nobody to answer the records "
            "anew. Test where they are written."
        )
    return {"version": version.number, "ai": asked.ai, "model": asked.model, "examples": asked.examples}


def _named(integration: Integration, name: str) -> dict[str, Any]:
    """Return the candidate that a number (a version) or a model's name means."""
    if name.isdecimal():
        version = integration.versions.filter(number=int(name)).first() if len(name) < 9 else None
        if version is None:
            raise ProofRefused(
                f"{integration.name} has no version {name}. See: signoff changes {integration.name}"
            )
        return as_it_is(version)
    assert integration.current is not None  # noqa: S101  # `_candidates` has looked
    return _with_model(as_it_is(integration.current), name)


def _with_model(row: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a candidate with another model: "gpt-4o-mini", or "another-connection/model"."""
    name = name.strip()
    if not name:
        raise ProofRefused("A model without a name was given. Write: --models gpt-4o,gpt-4o-mini")
    connection, _, model = name.partition("/")
    if model:  # some providers have a slash in the names of their models
        other = Connection.objects.filter(name=connection).first()
        if other is not None:
            if not issubclass(connector_class(other.app), AiConnector):
                raise ProofRefused(f"{connection} is not an AI.")
            return {**row, "ai": connection, "model": model}
    return {**row, "model": name}


def _label(row: dict[str, Any], among: Sequence[dict[str, Any]]) -> str:
    """Return what tells a candidate from the others."""

    def differs(key: str) -> bool:
        return len({other[key] for other in among}) > 1

    parts = [f"version {row['version']}"] if differs("version") else []
    parts += [row["ai"]] if differs("ai") else []
    parts += [row["model"]] if differs("model") or not parts else []
    parts += (
        [f"{row['examples']} examples" if row["examples"] else "no examples"] if differs("examples") else []
    )
    return ", ".join(parts)
