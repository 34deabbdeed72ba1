"""Schemathesis asks a running Signoff what its description allows and what it does not, and looks at each answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from signoff.cli.tests.place import clear_away, free_port, new_place, wait_for
from signoff_sandbox.testing import OPENAI_KEY

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

FILE = """\
name: sign-off
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Answer the question in the record.}
answer: {body: {type: text, max: 500}}
then: reply
"""
# They would end the token by which it asks; and vendors' own pages are nobody's to be asked a hundred times.
LEFT_OUT = "tokens/|people/[{]|versions/look"
# A list that is too long may be more than a request may hold: 413 is a refusal too.
REFUSALS = """\
[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
"""
# A description cannot say that an address must exist, or that an edit must fit a contract: those are 422, too.
NOT_CHECKED = "positive_data_acceptance"


def test_nothing_that_can_be_asked_is_our_fault_or_answered_as_it_is_not_described(practice):
    here = new_place()
    port = free_port()
    here.env = {
        "SIGNOFF_URL": f"http://127.0.0.1:{port}", "PASSWORD": "a long enough password",
        "SIGNOFF_API_WAITERS": "0", "SIGNOFF_API_PER_MINUTE": "1000000",
    }  # fmt: skip
    try:
        up = here.start("up", "--port", str(port))
        wait_for(f"http://127.0.0.1:{port}/readyz")
        assert here.run("setup", "--owner", "priya@example.test", "--password-env", "PASSWORD").code == 0
        ai = ["connect", "openai", "--name", "openai-main", "--base-url", practice.openai + "/v1"]
        assert here.run(*ai, stdin=OPENAI_KEY).code == 0
        (here.folder / "sign-off.yaml").write_text(FILE)
        assert here.run("apply", str(here.folder / "sign-off.yaml")).code == 0
        assert here.run("on", "sign-off").code == 0
        can = "read,propose,review,build,connect,people,sign"
        token = here.run("token", "create", "--name", "fuzzer", "--can", can, "--json").json["token"]

        (here.folder / "schemathesis.toml").write_text(REFUSALS)
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")), "run",
                f"http://127.0.0.1:{port}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}",
                "--max-examples", os.environ.get("SIGNOFF_TEST_EXAMPLES", "10"), "--phases", "coverage,fuzzing",
                "--exclude-path-regex", LEFT_OUT, "--exclude-checks", NOT_CHECKED, "--continue-on-failure",
                "--request-timeout", "60", "--warnings", "off", "--seed", "7",
            ],
            capture_output=True, text=True, timeout=1700, cwd=here.folder,
        )  # fmt: skip
        up.terminate()
        up.wait(20)
    finally:
        clear_away(here)

    # A request that was found may hold a thousand of the same letter.
    told = "\n".join(line[:400] for line in done.stdout.splitlines())
    assert done.returncode == 0, told[-30_000:]
