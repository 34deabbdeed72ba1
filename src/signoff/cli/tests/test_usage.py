"""Wrong usage: exit 2, a sentence on standard error, nothing on standard output, no traceback."""

from __future__ import annotations

import pytest

from signoff.cli.main import COMMANDS


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["conect"], "Did you mean `signoff connect`?"),
        (["xyzzy"], "--help"),
        (["--nothing"], "No such option"),
        (["up", "--port", "0"], "--port"),
        (["up", "--port", "http"], "--port"),
        (["up", "--workers", "0"], "--workers"),
        (["up", "--host", "no.such.host.invalid"], "no address of this computer"),
        (["up", "--host", "192.0.2.1"], "no address of this computer"),
        (["connect"], "APP"),
        (["connect", "hubspot"], "--name"),
        (["connect", "hubspot", "--name", "x", "--secret", "k"], "No such option"),
        (["connect", "hubspot", "--name", "x", "--secret-env", "NOT_THERE"], "NOT_THERE"),
        (["connect", "hubspot", "--name", "x", "--set", "fast"], "name=value"),
        (["setup"], "--owner"),
        (["setup", "--owner", "a@b.test", "--password-env", "NOT_THERE"], "NOT_THERE"),
        (["apply"], "FILES"),
        (["on"], "NAME"),
        (["off"], "NAME"),
        (["try", "x"], "--record"),
        (["try", "x", "--record", "/no/such/file"], "/no/such/file"),
        (["run"], "RUN_ID"),
        (["run", "seven"], "seven"),
        (["replay"], "RUN_IDS"),
        (["leave", "7"], "--reason"),
        (["resume"], "RUN_IDS"),
        (["review", "approve"], "REVIEW_ID"),
        (["review", "reject", "7"], "--reason"),
        (["review", "reject", "7", "--reason", "because"], "because"),
        (["token", "create", "--name", "x"], "--can"),
        (["demo", "--leads", "0"], "--leads"),
        (["demo", "--ai", "magic"], "--ai"),
        (["demo", "--ai", "openai", "--headless"], "OPENAI_API_KEY"),
        (["sandbox", "--rpm", "many"], "rpm"),
        (["sandbox", "--rpm", "0"], "limits start at 1"),
        (["sandbox", "--nothing"], "nothing"),
    ],
)
def test_wrong_usage_is_told(place, words, says):
    done = place.run(*words, stdin="key", OPENAI_API_KEY="")

    assert done.code == 2, done
    assert says in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


def test_a_key_that_was_given_as_an_argument_is_not_repeated(place):
    done = place.run("connect", "hubspot", "pat-na1-secret", "--name", "x")

    assert done.code == 2
    assert "pat-na1-secret" not in done.err
    assert "environment" in done.err


@pytest.mark.parametrize("command", [[name] for name in COMMANDS if name != "sandbox"] + [[]])
def test_every_command_has_help(command):
    from click.testing import CliRunner

    from signoff.cli.main import cli

    result = CliRunner().invoke(cli, [*command, "--help"])

    assert result.exit_code == 0
    assert "Usage:" in result.output
