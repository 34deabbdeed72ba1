"""`signoff demo`: the whole job on the practice apps, with a browser or without."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from typing import Any

import click

from signoff.cli.start import answer, say
from signoff.core.counting import counted


@click.command("demo")
@click.option("--headless", is_flag=True, help="Without a browser: a scripted reviewer decides, and it ends.")
@click.option(
    "--leads", type=click.IntRange(1, 5000), default=None, help="How many leads come in. [8, headless 20]"
)
@click.option(
    "--ai",
    type=click.Choice(["practice", "local", "openai"]),
    default="practice",
    help="practice: made-up drafts; local: a small real model; openai: OPENAI_API_KEY.",
)
@click.option("--model", default=None, help="The model for --ai openai.")
@click.option("--seed", type=int, default=19, show_default=True, help="Other leads, other mistakes.")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The port of the pages. [8000]")
@click.option(
    "--story",
    is_flag=True,
    help="The life of an integration in some 500 reviews: measured, on autopilot, worse, changed, measured again.",
)
@click.option("--json", "as_json", is_flag=True, help="With --headless: the counts as JSON.")
def demo_command(
    headless: bool,
    leads: int | None,
    ai: str,
    model: str | None,
    seed: int,
    port: int | None,
    story: bool,
    as_json: bool,
) -> None:
    """Run the whole job on practice apps: leads come in, drafts wait for you, nothing real is touched."""
    if story and (ai != "practice" or model or leads):
        raise click.UsageError(
            "The story has its own leads and the practice AI. Leave out --leads, --ai and --model."
        )
    from signoff.cli.stage import Stage

    model = _model(ai, model)
    leads = leads or (20 if headless else 8)
    stage = Stage(
        seed=seed, ai=ai, model=model, port=port or _free_port(8000), headless=headless, story=story
    )
    started = time.monotonic()
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _end)  # else what was started here would run on unseen
    try:
        stage.open()
        if story:
            _tell(stage, started, headless, as_json)
        elif headless:
            document = stage.play(leads, started)
            answer(document, as_json, _in_words(document))
            if document["lost"] or document["duplicates"]:
                raise click.exceptions.Exit(1)
        else:
            _show(stage, leads)
    finally:
        stage.close()


def _tell(stage: Any, started: float, headless: bool, as_json: bool) -> None:
    """Tell the story, and show the pages of what it left if there is somebody to look at them."""
    say("")
    document = stage.live(say, started)
    said = (
        "{reviews} reviews. {arrived} in Gmail. Lost: {lost}. Twice: {duplicates}. "
        "Planted or rejected, and sent all the same: {planted_or_rejected_sent}. It took {seconds} s."
    ).format(arrived=counted(document["delivered"], "draft is", "drafts are"), **document)
    if headless:
        answer(document, as_json, said)
    else:
        say(said)
        stage.show_pages()
        say("")
        say(f"  Look at it: sign in once with {stage.sign_in_link()}")
        say(f"  and open    {stage.address}/integrations/follow-up-new-leads/accuracy/")
        say("  Ctrl-C ends it.")
        try:
            while stage.is_open():
                time.sleep(1)
        except KeyboardInterrupt:
            say("Ended. The practice data is forgotten at the next start.")
    if document["lost"] or document["duplicates"] or document["planted_or_rejected_sent"]:
        raise click.exceptions.Exit(1)


def _show(stage: Any, leads: int) -> None:
    from signoff.cli.stage import OWNER, PASSWORD

    link = stage.sign_in_link()
    say("")
    say(f"  Signoff is ready:  {stage.address}")
    say(f"  Sign in once with: {link}")
    say(f"  or later as:       {OWNER[0]}, password “{PASSWORD}”")
    say("")
    say("  Everything here is practice: HubSpot, Gmail and the AI are stand-ins on this computer.")
    say(f"  Practice HubSpot:  {stage.apps['hubspot']}/     Practice Gmail: {stage.apps['gmail']}/")
    stage.send_leads(leads)
    say(f"  {counted(leads, 'lead has', 'leads have')} just filled in the contact form.")
    say("  The AI's drafts appear under To review.")
    say("  Press Enter for one more lead, Ctrl-C to end." if sys.stdin.isatty() else "  Ctrl-C ends it.")
    try:
        while stage.is_open():
            if sys.stdin.isatty():
                sys.stdin.readline()
                stage.send_leads(1)
                say("  One more lead has come in.")
            else:
                time.sleep(1)
    except KeyboardInterrupt:
        say("Ended. The practice data is forgotten at the next start.")


def _end(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)


def _model(ai: str, model: str | None) -> str:
    if ai == "practice":
        return model or "gpt-4o"
    if ai == "local":
        return model or "SmolLM2-135M-Instruct"
    if not os.environ.get("OPENAI_API_KEY"):
        raise click.UsageError("--ai openai needs a key in the environment variable OPENAI_API_KEY.")
    if model:
        return model
    if not sys.stdin.isatty():
        raise click.UsageError("Say which model: --model gpt-6-luna")
    return str(click.prompt("Which model", default="gpt-6-luna", err=True))


def _free_port(wanted: int) -> int:
    for port in (wanted, *range(wanted + 10, wanted + 40)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(port)
    raise click.ClickException("No free port was found near 8000. Choose one with --port.")


def _in_words(document: dict[str, Any]) -> str:
    return (
        "{came} came in, {written} written, {flagged} had something to check. "
        "The reviewer approved {approved}, edited {edited} and rejected {rejected}. "
        "{arrived} in Gmail. Lost: {lost}. Twice: {duplicates}. It took {seconds} s."
    ).format(
        came=counted(document["leads"], "lead"),
        written=counted(document["drafted"], "draft was", "drafts were"),
        arrived=counted(document["delivered"], "is", "are"),
        **document,
    )
