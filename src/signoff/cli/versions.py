"""`signoff versions`, `drill` and `quarterly`: what ends, its replacement, and the review once a quarter."""

from __future__ import annotations

import os
from typing import Any

import click

from signoff.cli.integrations import no_integration
from signoff.cli.start import answer, django, person_of_token, say
from signoff.core.counting import counted


@click.command("versions")
@click.option(
    "--look", "now", is_flag=True, help="Ask every AI for its models, and read the changelogs, now."
)
@click.option(
    "--subscribe", is_flag=True, help="Make an address for your calendar program; the one before ends."
)
@click.option("--unsubscribe", is_flag=True, help="End that address.")
@click.option("--json", "as_json", is_flag=True)
def versions_command(now: bool, subscribe: bool, unsubscribe: bool, as_json: bool) -> None:
    """Say which models and API versions are in use, what ends when, and which integrations stop then."""
    django()
    from signoff.versions import changelogs, look, subscriptions, telling

    if subscribe and unsubscribe:
        raise click.UsageError("Either --subscribe or --unsubscribe.")
    if subscribe or unsubscribe:
        person = _who_can("read").person
        if unsubscribe:
            ended = subscriptions.unsubscribe(person)
            answer({"ended": ended}, as_json, "Ended." if ended else "There was no address.")
            return
        address = subscriptions.subscribe(person).reveal()
        answer({"address": address}, as_json, address)
        say("Whoever knows this address can read the dates. It is shown this once.")
        return
    if now:
        say(
            f"{counted(look.look_at_models(now=True), 'AI')} asked for models; in the changelogs "
            f"{counted(changelogs.read_all(now=True), 'entry is', 'entries are')} new."
        )
    document = telling.as_document()
    answer(document, as_json, "\n".join(_lines(document)))


@click.command("drill")
@click.argument("name")
@click.option("--model", default="", help="The model to try instead.")
@click.option("--connection", default="", help="The AI that has it, or the app whose API it is about.")
@click.option("--api-version", default="", help="The version of an app's API to try instead.")
@click.option("--records", type=int, default=50, show_default=True, help="So many of the last reviewed ones.")
@click.option("--switch", is_flag=True, help="Put what was tried last into force, as a new version.")
@click.option("--roll-back", is_flag=True, help="Put what was before that into force again.")
@click.option("--json", "as_json", is_flag=True)
def drill_command(
    name: str,
    model: str,
    connection: str,
    api_version: str,
    records: int,
    switch: bool,
    roll_back: bool,
    as_json: bool,
) -> None:
    """
    Try a replacement on the last reviewed records of an integration; nothing is sent.

    Exit 1 when the replacement does not hold: it makes more mistakes than what is in force, or cannot be asked.
    """
    if sum((bool(model or api_version), switch, roll_back)) != 1:
        raise click.UsageError("Say one of --model M, --api-version V, --switch, --roll-back.")
    django()
    from signoff.engine import drills as running
    from signoff.integrations.models import Integration
    from signoff.versions import drills
    from signoff.versions.models import Drill

    integration = Integration.objects.select_related("current").filter(name=name).first()
    if integration is None:
        raise no_integration(name)
    rows = Drill.objects.select_related("integration", "version", "proof").filter(integration=integration)
    try:
        if switch or roll_back:
            row = rows.first() if switch else rows.exclude(switched_at=None).first()
            if row is None:
                raise click.ClickException(
                    f"Nothing was tried for {name} yet. Write: signoff drill {name} --model M"
                )
            row = running.switch(row, _who()) if switch else running.roll_back(row, _who())
            done = f"{name} now asks {row.after}." if switch else f"{name} asks {row.before} again."
            if row.kind == Drill.Kind.VERSION:
                done = f"{name} now speaks {row.after if switch else row.before}."
            answer(drills.as_document(row), as_json, f"{done} Every draft of it waits for a person.")
            return
        row = running.start(
            integration,
            model=model,
            connection=connection,
            api_version=api_version,
            person=_who(),
            most=records,
        )
    except drills.DrillRefused as refused:
        raise click.ClickException(str(refused)) from None
    try:
        row = running.drive(row, lambda done, everything: say(f"{done} of {everything}"))
    except KeyboardInterrupt:
        drills.stop(row)
        say("Stopped. What was asked already is below.")
    row = rows.get(pk=row.pk)
    document = drills.as_document(row)
    answer(document, as_json, "\n".join(_compared(document)))
    if not document["holds"]:
        raise click.exceptions.Exit(1)


