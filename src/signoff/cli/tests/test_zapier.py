"""The app for Zapier: Zapier's own check of it passes, and its tests pass against a Signoff that runs."""

from __future__ import annotations

import json

import pytest

from signoff.cli.tests import npm
from signoff.cli.tests.desk import INTEGRATION, running_desk

FOLDER = npm.INTEGRATIONS / "zapier"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A copy of the app beside what it needs."""
    package = json.loads((FOLDER / "package.json").read_text())
    modules = npm.installed(
        "zapier", {**package["dependencies"], **package["devDependencies"]}, node=npm.node_24()
    )
    return npm.copied(FOLDER, tmp_path_factory.mktemp("zapier") / "app", modules)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_zapiers_own_check_finds_nothing_without_an_account_or_a_network(app):
    check = ["node_modules/.bin/zapier-platform", "validate", "--without-style", "--format", "json"]
    nowhere = {"HOME": str(app.parent), "DISABLE_ZAPIER_ANALYTICS": "1", "https_proxy": "http://127.0.0.1:9"}

    done = npm.run(check, app, node=npm.node_24(), **nowhere)

    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_its_tests_pass_against_a_signoff_that_runs(app, practice):
    with running_desk(practice) as desk:
        done = npm.run(
            ["node", "--test", "--test-reporter", "tap", "test/app.test.js"], app, node=npm.node_24(), seconds=600,
            SIGNOFF_URL=desk.url, SIGNOFF_TOKEN=desk.token, SIGNOFF_INTEGRATION=INTEGRATION,
        )  # fmt: skip

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "# skipped 0" in done.stdout
    assert int(done.stdout.partition("# pass ")[2].split()[0]) >= 12
