"""Replaying decided records through the version in force, for a warm start of its measurement."""

from __future__ import annotations

from collections import Counter

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.proving import cases, prove
from signoff.proving.models import Case, Proof, Replay
from signoff.review import warm
from signoff.review.certificates import certificate
from signoff.review.fingerprint import fingerprint_of
from signoff.review.models import Review, Warm


def begin(integration: Integration, person: Person | None = None) -> Proof:
    """
    Store a test of the version in force on the records that were decided last, in the caller's transaction.

    The latest are taken, whatever was decided; they become test cases. Raises `prove.ProofRefused`.
    """
    if integration.current is not None:
        prove.as_it_is(integration.current)
    standing = certificate(integration)
    rows = Review.objects.filter(
        run__integration=integration, run__planted=False, run__replay_of=None, run__erased_at=None,
        state=Review.State.DECIDED, flagged=False,
    )  # fmt: skip
    latest = rows.select_related("run").order_by("-decided_at")[: warm.most_records(standing.limit)]
    kept: list[Case] = [case for one in latest if (case := cases.keep(one, person)) is not None]
    if not kept:
        raise prove.ProofRefused(
            "Nothing was decided yet that could be replayed. Decide on some drafts first; nothing else is needed."
        )
    return prove.begin(integration, prove.plan(integration, cases=kept), person=person)


def settle(proof_id: int) -> Warm | None:
    """
    Take what a finished test says of the version in force into its measurement; None where it says nothing of it.

    Any test will do in which records that people decided on went through exactly what is in force. Safe to call twice.
    """
    proof = Proof.objects.select_related("integration__current").filter(pk=proof_id).first()
    if proof is None or proof.state != Proof.State.DONE or proof.integration.current is None:
        return None
    integration, current = proof.integration, proof.integration.current
    if read_definition(current)[0].asked is None:
        return None
    now = prove.as_it_is(current)
    position = next(
        (at for at, one in enumerate(proof.candidates) if {k: v for k, v in one.items() if k in now} == now),
        None,
    )
    if position is None:
        return None
    done = proof.replays.filter(candidate=position, state=Replay.State.DONE)
    rows = list(done.exclude(case__run=None).exclude(prompt_version=""))
    made = Counter((row.prompt_version, row.model) for row in rows).most_common(1)
    if not made:
        return None
    made_by = made[0][0]
    definition, _contract = read_definition(current)
    ai = Connection.objects.filter(name=definition.prompt.ai).first()
    print_ = fingerprint_of(integration.pk, definition, ai, *made_by)
    alike = [row for row in rows if (row.prompt_version, row.model) == made_by]
    return warm.settle(
        integration, print_.hash, len(alike), sum(row.is_error for row in alike), certificate(integration).limit,
        proof.pk,
    )  # fmt: skip
