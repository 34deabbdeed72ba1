"""`signoff drafts`, and trying a file that is not applied yet."""

from __future__ import annotations

import json

FILE = """\
name: not-applied-yet
record: {when: webhook, fields: [name, email, message]}
prompt: {ai: openai-main, model: gpt-4o, task: Write a reply e-mail that answers the question of a customer.}
answer: {body: {type: text, max: 500}}
then:
  - hubspot-main.add_note: {contact: {email: record.email}, body: answer.body}
"""


def test_a_draft_is_begun_shown_as_a_file_and_thrown_away(shop):
    begun = shop.run("drafts", "begin", "note", "--json").json

    shown = shop.run("drafts", "show", str(begun["id"]), "--json")
    listed = shop.run("drafts", "list", "--json").json
    gone = shop.run("drafts", "forget", str(begun["id"]))

    assert shown.code == 0, shown.out
    assert shown.json["faults"] == []
    assert ".add_note:" in shown.json["file"]
    assert begun["id"] in [one["id"] for one in listed]
    assert gone.code == 0
    assert begun["id"] not in [one["id"] for one in shop.run("drafts", "list", "--json").json]


def test_what_is_missing_in_a_draft_is_said(shop):
    begun = shop.run("drafts", "begin", "nothing", "--json").json

    shown = shop.run("drafts", "show", str(begun["id"]))

    assert shown.code == 1
    assert "Choose what starts it." in shown.out


def test_a_file_is_tried_before_it_is_applied(shop):
    path, record = shop.folder / "new.yaml", shop.folder / "record.json"
    path.write_text(FILE)
    record.write_text(
        json.dumps({"name": "Dana", "email": "dana@example.com", "message": "When are you open?"})
    )

    done = shop.run("try", str(path), "--record", str(record), "--json")

    assert done.code == 0, done.out + done.err
    assert done.json["answer"]["body"]
    assert "not-applied-yet" not in shop.run("export").out
