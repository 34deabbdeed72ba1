"""What can be chosen when the practice apps start."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Literal

Enforcement = Literal["minute", "second"]


@dataclass(frozen=True)
class Options:
    """
    The choices at start; all but host and ports can be changed later through `POST /_control`.

    `rpm` and `tpm` are the AI's requests and tokens per minute. `enforcement` "minute" starts with a full
    minute's allowance; "second" hands it out second by second. `latency_seconds` is how long the AI thinks.
    """

    host: str = "127.0.0.1"
    port_base: int = 8100
    rpm: int = 500
    tpm: int = 200_000
    enforcement: Enforcement = "minute"
    latency_seconds: float = 0.0
    faults: str = "mistakes=0.3"
    seed: int = 1
    hubspot_per_10s: int = 100
    leads: int = 0
    until_stdin_closes: bool = False


def parse(arguments: list[str] | None = None) -> Options:
    """Read the command line. Ends with status 2 on wrong usage."""
    standard = Options()
    parser = argparse.ArgumentParser(
        prog="python -m signoff_sandbox",
        description="Practice HubSpot, Gmail, WhatsApp, Slack, Airtable and AI: nothing in them is real.",
    )
    add = parser.add_argument
    add("--host", default=standard.host)
    add(
        "--port-base",
        type=int,
        default=standard.port_base,
        help="hubspot here, gmail next, then openai, then anthropic, whatsapp, slack and airtable; 0: any",
    )
    add("--rpm", type=int, default=standard.rpm, help="requests per minute the AI accepts")
    add("--tpm", type=int, default=standard.tpm, help="tokens per minute the AI accepts")
    add("--enforcement", choices=("minute", "second"), default=standard.enforcement)
    add("--latency", type=float, default=0.0, metavar="S", help="seconds the AI thinks")
    add(
        "--faults",
        default=standard.faults,
        metavar="SPEC",
        help="such as http500=0.05,hubspot.cut=0.02,mistakes=0.3",
    )
    add("--seed", type=int, default=standard.seed)
    add("--hubspot-per-10s", type=int, default=standard.hubspot_per_10s, metavar="N")
    add("--leads", type=int, default=0, metavar="N", help="leads that stand in HubSpot at the start")
    add(
        "--until-stdin-closes",
        action="store_true",
        help="end when standard input ends (for a parent process)",
    )
    add("--json", action="store_true", help="accepted for symmetry: standard output is always one JSON line")
    given = parser.parse_args(arguments)
    if given.rpm < 1 or given.tpm < 1 or given.hubspot_per_10s < 1:
        parser.error("limits start at 1")
    return Options(
        host=given.host,
        port_base=given.port_base,
        rpm=given.rpm,
        tpm=given.tpm,
        enforcement=given.enforcement,
        latency_seconds=given.latency,
        faults=given.faults,
        seed=given.seed,
        hubspot_per_10s=given.hubspot_per_10s,
        leads=given.leads,
        until_stdin_closes=given.until_stdin_closes,
    )
