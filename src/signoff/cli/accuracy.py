"""`signoff accuracy`: how often an integration is wrong, and its autopilot."""

from __future__ import annotations

from typing import Any

import click

from signoff.cli.start import answer, django, person_of_token
from signoff.core.counting import counted, of_them


@click.command("accuracy")
@click.argument("name")
@click.option(
    "--sign",
    default=None,
    metavar="FINGERPRINT",
    help="Sign for autopilot, as it was measured under this fingerprint.",
)
@click.option("--withdraw", is_flag=True, help="Take autopilot back: every draft waits for a person.")
@click.option(
    "--replay",
    is_flag=True,
    help="Replay the records that were decided last through what is in force, before its drafts are decided on.",
)
@click.option("--csv", "as_csv", is_flag=True, help="All of it as a table, for a spreadsheet.")
@click.option("--json", "as_json", is_flag=True)
def accuracy_command(
    name: str, sign: str | None, withdraw: bool, replay: bool, as_csv: bool, as_json: bool
) -> None:
    """Say how often an integration is wrong, and how far it is from autopilot."""
    if (sign is not None) + withdraw + replay > 1:
        raise click.UsageError("One of --sign, --withdraw and --replay.")
    if as_csv and as_json:
        raise click.UsageError("Either --csv or --json.")
    django()
    from signoff.engine import verbs
    from signoff.integrations.models import Integration
    from signoff.review.certificates import NotSigned, certificate
    from signoff.review.telling import as_document

    integration = Integration.objects.select_related("current").filter(name=name).first()
    if integration is None:
        raise click.ClickException(f"There is no integration {name}.")
    try:
        if sign is not None:
            verbs.promote(name, _who_can("sign"), sign)
        if withdraw:
            verbs.withdraw(name, _who_can("review"))
    except NotSigned as refused:
        raise click.ClickException(str(refused)) from refused
    if replay:
        _replay(integration)
    standing = certificate(integration)
    if as_csv:
        return _table(standing)
    document = as_document(standing, with_people=True)
    answer(document, as_json, "\n".join(_lines(document)))


def _replay(integration: Any) -> None:
    from signoff.engine import proofs
    from signoff.proving.prove import ProofRefused

    try:
        proof = proofs.warm_start(integration)
    except ProofRefused as refused:
        raise click.ClickException(str(refused)) from refused
    proofs.drive(proof, lambda done, of: click.echo(f"{done} of {of} replayed", err=True))


def _table(standing: Any) -> None:
    from signoff.review.breakdown import COLUMNS, as_table
    from signoff.sheets.writing import as_csv

    for piece in as_csv(COLUMNS, as_table(standing, with_people=True)):
        click.echo(piece, nl=False)


def _who_can(right: str) -> Any:
    token = person_of_token()
    if right not in token.can:
        raise click.ClickException(
            f"This token may not {right}. Make one with: signoff token create --can {right}"
        )
    return token.person


def _lines(told: dict[str, Any]) -> list[str]:
    from signoff.review.certificates import percent

    if not told["reviews"]:
        lines = ["Nothing was decided yet on drafts as they are made now."]
    else:
        low, high = told["between"]
        lines = [
            f"{of_them(told['errors'], told['reviews'], 'draft')} wrong: {percent(told['rate'])}, "
            f"most likely between {percent(low)} and {percent(high)}.",
            f"Proven: less than {percent(told['upper_bound'])}.",
        ]
    if told["passed_over"]:
        lines.append(
            f"{counted(told['passed_over'], 'draft was', 'drafts were')} passed over: wrong until decided."
        )
    if told["unread"]:
        lines.append(
            f"{counted(told['unread'], 'was', 'were')} approved faster than one can read: wrong until read."
        )
    if told["planted"]:
        seen = told["planted"]
        lines.append(f"Planted on purpose: {of_them(seen['missed'], seen['decided'], 'draft')} not noticed.")
    if told["before"] and told["before"]["model"]:
        earlier = told["before"]
        lines.append(
            f"Before the last change {of_them(earlier['errors'], earlier['reviews'], 'draft')} wrong."
        )
    if told["replayed"]:
        lines.append(
            f"Replayed: {told['replayed']['otherwise']} of "
            f"{counted(told['replayed']['records'], 'decided record')} came out wrong. That counts as no review."
        )
    if told["flagged"]:
        lines.append(
            f"{counted(told['flagged'], 'draft with marks was', 'drafts with marks were')} decided too, uncounted."
        )
    lines += [f"  rejected, {reason}: {count}" for reason, count in told["rejected_for"].items()]
    lines += [f"  edited, {kind}: {count}" for kind, count in told["errors_by_kind"].items()]
    if told["reworded"]:
        lines.append(f"  edited, wording only (no error): {told['reworded']}")
    lines.append(_autopilot(told))
    return lines


def _autopilot(told: dict[str, Any]) -> str:
    from signoff.review.certificates import percent

    signed = told["certificate"]
    if told["state"] == "on autopilot":
        return (
            f"On autopilot since {signed['signed_at'][:10]}, signed by {signed['signed_by']}: {signed['went_out']} "
            f"went out, {signed['audited']} audited, {signed['audited_wrong']} of them wrong."
        )
    if told["limit"] is None:
        return "Its file asks for no autopilot: every draft waits for a person."
    if told["state"] == "offered":
        return (
            f"Autopilot is offered: fewer than {percent(told['limit'])} are wrong. An owner signs with: "
            f"signoff accuracy {told['integration']} --sign {told['fingerprint']}"
        )
    needed = told["clean_reviews_needed"]
    if needed is None:
        return "Autopilot: no planted draft was noticed yet, so nobody knows what reviewers overlook."
    return f"Autopilot below {percent(told['limit'])}: {counted(needed, 'more clean review')}."
