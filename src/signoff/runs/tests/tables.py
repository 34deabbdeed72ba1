"""An integration that takes spreadsheets, and the tables that people hand in to it."""

from __future__ import annotations

from django.db import connection

from signoff.engine import uploads as engine
from signoff.engine import verbs
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.runs.handing_in import hand_in

FILE = """\
name: write-to-a-list
record:
  when: upload
  fields: [firstname, company, message, email]
prompt:
  ai: openai-main
  model: gpt-4o
  task: Write a short e-mail that answers what they ask.
answer:
  subject: {type: text, max: 78}
  body: {type: text, max: 1200}
then:
  - gmail-sales.create_draft: {to: record.email, subject: answer.subject, body: answer.body}
"""
NAMES = "E-Mail;Vorname;Firma;Nachricht;Kundennummer"
LINES = [
    "dana@example.com;Dana;Whitfield Dental;Do you open on Saturdays?;00042",
    "marco@example.com;Marco;Bellini Tiles;What does it cost?;00043",
    "aisha@example.com;Aisha;Rahman Optics;May I see it?;00044",
]


def integration(text=FILE, on=True):
    result = apply([read_text(text)])
    assert not result.faults, result.faults
    made = Integration.objects.select_related("current").get(name=result.applied[0].name)
    verbs.switch(made, on)
    return made


def delete_jobs():
    """Take out the jobs that are here; tests with a real database leave theirs behind."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def table(*lines, names=NAMES):
    return "\n".join([names, *(lines or LINES)]).encode()


def many(count, names=NAMES, first=0):
    lines = [
        f"lead{n}@example.com;Lead {n};Company {n};Question {n};{n:05d}" for n in range(first, first + count)
    ]
    return table(*lines, names=names)


def handed_in(into=None, data=None, name="leads.csv", **more):
    return hand_in(into or integration(), name, data or table(), **more)


def taken_in(into=None, data=None, repeat="", **more):
    """Return an upload whose rows are all in."""
    upload = handed_in(into, data, **more)
    upload.repeat = repeat
    upload.save()
    engine.start(upload)
    engine.drive(upload, lambda done, every: None)
    return upload