@click.command("quarterly")
@click.option(
    "--sign", "seen", default=None, metavar="SEEN", help="Sign the list that was shown under this name."
)
@click.option("--remarks", default="", help="What is to be kept with it.")
@click.option("--json", "as_json", is_flag=True)
def quarterly_command(seen: str | None, remarks: str, as_json: bool) -> None:
    """Show the quarterly review, a list made from the facts; an owner signs it."""
    django()
    from signoff.versions import quarterly

    if seen is not None:
        person = _who_can("sign").person
        # Whoever signs here has the list before them, whole: all that wants a look was looked at.
        ticked = [point.key for point in quarterly.points() if point.look]
        try:
            quarterly.sign(person, seen, ticked, remarks)
        except quarterly.NotSigned as refused:
            raise click.ClickException(str(refused)) from None
    document = quarterly.as_document()
    answer(document, as_json, "\n".join(_review(document)))


def _lines(document: dict[str, Any]) -> list[str]:
    lines = []
    for one in document["uses"]:
        used = ", ".join(one["integrations"]) or "no integration"
        what = {"model": "model", "version": "API", "key": "key"}[one["kind"]]
        lines.append(f"{_when(one):<28} {one['connection']}: {what} {one['what']}, used by {used}")
        if one["source"]:
            more = f"; then {one['replacement']}" if one["replacement"] else ""
            lines.append(f"{'':<28} by {one['source']}, looked at on {one['checked_on']}{more}")
        for snapshot in one["snapshots"]:
            lines.append(
                f"{'':<28} answers as {snapshot['model']} ({snapshot['answers']} of the latest records)"
            )
    for row in document["announcements"]:
        lines.append(f"{'changelog':<28} {row['app']}: {row['title']} ({', '.join(row['names'])})")
    return lines or ["No app is connected yet."]


def _when(one: dict[str, Any]) -> str:
    if one["ends_on"] is None:
        return "being retired" if one["source"] else "no known end"
    if one["over"]:
        return f"over since {one['ends_on']}"
    perhaps = "perhaps " if one["perhaps"] else ""
    return f"{perhaps}{one['ends_on']}, in {counted(one['in_days'], 'day')}"


def _compared(document: dict[str, Any]) -> list[str]:
    lines = [document["says"]]
    lines += [f"{'ok ' if one['ok'] else 'NO '} {one['what']}: {one['says']}" for one in document["checks"]]
    for column in ("now", "replacement"):
        told = document[column]
        if told and "cases" in told:
            from signoff.core.money import dollars

            near = "–" if told["closeness"] is None else f"{told['closeness']:.0%}"
            lines.append(
                f"{told['model']}: {told['errors']} of {told['cases']} wrong ({told['unfit']} not in the form, "
                f"{told['flagged']} with marks, {told['wrong']} with another choice or number, {told['repeated']} as "
                f"rejected before), {near} like the approved ones, {dollars(told['cost_each_micros'])} and "
                f"{told['seconds']:.1f} s each"
            )
        elif told:
            lines.append(f"{told['version']}: {told['seconds']:.2f} s for an answer")
    lines.append("Nothing was sent.")
    if document["state"] == "done":
        lines.append(f"Change over with: signoff drill {document['integration']} --switch")
    return lines


def _review(document: dict[str, Any]) -> list[str]:
    from signoff.versions.quarterly import by_section

    lines = [f"Quarterly review {document['quarter']}, due on {document['due_on']}"]
    for title, rows in by_section(document["points"]):
        lines += ["", title]
        lines += [f"  {'look' if one['look'] else '    '}  {one['what']}: {one['says']}" for one in rows]
    signed = document["signed"]
    lines.append("")
    if signed:
        lines.append(f"Signed by {signed['signed_by']} on {signed['signed_at'][:10]}.")
        if not signed["as_signed"]:
            lines.append("It is not as it was signed: the trail holds another hash.")
    else:
        lines.append(f"An owner signs it with: signoff quarterly --sign {document['seen']}")
    return lines


def _who() -> Any:
    """Return the person whose token is at hand, None for the command line itself."""
    return person_of_token().person if os.environ.get("SIGNOFF_TOKEN") else None


def _who_can(right: str) -> Any:
    token = person_of_token()
    if right not in token.can:
        raise click.ClickException(
            f"This token may not {right}. Make one with: signoff token create --can {right}"
        )
    return token
