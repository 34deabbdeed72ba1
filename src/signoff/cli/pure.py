"""The pure commands: no Django, no database, no network."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click


@click.command("judge")
@click.option(
    "--contract", type=click.Path(dir_okay=False), help="An `answer:` block (YAML, JSON) or a JSON Schema."
)
@click.option("--batch", is_flag=True, help='JSON Lines in: {"id","contract","answer"}, and out.')
def judge_command(contract: str | None, batch: bool) -> None:
    """Say whether an answer (standard input) fits a contract."""
    from signoff.cli.judge import judge_batch, judge_one

    if batch:
        return _lines(judge_batch(sys.stdin.buffer))
    if contract is None:
        raise click.UsageError("Say which contract: --contract FILE")
    try:
        result = judge_one(_text(contract), sys.stdin.buffer.read())
    except ValueError as error:
        raise click.UsageError(f"{contract} is no contract: {error}") from error
    return _one(result, bool(result["accepted"]))


@click.command("check")
@click.option("--record", type=click.Path(dir_okay=False), help="The record: JSON or YAML.")
@click.option("--facts", type=click.Path(dir_okay=False), help="Company facts: JSON or YAML.")
@click.option("--batch", is_flag=True, help='JSON Lines in: {"id","record","answer"}, and out.')
def check_command(record: str | None, facts: str | None, batch: bool) -> None:
    """Say what in an answer (standard input) the record does not support. Exit 1 when something is found."""
    from signoff.cli.check import check_batch, check_one

    if batch:
        return _lines(check_batch(_stdin_lines()))
    if record is None:
        raise click.UsageError("Say which record: --record FILE")
    for path in (record, facts):
        if path is not None and not Path(path).exists():
            raise click.UsageError(f"{path} does not exist.")
    try:
        result = check_one(record, facts, _stdin_text())
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return _one(result, not result["findings"])


@click.command("certificate")
@click.option("--reviews", type=click.IntRange(0), required=True, help="How many drafts people reviewed.")
@click.option("--errors", type=click.IntRange(0), required=True, help="How many of them were wrong.")
@click.option("--limit", required=True, help="The error rate that is acceptable: 5% or 0.05.")
@click.option("--alpha", type=float, default=0.05, show_default=True)
@click.option("--planted", type=click.IntRange(0), help="How many planted drafts people decided on.")
@click.option("--missed", type=click.IntRange(0), default=0, help="How many of those they let through.")
@click.option("--json", "as_json", is_flag=True)
def certificate_command(
    reviews: int, errors: int, limit: str, alpha: float, planted: int | None, missed: int, as_json: bool
) -> None:
    """Say whether the measured error rate is low enough for autopilot. Exit 1 when it is not."""
    from signoff.cli.certificate import certificate

    try:
        result = certificate(reviews, errors, limit, alpha, None if planted is None else (planted, missed))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        return _one(result, bool(result["passes"]))
    bound, more = result["upper_bound"], result["clean_reviews_needed"]
    click.echo(
        f"At most {bound:.2%} are wrong, 95% sure." if alpha == 0.05 else f"At most {bound:.2%} are wrong."
    )
    if more is None:
        click.echo("No planted draft was noticed, so no number of reviews is enough.")
    else:
        click.echo("That is low enough." if result["passes"] else f"{more} more clean reviews are needed.")
    sys.exit(0 if result["passes"] else 1)


@click.command("verify")
@click.argument("scheme", required=False)
@click.option("--secret-env", metavar="VAR", help="The environment variable with the secret.")
@click.option(
    "--headers", type=click.Path(dir_okay=False), help="The headers: a JSON object, or `Name: value` lines."
)
@click.option("--method", default="POST", show_default=True)
@click.option("--url", default="")
@click.option("--now", default=None, help="The time to judge by: seconds since 1970, or ISO.")
@click.option("--batch", is_flag=True)
def verify_command(
    scheme: str | None,
    secret_env: str | None,
    headers: str | None,
    method: str,
    url: str,
    now: str | None,
    batch: bool,
) -> None:
    """Say whether a delivery (body on standard input) was signed by whom it claims to come from."""
    from signoff.cli.verify import verify_batch, verify_one

    if batch:
        return _lines(verify_batch(_stdin_lines()))
    if scheme is None or secret_env is None or headers is None:
        raise click.UsageError("Say the scheme, --secret-env VAR and --headers FILE.")
    if secret_env not in os.environ:
        raise click.UsageError(f"The environment has no variable {secret_env}.")
    body = sys.stdin.buffer.read()
    try:
        result = verify_one(
            scheme, os.environ[secret_env], _text(headers), body, method=method, url=url, now=now
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return _one(result, bool(result["accepted"]))


def _one(result: Mapping[str, Any], holds: bool) -> None:
    click.echo(json.dumps(result, ensure_ascii=False))
    sys.exit(0 if holds else 1)


def _lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _stdin_lines() -> Iterable[str]:
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace")


def _stdin_text() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except FileNotFoundError:
        raise click.UsageError(f"{path} does not exist.") from None
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(f"{path} cannot be read as text.") from None
