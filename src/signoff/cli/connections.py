"""`signoff connect`, `connections`, `disconnect`."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click

from signoff.cli import described
from signoff.cli.start import answer, django, say, secret_from


class _NoKeyAsArgument(click.Command):
    """Refuses a key among the arguments without repeating it: arguments are there for all to read."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if "unexpected extra argument" not in error.message:
                raise
            raise click.UsageError(
                "A key is never an argument: everybody on this computer could read it. Put it into an "
                "environment variable (--secret-env VAR) or on standard input.",
                ctx,
            ) from None


@click.command("connect", cls=_NoKeyAsArgument)
@click.argument("app")
@click.option("--name", default="", help="How to call this connection, e.g. hubspot-main.")
@click.option(
    "--secret-env", metavar="VAR", help="The environment variable with the key; else standard input."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="K=V",
    help="What else the app asks for, or a limit that you know: requests_per_minute=600",
)
@click.option(
    "--set-env",
    "hidden",
    multiple=True,
    metavar="K=VAR",
    help="The same for what is secret: the environment variable that holds it.",
)
@click.option(
    "--base-url",
    "--url",
    default="",
    help="Another address of the app (a practice app, a local model, an MCP server).",
)
@click.option(
    "--command",
    "program",
    default="",
    metavar="WORDS",
    help="For an MCP server that is a program: how it is started on this computer, e.g. 'uvx mcp-server-time'.",
)
@click.option(
    "--key-as",
    metavar="VAR",
    default="",
    help="The environment variable in which that program wants its key.",
)
@click.option("--other-account", is_flag=True, help="Accept a key of another account than before.")
@click.option("--spec", default="", metavar="FILE|URL", help="For openapi: the app's OpenAPI document.")
@click.option(
    "--list", "only_list", is_flag=True, help="For openapi: show what the document offers, and do no more."
)
@click.option(
    "--read", "reads", multiple=True, metavar="OPERATION", help="For openapi: a list of new records."
)
@click.option(
    "--write", "writes", multiple=True, metavar="OPERATION", help="For openapi: what is done with answers."
)
@click.option(
    "--sign-in", default="", metavar="NAME", help="For openapi: one of the kinds that the document names."
)
@click.option("--json", "as_json", is_flag=True)
def connect_command(
    app: str,
    name: str,
    secret_env: str | None,
    settings: tuple[str, ...],
    hidden: tuple[str, ...],
    base_url: str,
    program: str,
    key_as: str,
    other_account: bool,
    spec: str,
    only_list: bool,
    reads: tuple[str, ...],
    writes: tuple[str, ...],
    sign_in: str,
    as_json: bool,
) -> None:
    """
    Test a key and save it as a connection; a name that exists gets the new key.

    APP is one of those that Signoff knows, or openapi for any app that has an OpenAPI document.

    For Gmail the secret is a JSON text with client_id, client_secret and refresh_token; with client_id and
    client_secret alone, your browser opens to sign in.
    """
    if only_list and spec:
        return described.show(spec, as_json)
    if not name:
        raise click.UsageError("Missing option '--name'.")
    if app != described.APP and (spec or reads or writes or sign_in or only_list):
        raise click.UsageError(
            "--spec, --list, --read, --write and --sign-in go with: signoff connect openapi"
        )
    stated = _settings(settings) | _hidden_settings(hidden)
    if key_as and not program:
        raise click.UsageError("--key-as goes with --command.")
    if app == described.APP:
        django()
        with described.together():
            app = described.describe(name, spec, reads, writes, sign_in)
            secret = _key_for(app, secret_env, stated)
            return _connect(app, name, secret, stated, base_url, other_account, as_json)
    secret = _no_key() if program and not key_as else _key_for(app, secret_env, stated)
    django()
    if program:
        _state_program(app, name, program, key_as)
    _connect(app, name, secret, stated, base_url, other_account, as_json, as_program=bool(program))


