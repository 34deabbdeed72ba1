"""Hooks are made and taken away; their addresses and secrets are sealed."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from signoff.accounts.audit import note
from signoff.accounts.models import ApiToken, Person
from signoff.core import clock
from signoff.core.secret import Secret
from signoff.hooks.address import HookRefused, host_of, secret_or_new
from signoff.hooks.models import Hook, Message
from signoff.integrations.models import Integration
from signoff.runs.models import Run
from signoff.vault import seal
from signoff.vault.fields import context
from signoff.vault.keys import KeyTrouble

MOST_HOOKS = 200


def subscribe(
    event: str,
    url: Secret,
    by: ApiToken | Person,
    integration: Integration | None = None,
    secret: Secret | None = None,
) -> tuple[Hook, Secret]:
    """
    Let an address be told of an event from now on; returns its hook and the secret. Raises `HookRefused`.

    One that a program makes ends with its token; one that a person makes, when they may not see answers any more.
    """
    token = by if isinstance(by, ApiToken) else None
    person = by if isinstance(by, Person) else by.person
    host, secret = host_of(url), secret_or_new(secret)
    with transaction.atomic():
        if Hook.objects.filter(state=Hook.State.ON, run=None).count() >= MOST_HOOKS:
            raise HookRefused("", f"There are {MOST_HOOKS} hooks already. Take some away first.")
        hook = Hook.objects.create(
            event=event,
            integration=integration,
            host=host,
            person=person,
            token=token,
            through=token.name if token else "",
            made_at=clock.now(),
        )
        _keep(hook, url, secret)
        what = integration.name if integration else "all integrations"
        note(person, "made a hook for", what, {"event": event, "host": host, "hook": hook.pk})
    return hook, secret


def same_as(
    event: str, url: Secret, token: ApiToken, integration: Integration | None
) -> tuple[Hook, Secret] | None:
    """Return the hook, and its secret, by which this token has the address told of the event already."""
    rows = Hook.objects.filter(
        event=event, token=token, integration=integration, run=None, state=Hook.State.ON
    )
    for hook in rows.exclude(url_sealed=None):
        if opened(hook, "url").reveal() == url.reveal().strip():
            return hook, opened(hook, "secret")
    return None


def opened(hook: Hook, part: str) -> Secret:
    """Return the address or the secret of a hook. Raises `seal.Damaged`, `KeyTrouble`."""
    sealed = hook.url_sealed if part == "url" else hook.secret_sealed
    return seal.open(bytes(sealed or b""), context(hook, part))


def callback(run: Run, url: Secret, host: str, secret: Secret, person: Person, through: str) -> Hook:
    """Let an address be told of the decision on one run, in the caller's transaction."""
    hook = Hook.objects.create(
        run=run, event="draft.decided", host=host, person=person, through=through, made_at=clock.now()
    )
    _keep(hook, url, secret)
    return hook


def is_at(hook: Hook, url: Secret) -> bool:
    """Say whether a hook tells this address; one that cannot be opened tells none."""
    try:
        kept = seal.open(bytes(hook.url_sealed or b""), context(hook, "url"))
    except (seal.Damaged, KeyTrouble):
        return False
    return kept.reveal() == url.reveal().strip()


def is_first(run: Run, url: Secret) -> bool:
    """
    Say whether the decision on a run is for this address before all others: nobody else asked who can still hear it.

    One that asked sooner and did not take what it was told (it ended in the meantime, say) stands back.
    """
    deaf = Q(state__in=[Hook.State.GONE, Hook.State.REMOVED]) | Q(
        messages__state__in=[Message.State.GIVEN_UP, Message.State.REFUSED]
    )
    asked = run.hooks.all()
    first = asked.exclude(pk__in=asked.filter(deaf).values("pk")).order_by("pk").first()
    return is_at(first, url) if first is not None else asked.exists()


def unsubscribe(hook: Hook, by: object) -> bool:
    """Tell an address nothing more; False when it was taken away before. What is on its way is dropped."""
    with transaction.atomic():
        done = (
            Hook.objects.filter(pk=hook.pk)
            .exclude(state=Hook.State.REMOVED)
            .update(state=Hook.State.REMOVED, ended_at=clock.now(), url_sealed=None, secret_sealed=None)
        )
        if done:
            note(by, "took a hook away from", hook.host, {"event": hook.event, "hook": hook.pk})
    return bool(done)


def _keep(hook: Hook, url: Secret, secret: Secret) -> None:
    hook.url_sealed = seal.seal(Secret(url.reveal().strip()), context(hook, "url"))
    hook.secret_sealed = seal.seal(secret, context(hook, "secret"))
    hook.save(update_fields=["url_sealed", "secret_sealed"])
