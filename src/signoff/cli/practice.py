"""`signoff sandbox`: the practice apps alone, as a program of their own that shares no code with us."""

from __future__ import annotations

import os
import sys

import click


@click.command("sandbox", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.pass_context
def sandbox_command(ctx: click.Context) -> None:
    """
    Run the practice apps: HubSpot, Gmail, WhatsApp, Slack, Airtable and AIs that behave like the real ones.

    Options: --port-base P, --rpm N, --tpm N, --latency S, --faults SPEC, --seed S. GET /_books on each app
    tells what it received.
    """
    os.execv(sys.executable, [sys.executable, "-m", "signoff_sandbox", *ctx.args])  # noqa: S606  # no shell is meant
