"""The pure commands: no Django, no database, an answer within half a second."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest

CONTRACT = "answer:\n  subject: {type: text, max: 20}\n  intent: {type: choice, options: [hot, cold]}\n"
RECORD = '{"firstname": "Dana", "email": "dana@example.test", "seats": 8}'


@pytest.fixture
def files(tmp_path):
    (tmp_path / "contract.yaml").write_text(CONTRACT)
    (tmp_path / "record.json").write_text(RECORD)
    (tmp_path / "headers.json").write_text('{"Authorization": "Bearer s3cret"}')
    return tmp_path


COMMANDS = {
    "judge": (["judge", "--contract", "contract.yaml"], '{"subject": "Hello", "intent": "hot"}', 0),
    "judge no": (["judge", "--contract", "contract.yaml"], '{"subject": "Hello", "intent": "warm"}', 1),
    "check": (["check", "--record", "record.json"], "Hi Dana, your 8 seats are ready.", 0),
    "check no": (["check", "--record", "record.json"], "Hi Dana, your 12 seats cost $99.", 1),
    "certificate": (["certificate", "--reviews", "74", "--errors", "0", "--limit", "5%", "--json"], "", 0),
    "certificate no": (["certificate", "--reviews", "10", "--errors", "1", "--limit", "5%", "--json"], "", 1),
    "verify": (["verify", "static", "--secret-env", "S", "--headers", "headers.json"], "{}", 0),
    "verify no": (["verify", "static", "--secret-env", "OTHER", "--headers", "headers.json"], "{}", 1),
}
KEYS = {
    "judge": {"accepted", "value", "repaired", "faults"},
    "check": {"findings"},
    "certificate": {"upper_bound", "passes", "clean_reviews_needed"},
    "verify": {"accepted", "reason"},
}


def run(files, *words, stdin="", flags=()):
    return subprocess.run(
        [sys.executable, *flags, "-m", "signoff", *words],
        input=stdin.encode(),
        capture_output=True,
        cwd=files,
        env={"PATH": "/usr/bin", "S": "s3cret", "OTHER": "other", "HOME": str(files)},
        timeout=60,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_it_answers_in_one_document_and_by_its_exit_code(files, name):
    words, stdin, code = COMMANDS[name]

    done = run(files, *words, stdin=stdin)

    assert done.returncode == code, done.stderr.decode()
    assert set(json.loads(done.stdout)) == KEYS[words[0]]
    assert done.stderr == b""


@pytest.mark.parametrize("name", ["judge", "check", "certificate", "verify"])
def test_it_loads_no_django_and_no_database(files, name):
    words, stdin, _ = COMMANDS[name]

    done = run(files, *words, stdin=stdin, flags=["-X", "importtime"])

    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.decode().splitlines()}
    assert "signoff" in loaded
    assert not loaded & {"django", "psycopg", "procrastinate", "granian", "httpx2", "ninja"}


@pytest.mark.parametrize("name", ["judge", "check", "certificate", "verify"])
def test_it_takes_less_than_half_a_second(files, name):
    words, stdin, _ = COMMANDS[name]
    spent = []

    for _ in range(3):  # the first may have to write what Python compiles
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(files, *words, stdin=stdin)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # The processor's time, because others may use this machine too.
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    assert min(spent) < 0.5


@pytest.mark.parametrize(
    "words",
    [
        ["judge"],
        ["judge", "--contract", "missing.yaml"],
        ["judge", "--contract", "record.json"],
        ["check"],
        ["check", "--record", "missing.json"],
        ["certificate"],
        ["certificate", "--reviews", "5", "--errors", "9", "--limit", "5%"],
        ["certificate", "--reviews", "5", "--errors", "0", "--limit", "five"],
        ["certificate", "--reviews", "-5", "--errors", "0", "--limit", "5%"],
        ["verify"],
        ["verify", "rot13", "--secret-env", "S", "--headers", "headers.json"],
        ["verify", "static", "--secret-env", "NOT_THERE", "--headers", "headers.json"],
        ["verify", "static", "--secret-env", "S", "--headers", "headers.json", "--now", "yesterday"],
    ],
)
def test_wrong_usage_is_told_on_standard_error_with_exit_2(files, words):
    done = run(files, *words, stdin="{}")

    assert done.returncode == 2, done.stdout
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.parametrize("command", ["judge", "check", "verify"])
def test_a_batch_answers_line_by_line_and_survives_nonsense(files, command):
    lines = ["{}", "nonsense", '{"id": 3}', "[1]", '"x"', "", '{"id": "\\ud800"}']

    done = run(files, command, "--batch", stdin="\n".join(lines))

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr.decode()
    assert len(answers) == 6
    assert answers[2]["id"] == 3
