"""
The command `signoff`.

Each command's work stands in a module of its own and is imported when it runs: the pure ones (`judge`, `check`,
`certificate`, `verify`) load no Django and no database.
"""

from __future__ import annotations

import importlib
import io
import sys
from typing import Any

import click

COMMANDS = {
    "up": "serve",
    "web": "serve",
    "work": "serve",
    "setup": "people",
    "people": "people",
    "sessions": "people",
    "token": "tokens",
    "audit": "audit",
    "demo": "demo",
    "sandbox": "practice",
    "fire-drill": "fire_drill",
    "connect": "connections",
    "connections": "connections",
    "disconnect": "connections",
    "tools": "mcp",
    "mcp": "mcp",
    "apply": "integrations",
    "export": "integrations",
    "on": "integrations",
    "off": "integrations",
    "new-secret": "integrations",
    "try": "integrations",
    "drafts": "drafts",
    "recipes": "recipes",
    "import": "recipes",
    "eval": "proving",
    "cases": "proving",
    "coach": "prompts",
    "changes": "prompts",
    "rollback": "prompts",
    "drift": "integrations",
    "facts": "prompts",
    "propose": "proposals",
    "hooks": "proposals",
    "runs": "runs",
    "run": "runs",
    "replay": "runs",
    "leave": "runs",
    "resume": "runs",
    "settle": "runs",
    "forget": "runs",
    "queue": "waiting",
    "upload": "uploads",
    "uploads": "uploads",
    "results": "uploads",
    "cost": "costs",
    "week": "week",
    "review": "reviews",
    "accuracy": "accuracy",
    "versions": "versions",
    "drill": "versions",
    "quarterly": "versions",
    "judge": "pure",
    "check": "pure",
    "certificate": "pure",
    "verify": "pure",
    "notices": "notices",
    "doctor": "doctor",
    "backup": "backups",
    "restore": "backups",
    "rotate-key": "keys",
}


class Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"signoff.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean `signoff {near[0]}`?" if near else " `signoff --help` lists them."
            raise click.UsageError(f"There is no command `{args[0]}`.{hint}", ctx) from None


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="signoff", prog_name="signoff")
def cli() -> None:
    """Signoff connects your apps to an AI model, and lets nothing out that a person would not sign."""


def main() -> None:
    """Run the command; every failure we know ends in sentences, never in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # JSON is UTF-8, whatever the language of the terminal.
            stream.reconfigure(encoding="utf-8", errors="replace")
    _leave_no_core()
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        sentence = known_trouble(error)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(1)


def _leave_no_core() -> None:
    """Let no crash write our memory, with the keys in it, to a file; what we start (the database too) does the same."""
    try:
        import resource
    except ImportError:  # Windows has neither
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def known_trouble(error: Exception) -> str | None:
    """Return what to tell the owner about an error of ours, or None for one that is a surprise."""
    from signoff.core.errors import SignoffError

    if isinstance(error, SignoffError):
        return f"{error.owner_message} {error.next_step}\n(Details: {error})"
    name: Any = type(error).__name__
    if name in ("DatabaseTrouble", "KeyTrouble", "AlreadyRunning", "Damaged"):
        return str(error)
    if name == "OperationalError" and "django" in type(error).__module__:
        return "The database does not answer. Nothing is lost. Check DATABASE_URL and that it is running."
    return None