def _connect(
    app: str,
    name: str,
    secret: Any,
    stated: dict[str, str],
    base_url: str,
    other_account: bool,
    as_json: bool,
    *,
    as_program: bool = False,
) -> None:
    from signoff.connections.connect import connect
    from signoff.connections.models import Connection
    from signoff.connections.stating import LIMITS
    from signoff.core.errors import SignoffError
    from signoff.engine import verbs
    from signoff.pacing import pace

    limits = {key: value for key, value in stated.items() if key in LIMITS}
    rest = {key: value for key, value in stated.items() if key not in LIMITS}
    try:
        if _is_unfinished_sign_in(secret) and not _gets_in_alone(app):
            connection = _sign_in(app, name, secret, base_url, limits, rest)
        else:
            connection = connect(
                app,
                name,
                secret,
                base_url=base_url,
                limits=limits,
                settings=rest,
                other_account=other_account,
                as_program=as_program,
            )
    except SignoffError as error:
        problem = f"{error.owner_message} {error.next_step}"
        answer(
            {"name": name, "app": app, "account": None, "may": [], "lacks": [], "ends_on": None, "ok": False,
             "problem": problem, "models_ending": []},
            as_json,
            "",
        )  # fmt: skip
        raise click.ClickException(f"{problem}\n(Details: {error})") from error
    pace.state_limits(Connection.objects.get(pk=connection.pk))
    resumed = verbs.mended(connection)
    if resumed:
        say(f"{resumed} waiting runs go on.")
    answer(as_document(connection), as_json, _in_words(connection))


@click.command("connections")
@click.option("--check", "check_now", is_flag=True, help="Ask each app now.")
@click.option("--json", "as_json", is_flag=True)
def connections_command(check_now: bool, as_json: bool) -> None:
    """List the connections. Exit 1 when one of them needs you."""
    django()
    from signoff.connections.models import Connection
    from signoff.engine import verbs, watching

    rows = list(Connection.objects.all())
    if check_now:
        rows = [watching.check(row, before_work=True, by_person=True) for row in rows]
        for row in rows:
            if row.state == Connection.State.WORKING:
                verbs.mended(row)
    text = (
        "\n".join(_in_words(row) for row in rows)
        or "No app is connected yet. Begin with: signoff connect hubspot"
    )
    answer([as_document(row) for row in rows], as_json, text)
    if any(row.state != Connection.State.WORKING for row in rows):
        raise click.exceptions.Exit(1)


@click.command("disconnect")
@click.argument("name")
def disconnect_command(name: str) -> None:
    """Forget a connection and its key."""
    django()
    from django.db.models import ProtectedError

    from signoff.connections.connect import disconnect
    from signoff.connections.models import Connection

    connection = Connection.objects.filter(name=name).first()
    if connection is None:
        raise click.ClickException(f"No connection is named {name}.")
    from signoff.integrations.usage import switched_on_with

    used_by = switched_on_with(name)
    if used_by:
        raise click.ClickException(
            f"{name} is used by {', '.join(used_by)}. Switch that off first: signoff off {used_by[0]}"
        )
    try:
        disconnect(connection)
    except ProtectedError as error:
        raise click.ClickException(
            f"{name} has delivered answers, and the history still refers to it. Its integrations can be switched off."
        ) from error
    click.echo(f"{name} is forgotten, and its key with it.")


def as_document(connection: Any) -> dict[str, Any]:
    """Return a connection as INTERFACE.md has it."""
    from signoff.connections.ending import ends_on

    end = ends_on(connection)
    return {
        "name": connection.name,
        "app": connection.app,
        "account": connection.account_name or connection.account_id,
        "may": connection.may,
        "lacks": connection.lacks,
        "ends_on": end.at.date().isoformat() if end else None,
        "ok": connection.state == "working",
        "problem": f"{connection.problem} {connection.next_step}".strip() or None,
        "models_ending": models_ending(connection),
    }


def models_ending(connection: Any) -> list[dict[str, Any]]:
    """Return the models that integrations ask through this connection and whose last day is known."""
    from signoff.integrations.usage import models_asked_by
    from signoff.versions import known

    found = known.models_ending(connection, models_asked_by(connection.name))
    return [
        {"model": model, "ends_on": on.isoformat(), "replacement": replacement or None, "used_by": users}
        for model, on, replacement, users in found
    ]


