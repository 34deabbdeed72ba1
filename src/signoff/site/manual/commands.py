"""The page of all commands, from what each says under --help."""

from __future__ import annotations

from collections.abc import Iterator

import click

from signoff.cli.main import cli
from signoff.site.manual.markdown import WRITTEN, code, table, words_of

HEAD = """# All commands

What each command says under `--help`, with every option. [Commands](../commands.md) tells the same in an owner's words.

"""


def page() -> str:
    """Return the page."""
    return WRITTEN + HEAD + "".join(_section(words, command) for words, command in _walk("signoff", cli))


def _walk(words: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group, info_name=words)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        yield f"{words} {name}", command
        if isinstance(command, click.Group):
            yield from _walk(f"{words} {name}", command)


def _section(words: str, command: click.Command) -> str:
    context = click.Context(command, info_name=words)
    usage = " ".join(command.collect_usage_pieces(context))
    depth = "#" * min(len(words.split()), 4)
    text = f"{depth} {words}\n\n{words_of(command.help)}\n\n"
    if not isinstance(command, click.Group):
        text += f"    {words} {usage}\n\n"
    return text + table(["Option", "What it does"], _options(command, context))


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    for option in command.params:
        record = option.get_help_record(context) if isinstance(option, click.Option) else None
        if record is not None:
            names, says = record
            yield code(names), says
