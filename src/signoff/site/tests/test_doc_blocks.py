"""Each command that a page shows exists as it is shown there: its options, its arguments, its address."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import click

from signoff.api.v1 import api
from signoff.cli.main import cli
from signoff.site.manual.blocks import Block, blocks

PROJECT = Path(__file__).parents[4]
BLOCKS = blocks(PROJECT)


def test_most_blocks_are_run_and_the_others_say_why_not() -> None:
    left_out = [block for block in BLOCKS if block.not_run]

    assert [str(block) for block in left_out if len(block.not_run) < 10] == []
    assert len(left_out) * 2 < len(BLOCKS), f"{len(left_out)} of {len(BLOCKS)} are not run"


def test_every_command_of_a_page_exists_as_it_stands_there() -> None:
    """Of those that are not run as well: a page that says `signoff bakcup` is wrong without root, too."""
    wrong = [
        f"{block}: {' '.join(words)[:80]}: {fault}"
        for block in BLOCKS
        for words in block.commands()
        if (fault := fault_in(words))
    ]

    assert wrong == []


def test_a_command_that_does_not_exist_is_seen() -> None:
    for wrong in (
        "connect hubspot --nam x", "connect", "no-such-command", "hooks add no.such", "on a b", "backup",
        "hooks nothing",
    ):  # fmt: skip
        assert fault_of(wrong.split()), wrong
    assert not is_a_call(["http://127.0.0.1:8000/api/v1/nothing"])
    assert not is_a_call(["-X", "DELETE", "http://127.0.0.1:8000/api/v1/runs"])


def test_commands_are_read_out_of_a_block_as_a_shell_reads_them() -> None:
    text = (
        "sudo -u me A='b c' /opt/bin/signoff setup \\\n  --owner x   # a remark\n"
        "cd /x && make install; signoff doctor < a.txt | cat\ncurl -d '{\n  \"a\": 1}' http://x/in/KEY"
    )

    found = list(Block("x", 1, text, "").commands())

    assert found == [
        ["/opt/bin/signoff", "setup", "--owner", "x"], ["cd", "/x"], ["make", "install"], ["signoff", "doctor"],
        ["cat"], ["curl", "-d", '{\n  "a": 1}', "http://x/in/KEY"],
    ]  # fmt: skip


def fault_in(words: list[str]) -> str:
    name = words[0].rpartition("/")[2] if words else ""
    if name == "signoff":
        return fault_of(words[1:])
    if name == "make":
        return ", ".join(f"there is no {one}" for one in set(made_by(words[1:])) - targets())
    return "is no call" if name == "curl" and not is_a_call(words[1:]) else ""


def fault_of(words: list[str]) -> str:
    """Return why `signoff …` would not even begin, "" where it would."""
    command: click.Command = cli
    while isinstance(command, click.Group):
        if not words:
            return "names no command"
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            return f"there is no {words[0]}"
        command, words = found, words[1:]
    context = click.Context(command)
    if context.ignore_unknown_options or command.ignore_unknown_options:
        return ""
    try:
        given, left, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return error.format_message()
    if left:
        return f"takes no {left}"
    for param in command.params:
        value = given.get(param.name or "")
        missing = value in (None, ()) or "UNSET" in repr(value)
        if missing and param.required:
            return f"needs {param.name}"
        if (
            isinstance(param.type, click.Choice)
            and isinstance(value, str)
            and value not in param.type.choices
        ):
            return f"{param.name} is not {value}"
    return ""


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))


def made_by(words: list[str]) -> list[str]:
    after = words[words.index("-C") + 2 :] if "-C" in words else words
    return [word for word in after if "=" not in word and not word.startswith("-")]


def is_a_call(words: list[str]) -> bool:
    address = next(word for word in words if re.match(r"https?://", word))
    path = urlsplit(address).path
    if path.startswith("/in/"):
        return True
    has_body = any(word in ("-d", "-F", "--data") for word in words)
    method = words[words.index("-X") + 1] if "-X" in words else "POST" if has_body else "GET"
    for known, methods in api.get_openapi_schema()["paths"].items():
        if re.fullmatch(re.sub(r"{[^}]+}", "[^/]+", known), path):
            return method.lower() in methods
    return False