def _in_words(connection: Any) -> str:
    from signoff.connections.ending import ends_on

    lines = [f"{connection.name}: {connection.get_state_display()}. {connection.account_name}"]
    if connection.may:
        lines.append(f"  may: {', '.join(connection.may)}")
    if connection.lacks:
        lines.append(f"  lacks: {', '.join(connection.lacks)}")
    end = ends_on(connection)
    if end:
        lines.append(
            f"  {'ends' if end.is_certain else 'may end'} on {end.at.date()}{f'. {end.why}' if end.why else ''}"
        )
    lines += [
        f"  {one['model']} stops on {one['ends_on']}, used by {', '.join(one['used_by'])}"
        for one in models_ending(connection)
    ]
    if connection.problem:
        lines.append(f"  {connection.problem} {connection.next_step}")
    return "\n".join(lines)


def _settings(settings: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign:
            raise click.UsageError(f"{setting!r} must be name=value, for example requests_per_minute=600.")
        pairs[name.strip()] = value.strip()
    return pairs


def _no_key() -> Any:
    from signoff.core.secret import Secret

    return Secret("")


def _state_program(app: str, name: str, words: str, key_as: str) -> None:
    """Write down which program is run under a name: here alone, on the computer on which it runs."""
    import shlex

    from signoff.connections.stating import NAME
    from signoff.outbound.program import NoProgram, register

    if app != "mcp" or not NAME.fullmatch(name):
        raise click.UsageError(
            "Only an MCP server can be a program: signoff connect mcp --name NAME --command WORDS."
        )
    try:
        register(name, shlex.split(words), key_as)
    except (NoProgram, ValueError) as error:
        raise click.ClickException(f"{error}") from None


def _key_for(app: str, variable: str | None, stated: dict[str, str]) -> Any:
    """Return the key; nobody is asked for one where the provider that was chosen needs none."""
    from signoff.connectors.registry import manifest_for, manifests
    from signoff.core.secret import Secret

    if app in manifests() and not variable and sys.stdin.isatty():
        manifest = manifest_for(app, stated)
        if manifest.auth.keyless:
            return Secret("")
        if manifest.auth.asks_the_server:  # which makes a client for us, and somebody signs in with it
            return Secret('{"client_id": ""}')
        return secret_from(variable, f"Key for {manifest.name}")
    return secret_from(variable, f"Key for {app}")


def _hidden_settings(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return secret settings, read from the environment: an argument could be read by everybody."""
    found = {}
    for name, variable in _settings(pairs).items():
        if not os.environ.get(variable):
            raise click.UsageError(f"The environment variable {variable} (for {name}) is empty or not set.")
        found[name] = os.environ[variable]
    return found


def _is_unfinished_sign_in(secret: Any) -> bool:
    """Say whether the secret holds an OAuth client, but no grant yet."""
    try:
        parts = json.loads(secret.reveal())
    except ValueError:
        return False
    return isinstance(parts, dict) and "client_id" in parts and "refresh_token" not in parts


def _gets_in_alone(app: str) -> bool:
    """Say whether an app lets a program in by its client id and secret, without anybody who signs in."""
    from signoff.connectors.registry import manifests

    return app in manifests() and manifests()[app].auth.gets_in_alone


def _sign_in(
    app: str, name: str, secret: Any, base_url: str, limits: dict[str, str], rest: dict[str, str]
) -> Any:
    """Sign in by this computer's browser: the app sends the person back to a port that we listen on."""
    from signoff.cli.loopback import listen
    from signoff.connections.signing_in import begin_sign_in, finish_sign_in
    from signoff.connections.stating import stated_limits
    from signoff.core.secret import Secret

    parts = {key: str(value) for key, value in json.loads(secret.reveal()).items()}
    stated = stated_limits(app, limits)
    with listen() as back:
        begun = begin_sign_in(
            app,
            name,
            parts["client_id"],
            Secret(parts.get("client_secret", "")),
            back.address,
            base_url,
            rest,
        )
        say(f"Open this address in your browser and allow access:\n\n  {begun.address}\n")
        click.launch(begun.address) if not base_url else None
        params = back.wait()
    connection = finish_sign_in(params.get("state", ""), params)
    if stated:
        connection.limits = {**connection.limits, **stated}
        connection.save(update_fields=["limits"])
    return connection
