"""`signoff rotate-key`: another master key, while everything runs."""

from __future__ import annotations

from typing import Any

import click

from signoff.cli.start import answer, django, say
from signoff.core.counting import counted

BY_VARIABLE = """\
The key stands in SIGNOFF_KEY, which only you can change, and nothing was changed. Without a pause it goes like this:

  1. Make a new key, which is shown once:      signoff rotate-key --prepare
  2. Let everything know it:                   SIGNOFF_KEY="OLD NEW", and restart web and workers one after the other
  3. Let it seal from now on:                  SIGNOFF_KEY="NEW OLD", and restart them once more
  4. Seal again what the old one has sealed:   signoff rotate-key   (with the same SIGNOFF_KEY)
  5. Take the old one away:                    SIGNOFF_KEY="NEW", at the next restart

The first key seals; the others only open. Stop after any step for as long as you like."""

OTHERS = """\
Another computer works on this database ({who}), and it has a key file of its own. Nothing was changed. So that it \
can open what is sealed here:

  1. signoff rotate-key --prepare     puts a new key into {file} that does not seal yet
  2. copy {file} to the other computers; they notice it by themselves
  3. signoff rotate-key               lets the new key seal, and seals everything again
  4. copy {file} to them once more

With SIGNOFF_KEY instead of files, `signoff rotate-key` says what to do."""


@click.command("rotate-key")
@click.option("--prepare", is_flag=True, help="Only make the new key known; it does not seal yet.")
@click.option(
    "--into",
    type=click.Choice(["file", "keyring"]),
    help="Keep the keys there from now on (else where they are).",
)
@click.option(
    "--forget-old", is_flag=True, help="Forget the keys that were replaced, instead of after 15 days."
)
@click.option("--json", "as_json", is_flag=True)
def rotate_key_command(prepare: bool, into: str | None, forget_old: bool, as_json: bool) -> None:
    """
    Replace the master key while web and workers run; nothing pauses.

    A change that was cut off is gone on with. Backups from before need the old key: keep your copy of it as long as
    you keep them.
    """
    django()
    from signoff.accounts.audit import note
    from signoff.vault import places, rotate
    from signoff.vault.keys import ring

    place = places.here()
    if isinstance(place, places.Environment):
        return _by_variable(prepare, into, as_json)
    if forget_old:
        return _forget_old(as_json)
    if prepare:
        announced = rotate.announce().following
        note("command line", "prepared", "a new master key", {"key": announced.name if announced else ""})
        say(f"A new key is known in {place.name} and does not seal yet. `signoff rotate-key` lets it.")
        return answer({"key": announced.name if announced else None, "seals": False}, as_json, "")
    goes_on = rotate.is_under_way() and not into
    if not goes_on:
        _refuse_alone(place.name)
        old = ring().current
        new = rotate.begin(into or "").current
        note("command line", "replaced", "the master key", {"old": old.name, "new": new.name})
    else:
        say("A change of the key was cut off; it is gone on with.")
    done = _seal_again()
    found = ring()
    text = f"The key {found.current.name} has sealed everything."
    if not done.left and not done.damaged:
        where = place.whereabouts if isinstance(place, places.KeyFile) else place.name
        say(
            f"The new key is in {where}. Make a copy of it, apart from your backups, and keep your copy of the old "
            "one as long as you keep backups from before now."
        )
        say("The old key is forgotten here in 15 days, or at once with: signoff rotate-key --forget-old")
    _tell(done, found.current.name, as_json, text)


def _by_variable(prepare: bool, into: str | None, as_json: bool) -> None:
    from signoff.vault import keys, rotate

    if into:
        rotate.begin(into)  # says why not
    if prepare:
        new = keys.new_key()
        say(
            "This key is shown once, and nothing knows it yet. Step 2 of `signoff rotate-key` says what to do."
        )
        return answer({"key": new.name, "text": new.text}, as_json, new.text)
    if len(keys.ring().all()) == 1:
        raise click.ClickException(BY_VARIABLE)
    rotate.refuse_foreign()
    done = _seal_again()
    name = keys.ring().current.name
    _tell(
        done,
        name,
        as_json,
        f"The key {name} has sealed everything: SIGNOFF_KEY can now hold the first one alone.",
    )


def _seal_again() -> Any:
    from signoff.vault import rotate

    def told(count: int) -> None:
        if count % 1000 < rotate.BATCH:
            say(f"{count} sealed again …")

    return rotate.reseal(told)


def _tell(done: Any, name: str, as_json: bool, text: str) -> None:
    document = {"key": name, "sealed": done.count, "left": done.left, "damaged": done.damaged}
    if done.damaged:
        say(
            f"{counted(len(done.damaged), 'saved secret')} cannot be opened with any key at hand; left as it was: "
            f"{', '.join(done.damaged)}. The damage was there before. Paste the key again under Connections."
        )
    if done.left:
        say(
            f"{counted(done.left, 'saved secret')} could not be sealed again yet: in use for too long. Nothing is "
            "lost: the old key still opens what it sealed. Run it once more: signoff rotate-key"
        )
    answer(document, as_json, "" if done.damaged or done.left else text)
    if done.damaged or done.left:
        raise click.exceptions.Exit(1)


def _forget_old(as_json: bool) -> None:
    from signoff.accounts.audit import note
    from signoff.vault import rotate
    from signoff.vault.keys import ring

    before = len(ring().retired)
    gone = rotate.forget_retired(at_once=True)
    left = before - gone
    if gone:
        note("command line", "forgot", "old master keys", {"keys": gone})
    if left:
        raise click.ClickException(
            f"{counted(left, 'old key stays', 'old keys stay')} for now: replaced less than 5 minutes ago, or still "
            "needed by saved secrets. Nothing is lost. Try again in 5 minutes; `signoff doctor` says how it stands."
        )
    text = f"{counted(gone, 'old key is', 'old keys are')} forgotten." if gone else "There is no old key."
    answer({"forgotten": gone}, as_json, text)


def _refuse_alone(file: str) -> None:
    """Refuse to let a key seal that another computer has not been told of."""
    from signoff.vault import rotate
    from signoff.vault.keys import ring

    others = rotate.other_computers()
    if others and ring().following is None:
        raise click.ClickException(OTHERS.format(who=", ".join(others), file=file))
