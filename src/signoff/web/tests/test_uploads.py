"""Spreadsheets on the pages, without a browser: what is shown, what is refused, and who may."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from signoff.engine import uploads as engine
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs.models import Run, Upload
from signoff.runs.uploads import stop
from signoff.sheets.tables import MOST_BYTES
from signoff.sheets.tests.books import packed
from signoff.web.tests import world

pytestmark = pytest.mark.django_db


def send(client, data, name="leads.csv", integration="write-to-a-list"):
    file = SimpleUploadedFile(name, data)
    return client.post("/uploads/new/", {"integration": integration, "file": file})


@pytest.fixture
def builder(as_role):
    owner = world.person()
    world.connections()
    world.list_integration(owner)
    return as_role("builder")


def begun(client, data=world.SHEET, **more):
    send(client, data)
    upload = Upload.objects.latest("pk")
    mapping = {f"column-{field}": column for field, column in upload.mapping.items()}
    client.post(f"/uploads/{upload.pk}/columns/", {**mapping, "begin": "yes", **more})
    upload.refresh_from_db()
    return upload


def test_a_file_is_read_and_shown_and_nothing_begins(builder):
    page = builder.get(send(builder, world.SHEET)["Location"]).content.decode()

    assert "leads.csv" in page
    assert "Whitfield Dental" in page
    assert "“email” is empty." in page
    assert "The same as row 3." in page
    assert "Row 5" in page
    assert "needed" in page
    assert not Run.objects.exists()


def test_start_takes_the_rows_in_and_the_page_shows_how_far_it_is(builder):
    upload = begun(builder)
    assert (upload.state, str(upload.made_by)) == ("taking in", "Builder One")
    page = builder.get(f"/uploads/{upload.pk}/").content.decode()
    assert "4 rows are still to come in" in page
    assert 'hx-trigger="every 2s"' in page

    engine.take_in(upload.pk)

    page = builder.get(f"/uploads/{upload.pk}/").content.decode()
    assert "Taken in" in page
    assert "results.xlsx" in page
    assert Run.objects.count() == 2


def test_a_column_changed_together_with_start_is_shown_before_anything_begins(builder):
    send(builder, world.SHEET)
    upload = Upload.objects.get()
    answer = builder.post(
        f"/uploads/{upload.pk}/columns/",
        {"column-email": "E-Mail", "column-wants": "Company", "begin": "yes"},
    )

    assert "You changed a column" in builder.get(answer["Location"]).content.decode()
    upload.refresh_from_db()
    assert (upload.state, upload.mapping) == ("preview", {"email": "E-Mail", "wants": "Company"})


def test_without_a_needed_column_there_is_no_start(builder):
    send(builder, world.SHEET.replace(b"E-Mail", b"Column"))
    upload = Upload.objects.get()
    page = builder.get(f"/uploads/{upload.pk}/").content.decode()

    assert "Choose the column that holds “email”" in page
    assert 'name="begin"' not in page
    builder.post(f"/uploads/{upload.pk}/columns/", {"begin": "yes"})
    assert Upload.objects.get().state == "preview"


def test_the_same_file_again_asks_before_it_starts(builder):
    engine.take_in(begun(builder).pk)
    again = begun(builder)

    assert again.state == "preview"
    page = builder.get(f"/uploads/{again.pk}/").content.decode()
    assert "This very file was uploaded before" in page
    assert "2 rows came in before. What now?" in page
    mapping = {f"column-{field}": column for field, column in again.mapping.items()}
    builder.post(f"/uploads/{again.pk}/columns/", {**mapping, "repeat": "all", "begin": "yes"})
    engine.take_in(again.pk)
    assert Run.objects.count() == 4


def test_a_file_is_read_another_way(builder):
    send(builder, b"Fair in May\nE-Mail;Name\na@example.com;A\n")
    upload = Upload.objects.get()
    builder.post(f"/uploads/{upload.pk}/read/", {"header_row": "2", "delimiter": ";", "encoding": "utf-8"})
    upload.refresh_from_db()
    assert upload.layout["names"] == ["E-Mail", "Name"]

    wrong = builder.post(f"/uploads/{upload.pk}/read/", {"header_row": "77"})

    assert wrong.status_code == 422
    assert "There is no row 77" in wrong.content.decode()
    assert "still read as before" in wrong.content.decode()


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "empty.csv", "This file is empty"),
        (b"   \n", "blank.csv", "This file is empty"),
        (b"%PDF-1.7 nothing", "list.pdf", "This is no table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "locked.xlsx", "one with a password"),
        (b"a,b\n1,2,3\n", "wide.csv", "Row 2 has more values"),
        (b'a,b\n"1,2\n', "quote.csv", "A quotation mark is opened"),
        (packed(x="y"), "packed.zip", "This is a packed file"),
    ],
)
def test_bad_files_are_refused_in_a_sentence_and_leave_nothing(builder, data, name, says):
    answer = send(builder, data, name)

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_file_over_20_mb_is_stopped_on_its_way(builder):
    answer = send(builder, b"a" * (MOST_BYTES + 1))

    assert answer.status_code == 422
    assert "larger than 20 MB" in answer.content.decode()
    assert not Upload.objects.exists()


def test_gigabytes_are_not_even_read(builder):
    builder.handler.enforce_csrf_checks = True
    builder.get("/uploads/new/")
    answer = builder.generic(
        "POST", "/uploads/new/", b"--b\r\n", "multipart/form-data; boundary=b", CONTENT_LENGTH="2000000000"
    )

    assert answer.status_code == 413
    assert "This file is too large" in answer.content.decode()


def test_an_app_fed_integration_is_not_offered(builder):
    world.integration()

    page = builder.get("/uploads/new/").content.decode()
    assert "follow-up-after-demo" not in page
    assert send(builder, world.SHEET, integration="follow-up-after-demo").status_code == 422


def test_the_pages_lead_there(builder):
    assert (
        "/uploads/new/?integration=write-to-a-list"
        in builder.get("/integrations/write-to-a-list/").content.decode()
    )
    assert 'href="/uploads/"' in builder.get("/history/").content.decode()
    upload = begun(builder)
    engine.take_in(upload.pk)
    world.run(Integration.objects.get(), {"firstname": "Somebody", "lastname": "Else"})
    listed = builder.get(f"/history/?upload={upload.pk}").content.decode()
    assert "Only records of spreadsheet" in listed
    assert "Dana" in listed
    assert "Somebody" not in listed


def test_home_says_that_taking_in_stopped_on_our_side_and_not_that_a_person_stopped_it(builder):
    upload = begun(builder)
    engine.stop(upload)
    assert "Taking in leads.csv stopped" not in builder.get("/").content.decode()
    engine.go_on(upload)
    stop(upload.pk, engine.STOPPED_BY_US)

    assert "Taking in leads.csv stopped" in builder.get("/").content.decode()
    assert "Press Go on" in builder.get(f"/uploads/{upload.pk}/").content.decode()
    builder.post(f"/uploads/{upload.pk}/go-on/")
    upload.refresh_from_db()
    assert upload.state == "taking in"


@pytest.mark.parametrize("what", ["columns", "read", "throw-away", "stop", "go-on"])
def test_a_viewer_looks_and_changes_nothing(builder, as_role, what):
    send(builder, world.SHEET)
    upload = Upload.objects.get()
    viewer = as_role("viewer")

    assert viewer.get(f"/uploads/{upload.pk}/").status_code == 200
    assert viewer.post(f"/uploads/{upload.pk}/{what}/").status_code == 403
    assert viewer.get("/uploads/new/").status_code == 403
    assert as_role("reviewer").get(f"/uploads/{upload.pk}/results.csv").status_code == 403


def test_thrown_away_is_gone(builder):
    send(builder, world.SHEET)
    builder.post(f"/uploads/{Upload.objects.get().pk}/throw-away/")

    assert not Upload.objects.exists()


def test_results_hold_approved_answers_and_no_draft_that_nobody_signed(builder):
    upload = begun(builder)
    engine.take_in(upload.pk)
    first, second = Run.objects.order_by("pk")
    answers = {"subject": "=Hello", "body": "Hi", "next_step": "call"}
    Run.objects.update(state="waiting for review", answer=answers)
    for run in (first, second):
        world.open_review(run, answers)
    review = Review.objects.get(run=first)
    Review.objects.filter(pk=review.pk).update(
        state="decided", verdict="edited", decided_content=answers | {"body": "Hello Dana"},
        decided_by=world.person("reviewer", "Rui Costa"), decided_at=review.created_at,
    )  # fmt: skip
    Run.objects.filter(pk=first.pk).update(state="done")

    csv = b"".join(builder.get(f"/uploads/{upload.pk}/results.csv").streaming_content).decode("utf-8-sig")
    lines = csv.splitlines()
    assert lines[0].startswith(
        "E-Mail,First name,Company,Wishes,Number,Signoff state,Signoff note,subject,body"
    )
    assert lines[1].startswith(
        "dana@whitfield.example,Dana,Whitfield Dental,Reminders the day before,00042,Done,,'="
    )
    assert "Hello Dana" in lines[1]
    assert "Rui Costa" in lines[1]
    assert "Waiting for review" in lines[2]
    assert "Hi" not in lines[2].split(",")
    assert "Left out,“email” is empty." in lines[3]
    assert "The same as row 3." in lines[4]

    answer = builder.get(f"/uploads/{upload.pk}/results.xlsx")
    assert "leads results.xlsx" in answer["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][4] == "00042"
    assert (rows[1][7], rows[1][8]) == ("=Hello", "Hello Dana")
    assert sheet.cell(2, 8).data_type == "s"
