"""
The certificate: how an integration stands, signing for autopilot, and every way in which that ends.

It is offered when the bound on the measured error rate is below what the owner allows, and never taken by itself. Once
signed it holds for drafts with exactly its fingerprint. All verbs that write are parts of the caller's transaction and
lock the integration first: a decision, a signature and a release see each other in one order or the other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection as db

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.core.secret import Secret
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.integrations.review_part import Autopilot, ReviewPart
from signoff.prompts.models import PromptVersion
from signoff.prompts.stating import changed as facts_changed
from signoff.review import fingerprint as prints
from signoff.review.audits import has_drifted
from signoff.review.evidence import Evidence, audits, evidence, evidence_before
from signoff.review.fingerprint import Fingerprint
from signoff.review.models import Certificate, Review, Unattended
from signoff.review.opening import open_review, planted_share
from signoff.runs.change import change, said
from signoff.runs.models import Delivery, Run
from signoff.vault import seal
from signoff.vault.fields import context

LIMIT_ASKED_FOR = 0.05  # what the page measures against where no limit is stated; nothing is offered then

NOT_OVER = ("approved", "delivering", "needs you", "failed")  # of a run that was released: it may yet be sent
LEAST, MOST = 0.0001, 0.5
ASKED = (
    "Its file asks for no autopilot any more.",
    "What its file says about autopilot has changed. Sign again for what it says now.",
)


class NotSigned(Exception):
    """Nothing was signed or ended; the text says why, for the person."""


@dataclass(frozen=True)
class Standing:
    """
    How an integration stands. `fingerprint` is None before the first draft of its present version.

    `limit` and `audit` are shares (0 to 1); `wanted`: its file states them. `active` is the certificate that holds,
    `last` the one that ended last. `over` says why `active` does not hold any more, where nobody has ended it yet.
    """

    integration: Integration
    fingerprint: Fingerprint | None
    evidence: Evidence
    limit: float
    audit: float
    wanted: bool
    active: Certificate | None
    last: Certificate | None
    over: str = ""
    audited: list[bool] = field(default_factory=list)
    unattended: int = 0

    @property
    def on_autopilot(self) -> bool:
        return self.active is not None and not self.over

    @property
    def more_needed(self) -> int | None:
        """Return how many more clean reviews are needed; 0 when it is proven, None: no number is enough."""
        return self.evidence.more_needed(self.limit)

    @property
    def offered(self) -> bool:
        """Say whether an owner may sign now."""
        return (
            self.wanted
            and self.active is None
            and self.fingerprint is not None
            and self.evidence.is_below(self.limit)
        )


def certificate(integration: Integration) -> Standing:
    """Return how an integration stands now. Changes nothing."""
    definition = _definition(integration)
    pilot = autopilot_of(definition) if definition else None
    active = Certificate.objects.filter(integration=integration, state=Certificate.State.ACTIVE).first()
    ended = Certificate.objects.filter(integration=integration).exclude(ended_at=None)
    over = why_over(active, definition) if active else ""
    print_ = _present(integration, definition, active if not over else None) if definition else None
    return Standing(
        integration=integration,
        fingerprint=print_,
        evidence=evidence(print_.hash, planted_share(definition) if definition else 0.0)
        if print_
        else Evidence(),
        limit=_limit(pilot) if pilot else LIMIT_ASKED_FOR,
        audit=pilot.audit if pilot else 0.0,
        wanted=pilot is not None,
        active=active,
        last=ended.order_by("-ended_at").first(),
        over=over,
        audited=audits(active) if active else [],
        unattended=Unattended.objects.filter(certificate=active).count() if active else 0,
    )


def autopilot_of(definition: Definition) -> Autopilot | None:
    """Return what a file says about autopilot, None where it says nothing or `off`."""
    part = definition.review
    return part.autopilot if isinstance(part, ReviewPart) and isinstance(part.autopilot, Autopilot) else None


def on_autopilot(integration: Integration) -> bool:
    """Say whether drafts of an integration may go out unattended now."""
    active = Certificate.objects.filter(integration=integration, state=Certificate.State.ACTIVE).first()
    return active is not None and not why_over(active, _definition(integration))


def promote(name: str, person: Person, seen_fingerprint: str) -> Certificate:
    """
    Sign that drafts of an integration may go out unattended, as they were measured when `seen_fingerprint` was seen.

    Raises `NotSigned` when the person is no owner, when it is not offered (any more), or when it has changed since.
    """
    if person.role != Person.Role.OWNER or not person.is_active:
        raise NotSigned("Only an owner can sign for autopilot. Nothing was signed.")
    integration = _lock(name)
    standing = certificate(integration)
    if standing.on_autopilot:
        raise NotSigned("It is on autopilot already.")
    if standing.active:
        state = Certificate.State.WITHDRAWN if standing.over in ASKED else Certificate.State.VOIDED
        end(standing.active, state, standing.over)
        standing = certificate(integration)
    print_ = standing.fingerprint
    if print_ is not None and print_.hash != seen_fingerprint:
        raise NotSigned("It has changed since you looked. Look at it again. Nothing was signed.")
    if not standing.wanted:
        raise NotSigned("Its file asks for no autopilot. Nothing was signed.")
    if print_ is None or not standing.offered:
        raise NotSigned(
            f"It is not proven yet that fewer than {percent(standing.limit)} are wrong: {_missing(standing)}. "
            "Nothing was signed."
        )
    seen = standing.evidence
    signed = Certificate.objects.create(
        integration=integration, fingerprint=print_.hash, parts=dict(print_.parts), limit=standing.limit,
        audit=standing.audit, n=seen.n, k=seen.k, bound=seen.bound, signed_by=person, signed_at=clock.now(),
        planted=seen.planted.n if seen.planted else None, missed=seen.planted.missed if seen.planted else 0,
        unread=seen.unread, prior_a=seen.prior.a, prior_b=seen.prior.b,
    )  # fmt: skip
    lot = Secret(base64.b64encode(secrets.token_bytes(32)).decode())
    signed.draw_sealed = seal.seal(lot, context(signed, "draw"))
    signed.save(update_fields=["draw_sealed"])
    details = {
        "reviews": seen.n, "errors": seen.k, "bound": round(seen.bound, 6), "limit": standing.limit,
        "audit": standing.audit, "fingerprint": print_.hash, "certificate": signed.pk,
        "planted": signed.planted, "missed": signed.missed,
    }  # fmt: skip
    note(person, "signed for autopilot of", f"integration {name}", details)
    return signed


def withdraw(name: str, person: Person) -> Certificate:
    """Take autopilot back: from now on every draft waits for a person. Raises `NotSigned`."""
    if not person.may("review"):
        raise NotSigned("You may not change this. Ask the owner.")
    integration = _lock(name)
    active = Certificate.objects.filter(integration=integration, state=Certificate.State.ACTIVE).first()
    if active is None:
        raise NotSigned("It is not on autopilot. Every draft waits for a person.")
    end(active, Certificate.State.WITHDRAWN, f"{person} took it back.", by=str(person))
    return active


def begin_with_review(integration: Integration) -> None:
    """End the certificate of an integration that was paused: switching on always means with review."""
    active = Certificate.objects.filter(integration=integration, state=Certificate.State.ACTIVE).first()
    if active is not None:
        end(
            active,
            Certificate.State.WITHDRAWN,
            "It was paused and switched on again: that is always with review.",
        )


def end(active: Certificate, state: str, why: str, by: str = "") -> bool:
    """
    End a certificate, and bring back what it let out and no app was asked to take yet; False when it had ended.

    Waits for releases that are being written under it, so that none comes after.
    """
    now = clock.now()
    done = Certificate.objects.filter(pk=active.pk, state=Certificate.State.ACTIVE).update(
        state=state, ended_at=now, ended_by=by, why=why
    )
    if not done:
        return False
    active.state, active.ended_at, active.ended_by, active.why = state, now, by, why
    back = _bring_back(active, why)
    name = Integration.objects.values_list("name", flat=True).get(pk=active.integration_id)
    details = {"certificate": active.pk, "why": why, "brought_back": back, "audits": len(audits(active))}
    did = "took autopilot back from" if by else "ended the autopilot of"
    note(by or "Signoff", did, f"integration {name}", details)
    return True


def why_over(active: Certificate, definition: Definition | None) -> str:
    """Say why a certificate holds no longer, by the definition and the facts of today; "" while it does."""
    if definition is None:
        return "The integration is empty."
    pilot = autopilot_of(definition)
    if pilot is None:
        return ASKED[0]
    if (_limit(pilot), pilot.audit) != (active.limit, active.audit):
        return ASKED[1]
    now = prints.defined_parts(definition, _ai(definition))
    names = prints.differences(active.parts, now)
    if names:
        return prints.sentence(names, active.parts, now)
    version = PromptVersion.objects.filter(pk=active.parts.get("prompt", "")).first()
    old = facts_changed(version.parts.get("facts", {})) if version else []
    if old:
        return f"The company fact “{old[0]}” changed since it was measured."
    return ""


def look(names: Iterable[str] | None = None) -> int:
    """End the certificates of integrations that are not what was measured any more; returns how many."""
    rows = Certificate.objects.filter(state=Certificate.State.ACTIVE)
    if names is not None:
        rows = rows.filter(integration__name__in=list(names))
    count = 0
    for active in list(rows.select_related("integration__current")):
        if not why_over(active, _definition(active.integration)):
            continue
        # It is looked at again under the lock: meanwhile it may have been signed anew, or put right.
        integration = _lock(active.integration.name)
        why = why_over(active, _definition(integration))
        # Asked otherwise, the drafts are still those that were measured: what is known of them stays.
        state = Certificate.State.WITHDRAWN if why in ASKED else Certificate.State.VOIDED
        count += bool(why) and end(active, state, why)
    return count


def ended_by_itself(since: datetime) -> list[Certificate]:
    """Return the certificates that ended since a moment without anybody pressing anything: owners want to know."""
    rows = Certificate.objects.filter(ended_at__gt=since, ended_by="")
    return list(rows.select_related("integration").order_by("ended_at"))


def weigh(review: Review) -> None:
    """Look again at the certificate that a review bears on, after it was decided, undone or graded anew."""
    if not review.fingerprint or review.flagged:
        return
    # Also where none is signed: an owner may be signing at this moment, and has to see this decision, or we theirs.
    Integration.objects.select_for_update(no_key=True).get(pk=review.run.integration_id)
    active = Certificate.objects.filter(
        integration_id=review.run.integration_id,
        state=Certificate.State.ACTIVE,
        fingerprint=review.fingerprint,
    ).first()
    if active is None:
        return
    found = audits(active)
    if has_drifted(found, active.limit):
        why = f"{sum(found)} of {len(found)} audited drafts were wrong: more than {percent(active.limit)} allow."
        end(active, Certificate.State.DEMOTED, why)
        return
    before = evidence_before(active)
    if not before.is_below(active.limit):
        why = f"What it was signed on does not hold any more: {before.k} of {before.n} reviewed drafts were wrong."
        end(active, Certificate.State.WITHDRAWN, why)


def is_chosen(active: Certificate, run_id: int) -> bool:
    """
    Say whether the lot chooses a run to be audited.

    It is drawn from the run's number and a secret that was made at the signature. So nothing in a record or an answer
    bears on it, nobody can tell it in advance, and drawing again gives the same.
    """
    if active.draw_sealed is None:
        return True
    key = base64.b64decode(seal.open(active.draw_sealed, context(active, "draw")).reveal())
    drawn = hmac.digest(key, str(run_id).encode(), hashlib.sha256)
    return int.from_bytes(drawn[:8]) < active.audit * 2**64


def hold_still(active: Certificate, current_id: int | None) -> bool:
    """
    Keep a certificate and its integration as they are until the caller's transaction ends; False when they are not.

    `current_id` is the version that was in force when the caller looked.
    """
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT current_id FROM integrations_integration WHERE id = %s FOR SHARE", [active.integration_id]
        )
        version = cursor.fetchone()
        cursor.execute(
            "SELECT 1 FROM review_certificate WHERE id = %s AND state = 'active' FOR SHARE", [active.pk]
        )
        return cursor.fetchone() is not None and version is not None and version[0] == current_id


def percent(share: float) -> str:
    """Return a share as people write it: "5 %", "0.5 %"."""
    return f"{share * 100:.3g} %"


def _bring_back(ended: Certificate, why: str) -> int:
    """
    Put before a person what went out under a certificate and has reached no app; returns how many.

    Nothing has left where every delivery is still to do, or was refused. One that an app has, or may have, goes on as
    the ledger says: nobody can take it back, and it must not be sent twice.
    """
    count = 0
    rows = Unattended.objects.filter(certificate=ended, run__state__in=NOT_OVER)
    for row in rows.select_related("run"):
        run = row.run
        # Whoever begins to send waits for this, and then finds no delivery.
        deliveries = list(Delivery.objects.select_for_update().filter(run=run))
        if not all(one.state in (Delivery.State.INTENT, Delivery.State.FAILED) for one in deliveries):
            continue
        words = said("info", "It waits for a person after all", why)
        values = {
            "state": Run.State.WAITING, "deliver_at": None, "finished_at": None, "problem": "", "next_step": "",
            "detail": "", "waits_for_id": None, "resume_as": "", "tries": 0,
        }  # fmt: skip
        if not change(run.pk, NOT_OVER, values, words):
            continue
        Delivery.objects.filter(run=run).delete()
        row.delete()
        open_review(run, run.answer or {}, fingerprint=ended.fingerprint, flagged=False)
        count += 1
    return count


def _present(
    integration: Integration, definition: Definition, active: Certificate | None
) -> Fingerprint | None:
    """Return the fingerprint of the latest drafts, if they were made by the definition that is in force."""
    if active is not None:
        return Fingerprint(active.fingerprint, active.parts)
    latest = (
        Review.objects.filter(run__integration=integration)
        .exclude(fingerprint="")
        .select_related("run__version")
        .order_by("-created_at", "-pk")
        .first()
    )
    if latest is None:
        return None
    run = latest.run
    drafted_by, _ = read_definition(run.version)
    made = prints.fingerprint_of(integration.pk, drafted_by, _ai(drafted_by), run.prompt_version, run.model)
    if made.hash != latest.fingerprint or prints.differences(
        made.parts, prints.defined_parts(definition, _ai(definition))
    ):
        return None
    return made


def _missing(standing: Standing) -> str:
    more = standing.more_needed
    if more is None:
        return "no planted draft was noticed yet, so nobody knows what reviewers overlook"
    return f"{more} more clean reviews are needed"


def _limit(pilot: Autopilot) -> float:
    """Return the limit that a file states, held to what can be measured: a half, and one in ten thousand."""
    return min(max(pilot.error_below, LEAST), MOST)


def _definition(integration: Integration) -> Definition | None:
    return read_definition(integration.current)[0] if integration.current else None


def _ai(definition: Definition) -> Connection | None:
    return Connection.objects.filter(name=definition.prompt.ai).first()


def _lock(name: str) -> Integration:
    found = (
        Integration.objects.select_for_update(of=("self",), no_key=True)
        .select_related("current")
        .filter(name=name)
        .first()
    )
    if found is None:
        raise NotSigned(f"There is no integration {name}.")
    return found
