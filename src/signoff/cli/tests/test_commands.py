"""The commands on a Signoff that runs: their JSON as INTERFACE.md has it, their exit codes, and their words."""

from __future__ import annotations

import json
import time

import httpx2
import pytest

from signoff.cli.tests.place import FILES, Place, wait_for
from signoff_sandbox.testing import HUBSPOT_KEY, OPENAI_KEY

CONNECTION = {"name", "app", "account", "may", "lacks", "ends_on", "ok", "problem", "models_ending"}
WEBHOOK = """\
name: {name}
record: {{when: webhook{signed}}}
prompt: {{ai: openai-main, model: gpt-4o, task: Answer the question.}}
answer: {{body: {{type: text, max: 500}}}}
then:
  - hubspot-main.add_note: {{contact: {{email: record.email}}, body: answer.body}}
"""


def write(shop: Place, name: str, text: str) -> str:
    path = shop.folder / name
    path.write_text(text)
    return str(path)


def until(look, seconds=30):
    """Ask again until there is an answer; returns it."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.3)
    return found


@pytest.fixture(scope="module")
def drafts(shop, practice):
    """Three leads have come in and wait for review; returns them as `review list` tells them."""
    practice.seed_leads(3)

    def all_three():
        rows = shop.run("review", "list", "--json").json
        return rows if len(rows) >= 3 else None

    return until(all_three)


class TestConnections:
    def test_connect_tells_what_the_app_says(self, shop, practice):
        done = shop.run(
            "connect", "hubspot", "--name", "hubspot-2", "--base-url", practice.hubspot, "--secret-env", "KEY",
            "--set", "requests_per_minute=600", "--json", KEY=HUBSPOT_KEY,
        )  # fmt: skip

        assert done.code == 0, done.err
        assert set(done.json) == CONNECTION
        assert done.json["ok"] is True
        assert done.json["problem"] is None
        assert done.json["account"]
        assert HUBSPOT_KEY not in done.out + done.err

    def test_connect_tells_in_its_document_why_not(self, shop, practice):
        done = shop.run(
            "connect", "hubspot", "--name", "bad", "--base-url", practice.hubspot, "--json", stdin="pat-x"
        )

        assert done.code == 1
        assert set(done.json) == CONNECTION
        assert done.json["ok"] is False
        assert "HubSpot does not accept this key" in done.json["problem"]
        assert "HubSpot does not accept this key" in done.err
        assert "bad" not in [row["name"] for row in shop.run("connections", "--json").json]

    def test_connections_are_listed_and_asked(self, shop):
        done = shop.run("connections", "--check", "--json")

        assert done.code == 0
        assert {"hubspot-main", "gmail-sales", "openai-main"} <= {row["name"] for row in done.json}
        assert all(set(row) == CONNECTION for row in done.json)

    def test_a_connection_tells_the_models_that_stop_and_who_asks_them(self, shop):
        told = {row["name"]: row["models_ending"] for row in shop.run("connections", "--json").json}

        assert told["hubspot-main"] == []
        assert {
            "model": "gpt-4o",
            "ends_on": "2027-01-14",
            "replacement": "gpt-6-luna",
            "used_by": ["follow-up-new-leads"],
        } in [
            {**one, "used_by": [name for name in one["used_by"] if name == "follow-up-new-leads"]}
            for one in told["openai-main"]
        ]
        assert "gpt-4o stops on 2027-01-14, used by" in shop.run("connections").out

    def test_another_provider_is_connected_by_its_name(self, shop, practice):
        practice.control("openai", dialect="azure")
        try:
            address = practice.openai + "/openai/deployments/ours/chat/completions?api-version=2024-10-21"
            missing = shop.run(
                "connect", "openai", "--name", "az", "--set", "provider=azure", stdin=OPENAI_KEY
            )
            done = shop.run(
                "connect", "openai", "--name", "az", "--set", "provider=azure", "--base-url", address, "--json",
                stdin=OPENAI_KEY,
            )  # fmt: skip
        finally:
            practice.control("openai", dialect="openai")
        shop.run("disconnect", "az")

        assert (missing.code, done.code) == (1, 0)
        assert "Azure OpenAI needs your own address there" in missing.err
        assert done.json["ok"] is True

    def test_a_provider_that_nobody_knows_is_named_with_those_there_are(self, shop):
        done = shop.run("connect", "openai", "--name", "x", "--set", "provider=skynet", stdin=OPENAI_KEY)

        assert done.code == 1
        assert "“Which provider?” is one of: openai, azure, openrouter" in done.err

    def test_a_connection_that_needs_you_is_exit_1(self, shop, practice):
        practice.control("openai", revoke_key=True)
        try:
            done = shop.run("connections", "--check", "--json")
        finally:
            practice.control("openai", restore_key=True)
        again = shop.run("connections", "--check", "--json")

        assert done.code == 1
        (bad,) = [row for row in done.json if not row["ok"]]
        assert bad["name"] == "openai-main"
        assert "OpenAI" in bad["problem"]
        assert again.code == 0

    def test_a_connection_in_use_is_not_forgotten(self, shop):
        done = shop.run("disconnect", "hubspot-main")

        assert done.code == 1
        assert "signoff off follow-up-new-leads" in done.err

    def test_a_connection_that_nobody_uses_is_forgotten(self, shop, practice):
        shop.run("connect", "webhook", "--name", "signing", stdin="s3cret-signing-text")

        done = shop.run("disconnect", "signing")

        assert done.code == 0
        assert shop.run("disconnect", "signing").code == 1


class TestIntegrations:
    def test_apply_tells_what_changed_and_where_records_go(self, shop):
        path = write(shop, "hook.yaml", WEBHOOK.format(name="hook", signed=""))

        first, again = (shop.run("apply", path, "--json") for _ in range(2))

        assert (first.code, again.code) == (0, 0)
        assert set(first.json) == {"applied", "faults"}
        (one,) = first.json["applied"]
        assert set(one) == {"name", "changed", "webhook_url"}
        assert one["changed"] is True
        assert "/in/" in one["webhook_url"]
        assert again.json["applied"] == [{**one, "changed": False}]

    def test_what_was_applied_says_how_it_is_switched_on_and_a_missing_file_has_no_line(self, shop):
        path = write(shop, "quiet.yaml", WEBHOOK.format(name="quiet", signed=""))

        first = shop.run("apply", path)
        shop.run("on", "quiet")

        assert "off until you switch it on: signoff on quiet" in first.out
        assert "off until" not in shop.run("apply", path).out
        assert "missing.yaml: This file does not exist." in shop.run("apply", "missing.yaml").out

    def test_a_name_that_no_integration_has_is_answered_with_the_one_that_is_meant(self, shop):
        for words in (["on"], ["coach"], ["eval"], ["drill", "--switch"]):
            assert "Did you mean follow-up-new-leads?" in shop.run(*words, "folow-up-new-leads").err

        assert "There are: " in shop.run("on", "zzz").err

    def test_a_signing_secret_is_told_when_it_is_made(self, shop):
        path = write(shop, "signed.yaml", WEBHOOK.format(name="signed", signed=", signed: standard"))

        first, again = (shop.run("apply", path, "--json").json["applied"][0] for _ in range(2))

        assert first["signing_secret"].startswith("whsec_")
        assert "signing_secret" not in again

    def test_a_dry_run_shows_the_difference_and_changes_nothing(self, shop):
        text = (FILES / "follow-up-new-leads.yaml").read_text()
        path = write(shop, "dry.yaml", text.replace("At most 120", "At most 90"))

        done = shop.run("apply", "--dry-run", path)
        twice = shop.run("apply", "--dry-run", path, "--json")

        assert done.code == 0
        assert "-    - At most 120 words." in done.out
        assert "+    - At most 90 words." in done.out
        assert twice.json["applied"][0]["changed"] is True
        assert "At most 120" in shop.run("export", "follow-up-new-leads").out

    def test_every_fault_is_told_with_its_line(self, shop):
        path = write(
            shop, "bad.yaml", WEBHOOK.format(name="Bad Name", signed=", sined: x").replace("gpt-4o", "4")
        )

        done = shop.run("apply", path, str(shop.folder / "missing.yaml"), "--json")

        assert done.code == 1
        assert done.json["applied"] == []
        assert all(set(fault) == {"file", "line", "what"} for fault in done.json["faults"])
        lines = {(fault["file"].rsplit("/", 1)[1], fault["line"]) for fault in done.json["faults"]}
        assert lines >= {("bad.yaml", 1), ("bad.yaml", 2), ("bad.yaml", 3), ("missing.yaml", 0)}

    def test_what_is_exported_can_be_applied_and_changes_nothing(self, shop):
        exported = shop.run("export", "--facts")

        done = shop.run("apply", "-", "--json", stdin=exported.out)

        assert done.code == 0, done.out
        assert len(done.json["applied"]) >= 3
        assert not any(one["changed"] for one in done.json["applied"])

    def test_what_does_not_exist_cannot_be_exported_or_switched(self, shop):
        for words in (["export", "nothing"], ["on", "nothing"]):
            done = shop.run(*words)
            assert done.code == 1
            assert "nothing" in done.err
            assert done.out == ""

    def test_a_record_can_be_tried_and_nothing_is_sent(self, shop, practice):
        path = write(
            shop,
            "record.json",
            json.dumps({"firstname": "Dana", "email": "dana@example.test", "message": "Hi"}),
        )
        before = practice.books("gmail", summary=True)["drafts"], shop.run("runs", "--json").json

        done = shop.run("try", "follow-up-new-leads", "--record", path, "--json")

        assert done.code == 0, done.err
        assert done.json["ok"] is True
        assert done.json["answer"]["subject"]
        assert (practice.books("gmail", summary=True)["drafts"], shop.run("runs", "--json").json) == before

    @pytest.mark.parametrize("text", ["[1]", "a: *x"])
    def test_a_record_that_is_none_cannot_be_tried(self, shop, text):
        done = shop.run("try", "follow-up-new-leads", "--record", write(shop, "bad-record.yaml", text))

        assert done.code == 2
        assert "bad-record.yaml" in done.err


class TestRunsAndReviews:
    def test_drafts_are_listed_and_shown(self, shop, drafts):
        shown = shop.run("review", "show", str(drafts[0]["id"]), "--json")

        assert {"id", "run", "integration", "label", "findings", "since"} <= set(drafts[0])
        assert shown.json["record"]["email"]
        assert shown.json["content"]["body"]
        assert shown.json["state"] == "waiting"

    def test_a_draft_is_approved_once(self, shop, drafts):
        first = shop.run("review", "approve", str(drafts[0]["id"]), "--json")
        again = shop.run("review", "approve", str(drafts[0]["id"]), "--json")

        assert first.code == 0
        assert first.json["verdict"] == "approved"
        assert again.code == 1
        assert "already" in again.err

    def test_a_draft_is_edited(self, shop, drafts):
        bad = shop.run(
            "review", "edit", str(drafts[1]["id"]), "--content", "-", stdin='{"subject": 7, "x": 1}'
        )
        done = shop.run(
            "review", "edit", str(drafts[1]["id"]), "--content", "-", "--json", stdin='{"subject": "Hello"}'
        )

        assert bad.code == 1
        assert done.code == 0, done.err
        assert done.json["verdict"] == "edited"

    def test_a_draft_is_rejected_with_a_reason(self, shop, drafts):
        done = shop.run("review", "reject", str(drafts[2]["id"]), "--reason", "tone", "--json")

        assert done.json["verdict"] == "rejected"

    def test_only_a_token_that_may_decides(self, shop, drafts):
        reader = shop.run("token", "create", "--name", "reader", "--can", "read", "--json").json["token"]

        for token in ("", "so_nobody", reader):
            done = shop.run("review", "list", SIGNOFF_TOKEN=token)
            assert done.code == 1
            assert "signoff token create" in done.err
            assert not token or token not in done.err

    def test_runs_are_listed_and_told(self, shop, drafts):
        rows = shop.run("runs", "--json").json
        (done,) = [run for run in rows if run["id"] == drafts[2]["run"]]
        whole = shop.run("run", str(done["id"]), "--json").json

        assert done["state"] == "rejected"
        assert set(done) <= set(whole)
        assert whole["timeline"]
        assert [run["id"] for run in shop.run("runs", "--state", "rejected", "--json").json] == [done["id"]]

    def test_a_run_is_run_again(self, shop, drafts):
        done = shop.run("replay", str(drafts[2]["run"]), "--json")

        (made,) = done.json
        assert made["run"] == drafts[2]["run"]
        assert shop.run("run", str(made["again_as"]), "--json").code == 0

    def test_only_what_stands_still_is_left_or_resumed(self, shop, drafts):
        number = str(drafts[2]["run"])

        left = shop.run("leave", number, "--reason", "A test", "--json")
        resumed = shop.run("resume", number)

        assert (left.code, left.json) == (1, {"left": [], "not": [drafts[2]["run"]]})
        assert (resumed.code, "does not stand still" in resumed.out) == (1, True)

    @pytest.mark.parametrize(
        "words",
        [
            ["run", "99999"],
            ["replay", "99999"],
            ["leave", "99999", "--reason", "x"],
            ["review", "show", "99999"],
            ["run", "9" * 30],
        ],
    )
    def test_what_is_not_there_is_told(self, shop, words):
        done = shop.run(*words)

        assert done.code == 1
        assert "There is no" in done.err

    def test_a_state_that_does_not_exist_is_wrong_usage(self, shop):
        done = shop.run("runs", "--state", "sleeping")

        assert done.code == 2
        assert "needs you" in done.err

    def test_an_approved_draft_arrives_at_gmail(self, shop, drafts, practice):
        (record,) = [shop.run("run", str(drafts[1]["run"]), "--json").json["record"]]
        # Decided here too, for when the tests above ran in another process; twice decides once.
        shop.run("review", "edit", str(drafts[1]["id"]), "--content", "-", stdin='{"subject": "Hello"}')

        found = until(
            lambda: [
                d
                for d in practice.books("gmail")["drafts"]
                if record["email"].lower() in str(d["to"]).lower()
            ],
            seconds=60,
        )

        assert [draft["subject"] for draft in found] == ["Hello"]


class TestPeople:
    def test_there_is_one_first_owner(self, shop):
        done = shop.run("setup", "--owner", "marco@example.test", "--password-env", "PASSWORD")

        assert done.code == 1
        assert "has an owner already" in done.err

    def test_a_token_is_told_once_and_its_warning_apart(self, shop):
        done = shop.run("token", "create", "--name", "n8n", "--can", "propose, read", "--json")

        assert set(done.json) == {"name", "can", "token", "ends_at"}
        assert done.json["token"].startswith("so_")
        assert "shown once" in done.err

    @pytest.mark.parametrize("can", ["write", ","])
    def test_a_right_that_does_not_exist_is_wrong_usage(self, shop, can):
        assert shop.run("token", "create", "--name", "x", "--can", can).code == 2

    def test_a_token_for_nobody_is_not_made(self, shop):
        assert shop.run("token", "create", "--name", "x", "--can", "read", "--person", "x@y.test").code == 1


class TestNotices:
    def test_they_are_listed_and_one_that_is_not_there_is_not_acknowledged(self, shop):
        rows = shop.run("notices", "--json").json
        assert all(
            {"id", "cause", "urgency", "title", "waiting", "acknowledged_at"} <= set(row) for row in rows
        )

        done = shop.run("notices", "ack", "999999")

        assert done.code == 1
        assert "There is no notice 999999" in done.err

    def test_a_channel_is_added_changed_tried_and_removed(self, shop):
        address = "office@example.com"
        made = shop.run("notices", "add", "mail", "--address-env", "TO", "--json", TO=address).json
        number = str(made["id"])
        changed = shop.run(
            "notices", "change", number, "--quiet", "22:00-07:00", "--zone", "Europe/Berlin", "--json"
        )
        tried = shop.run("notices", "test", number, SIGNOFF_SMTP="smtp://127.0.0.1:9")
        listed = shop.run("notices", "channels", "--json").json
        removed = shop.run("notices", "remove", number)

        assert (changed.json["quiet_from"], changed.json["quiet_until"]) == ("22:00", "07:00")
        assert (tried.code, "did not take the e-mail" in tried.out) == (1, True)
        assert [row["kind"] for row in listed] == ["own", "mail"]
        assert removed.code == 0


class TestHouse:
    def test_doctor_looks_at_everything(self, shop):
        done = shop.run("doctor", "--json")

        assert set(done.json) == {"ok", "found"}
        assert {look["name"] for look in done.json["found"]} >= {
            "database", "key", "worker", "connections", "runs", "mail server", "notices", "audit trail",
        }  # fmt: skip
        told = ("runs", "notices")  # other tests leave records that need somebody
        assert all(look["ok"] for look in done.json["found"] if look["name"] not in told), done.out

    def test_a_mail_servers_address_that_cannot_be_understood_is_a_fault(self, shop):
        done = shop.run("doctor", SIGNOFF_SMTP="mail.example.com")

        assert done.code == 1
        assert "NO  mail server: no e-mail can leave" in done.out
        assert "smtps://user:password@mail.example.com" in done.out

    def test_no_migration_is_missing(self, shop):
        assert shop.run("doctor", "--migrations").code == 0

    def test_a_second_up_on_the_same_folder_is_refused(self, shop):
        done = shop.run("up", "--port", "8123")

        assert done.code == 1
        assert str(shop.folder) in done.err
        assert shop.env["SIGNOFF_URL"] in done.err
        assert "SIGNOFF_HOME" in done.err
        assert "Traceback" not in done.err

    def test_a_port_that_is_taken_is_told(self, shop, place):
        port = shop.env["SIGNOFF_URL"].rsplit(":", 1)[1]

        done = place.run("up", "--port", port)

        assert done.code == 1
        assert f"--port {int(port) + 1}" in done.err

    def test_a_record_in_pieces_without_a_length_is_taken_whole(self, shop):
        path = write(shop, "pieces.yaml", WEBHOOK.format(name="pieces", signed=""))
        url = shop.run("apply", path, "--json").json["applied"][0]["webhook_url"]
        shop.run("on", "pieces")

        def pieces(size):
            yield b'{"email": "dana@example.test", "text": "'
            yield from (b"x" * 10_000 for _ in range(size))
            yield b'"}'

        headers = {"Content-Type": "application/json"}

        assert httpx2.post(url, content=pieces(2), headers=headers).status_code == 202
        assert httpx2.post(url, content=pieces(120), headers=headers).status_code == 413
        off = shop.run("off", "pieces")
        assert off.code == 0
        assert httpx2.post(url, content=pieces(1), headers=headers).status_code == 409

    def test_the_pages_answer(self, shop):
        wait_for(shop.env["SIGNOFF_URL"] + "/healthz")
        wait_for(shop.env["SIGNOFF_URL"] + "/sign-in/")


def test_the_practice_apps_start_alone_and_tell_their_books(place):
    import subprocess
    import sys

    process = subprocess.Popen(
        [sys.executable, "-m", "signoff", "sandbox", "--port-base", "0", "--rpm", "60", "--latency", "0.1",
         "--seed", "3", "--faults", "http500=0.01"],
        env=place.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        addresses = json.loads(process.stdout.readline())
        for app in ("hubspot", "gmail", "openai"):
            assert isinstance(httpx2.get(addresses[app] + "/_books").json(), dict)
    finally:
        process.terminate()
        process.wait(15)


class TestSpreadsheets:
    def test_a_table_goes_in_once_and_its_results_come_out(self, shop, practice):
        text = WEBHOOK.format(name="off-a-list", signed="").replace("webhook", "upload")
        assert shop.run("apply", write(shop, "list.yaml", text)).code == 0
        assert shop.run("on", "off-a-list").code == 0
        table = write(shop, "leads.csv", "Mail;Question\na@example.com;Open?\nb@example.com;=1+1\n;None\n")
        upload = ("upload", "off-a-list", table, "--map", "Mail=email", "--json")

        dry = shop.run(*upload, "--dry-run")
        assert (dry.code, dry.json["takes_in"], dry.json["problems"]) == (0, 2, [])
        assert dry.json["left_out"] == [{"why": "lacks", "count": 1, "first_rows": [4]}]

        done = shop.run(*upload)
        assert done.code == 0, done.err
        assert (done.json["state"], done.json["rows"]["taken"]) == ("done", 2)
        number = str(done.json["id"])

        again = shop.run(*upload)
        assert again.code == 1
        assert "Add --only-new or --again" in again.err

        out = shop.folder / "results.csv"
        assert shop.run("results", number, "--to", str(out)).code == 0
        lines = out.read_text("utf-8-sig").splitlines()
        assert lines[0].startswith("Mail,Question,Signoff state,Signoff note,body,Decided by")
        assert "'=1+1" in lines[2]
        assert [one["id"] for one in shop.run("uploads", "--json").json] == [int(number)]

        done = shop.run("upload", "off-a-list", write(shop, "no.csv", "%PDF-1.4"))
        assert done.code == 1
        assert "This is no table. Nothing was kept of it. Save the table as .xlsx" in done.err
