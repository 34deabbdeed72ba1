"""A table that is handed in: what it would bring, and each row once, whatever crashes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.core import clock
from signoff.engine import uploads as engine
from signoff.runs import retention, uploads
from signoff.runs.fitting import Fitting, fields_of
from signoff.runs.handing_in import UploadRefused, choose, hand_in, read_again, throw_away
from signoff.runs.models import Run, Upload, UploadRow
from signoff.runs.tests import tables
from signoff.sheets.tables import Choices, TableRefused
from signoff.sheets.tests.books import book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_jobs_of_other_tests(db):
    tables.delete_jobs()


def jobs(name="advance"):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [name])
        return cursor.fetchone()[0]


def rows_of(upload):
    return [(row.number, row.state, row.why) for row in upload.rows.order_by("number")]


def test_columns_are_matched_to_fields_by_their_names_and_nothing_begins(house):
    upload = tables.handed_in()

    assert upload.mapping == {
        "firstname": "Vorname", "company": "Firma", "message": "Nachricht", "email": "E-Mail",
    }  # fmt: skip
    assert (upload.state, upload.count) == ("preview", 3)
    assert (Run.objects.filter(integration=upload.integration).count(), jobs("take_in")) == (0, 0)


def test_each_row_becomes_one_run_with_the_fields_that_were_chosen(house):
    upload = tables.taken_in()

    runs = list(Run.objects.filter(integration=upload.integration).order_by("pk"))
    assert runs[0].record == {
        "firstname": "Dana", "company": "Whitfield Dental", "message": "Do you open on Saturdays?",
        "email": "dana@example.com",
    }  # fmt: skip
    assert (upload.state, jobs()) == ("done", 3)
    assert uploads.progress(upload).taken == 3
    assert "leads.csv" in runs[0].timeline[0]["what"]
    assert upload.data is None


def test_a_file_that_names_no_fields_takes_every_column(house):
    into = tables.integration(tables.FILE.replace("  fields: [firstname, company, message, email]\n", ""))
    upload = tables.taken_in(into)

    record = Run.objects.filter(integration=into).earliest("pk").record
    assert record["email"] == "dana@example.com"
    assert record["kundennummer"] == "00042"
    assert uploads.progress(upload).taken == 3


def test_the_preview_names_what_does_not_fit_by_row_and_reason(house):
    data = tables.table(tables.LINES[0], ";;;;", tables.LINES[0], ";Tom;Okafor;Hello;7", tables.LINES[1])
    found = uploads.preview(tables.handed_in(data=data))

    assert (found.fits, found.takes_in, found.upload.empty) == (2, 2, [3])
    assert [(one.number, one.why) for one in found.left["twice"].first] == [(4, "The same as row 2.")]
    assert [(one.number, one.why) for one in found.left["lacks"].first] == [(5, "“email” is empty.")]
    assert found.problems == []


def test_what_the_preview_counts_is_what_comes_in(house):
    data = tables.table(tables.LINES[0], tables.LINES[0], ";Tom;Okafor;Hello;7", tables.LINES[1])
    upload = tables.handed_in(data=data)
    promised = uploads.preview(upload).takes_in
    engine.start(upload)
    engine.drive(upload, lambda done, every: None)

    assert Run.objects.filter(integration=upload.integration).count() == promised == 2
    assert rows_of(upload) == [
        (2, "taken", ""),
        (3, "known", "The same as row 2."),
        (4, "left out", "“email” is empty."),
        (5, "taken", ""),
    ]


def test_a_needed_field_without_a_column_is_told_in_words(house):
    upload = tables.handed_in(data=tables.table(names="A;Vorname;Firma;Nachricht;Nr"))

    assert uploads.preview(upload).problems == [
        "Choose the column that holds “email”. Without it a record cannot go where it is meant to."
    ]
    with pytest.raises(UploadRefused, match="Choose the column"):
        engine.start(upload)
    assert jobs("take_in") == 0
    assert choose(upload, {"email": "A", "firstname": "Vorname", "nonsense": "A", "company": "Z"}, "")
    assert upload.mapping == {"email": "A", "firstname": "Vorname"}
    assert uploads.preview(upload).problems == []


def test_the_filter_of_the_integration_leaves_rows_out(house):
    into = tables.integration(
        tables.FILE.replace("when: upload", "when: upload\n  only_if: {kind: [lead, new]}")
    )
    data = tables.table("a@example.com;A;lead", "b@example.com;B;old", names="email;firstname;kind")
    upload = tables.taken_in(into, data)

    assert [row[1] for row in rows_of(upload)] == ["taken", "left out"]
    assert "filter" in rows_of(upload)[1][2]


def test_the_very_same_file_is_told_and_asked(house):
    first = tables.taken_in()
    second = tables.handed_in(first.integration)
    found = uploads.preview(second)

    assert found.before == first
    assert (found.fits, found.known, found.takes_in) == (3, 3, 0)
    assert "This very file was uploaded before" in found.problems[0]
    assert found.only_asks
    choose(second, second.mapping, "new")
    assert "came in before" in uploads.preview(second).problems[0]
    choose(second, second.mapping, "all")
    assert uploads.preview(second).problems == []
    engine.start(second)
    engine.drive(second, lambda done, every: None)
    assert Run.objects.filter(integration=first.integration).count() == 6


def test_a_longer_copy_of_a_file_brings_only_its_new_rows(house):
    first = tables.taken_in(data=tables.many(3))
    second = tables.taken_in(first.integration, tables.many(5))

    assert Run.objects.filter(integration=first.integration).count() == 5
    assert rows_of(second)[0][1:] == ("known", "It came in before.")
    assert second.rows.first().run_id == first.rows.first().run_id


def test_once_more_means_once_for_each_row(house):
    first = tables.taken_in(data=tables.many(2))
    again = tables.taken_in(
        first.integration, tables.many(2) + b"\n" + tables.many(2).split(b"\n", 1)[1], "all"
    )

    assert [row[1] for row in rows_of(again)] == ["taken", "taken", "known", "known"]
    assert Run.objects.filter(integration=first.integration).count() == 4


def test_the_same_row_in_two_batches_is_one_run(house, monkeypatch):
    monkeypatch.setattr(uploads, "BATCH", 2)
    upload = tables.taken_in(data=tables.table(*tables.LINES, tables.LINES[0]))

    assert rows_of(upload)[3][1:] == ("known", "The same as row 2.")


def test_a_batch_that_fails_leaves_nothing_of_itself_and_the_next_try_goes_on_behind_the_last(
    house, monkeypatch
):
    monkeypatch.setattr(uploads, "BATCH", 2)
    upload = tables.handed_in(data=tables.many(7))
    engine.start(upload)
    whole, count = uploads.receive, []

    def fails_in_the_third(*given):
        runs = whole(*given)
        count.append(1)
        if len(count) == 3:
            raise RuntimeError("the light went out")
        return runs

    monkeypatch.setattr(uploads, "receive", fails_in_the_third)
    engine.take_in(upload.pk)
    upload.refresh_from_db()

    assert (upload.state, upload.position) == ("stopped", 5)
    assert "Press Go on" in upload.problem
    assert Run.objects.filter(integration=upload.integration).count() == jobs() == 4
    assert engine.go_on(upload)
    engine.take_in(upload.pk)
    engine.take_in(upload.pk)  # a second copy of the job
    upload.refresh_from_db()
    assert (upload.state, upload.problem) == ("done", "")
    assert Run.objects.filter(integration=upload.integration).count() == jobs() == 7
    assert uploads.progress(upload).taken == 7


def test_a_stopped_upload_keeps_what_is_in_and_can_go_on(house, monkeypatch):
    monkeypatch.setattr(uploads, "BATCH", 2)
    upload = tables.handed_in(data=tables.many(5))
    engine.start(upload)
    uploads.take(upload.pk)

    assert engine.stop(upload)
    assert not engine.stop(upload)
    engine.take_in(upload.pk)
    assert Run.objects.filter(integration=upload.integration).count() == 2
    assert engine.go_on(upload)
    engine.take_in(upload.pk)
    assert Run.objects.filter(integration=upload.integration).count() == 5


def test_a_paused_integration_takes_nothing_in(house):
    upload = tables.handed_in(tables.integration(on=False))

    with pytest.raises(UploadRefused, match="is paused"):
        engine.start(upload)


def test_an_upload_begins_once(house):
    upload = tables.handed_in()
    engine.start(upload)

    with pytest.raises(UploadRefused, match="begun already"):
        uploads.begin(upload)
    assert jobs("take_in") == 1
    assert not throw_away(upload)
    with pytest.raises(UploadRefused):
        read_again(upload, Choices())
    stale = Upload.objects.get(pk=upload.pk)
    stale.state, stale.data = "preview", tables.many(1)  # as another window still has it
    with pytest.raises(UploadRefused):
        read_again(stale, Choices())
    assert Upload.objects.get(pk=upload.pk).state == "taking in"
    assert upload.rows.count() == 3


def test_a_table_does_not_go_into_an_integration_that_an_app_feeds(house):
    with pytest.raises(UploadRefused, match="gets its records from hubspot-main"):
        hand_in(house.integration, "leads.csv", tables.table())
    assert not Upload.objects.exists()


def test_a_table_goes_into_an_integration_with_a_webhook_too(house):
    assert (
        tables.taken_in(tables.integration(tables.FILE.replace("when: upload", "when: webhook"))).state
        == "done"
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n", "no table"),
        (b"a,b\n", "no row below"),
        (b"\xd0\xcf\x11\xe0 locked", "password"),
        (b"a,b\n1,2,3\n", "Row 2 has more values"),
        (b"PK\x03\x04 nonsense", "damaged"),
    ],
)
def test_what_is_no_table_leaves_nothing_behind(house, data, says):
    with pytest.raises(TableRefused) as refused:
        hand_in(tables.integration(), "x.csv", data)

    assert says in refused.value.owner_message
    assert refused.value.next_step
    assert not Upload.objects.exists()
    assert not UploadRow.objects.exists()


def test_a_file_is_read_another_way_on_request_and_stays_as_it_was_when_that_fails(house):
    data = "Leads of May;;\nE-Mail;Vorname;x\na@example.com;Ä;1\n".encode("windows-1250")
    upload = tables.handed_in(data=data)
    read_again(upload, Choices(header_row=2, encoding="windows-1250"))

    assert upload.layout["names"] == ["E-Mail", "Vorname", "x"]
    assert upload.rows.get().values == ["a@example.com", "Ä", "1"]
    with pytest.raises(TableRefused):
        read_again(upload, Choices(header_row=99))
    assert Upload.objects.get(pk=upload.pk).layout["header_row"] == 2
    assert upload.rows.get().values == ["a@example.com", "Ä", "1"]


def test_a_workbook_keeps_its_zeros_dates_and_results(house):
    data = book(
        [
            ["E-Mail", "Vorname", "Nr", "Name"],
            ["a@example.com", "A", "007", "=1+1"],
            ["b@example.com", "B", 42, "x"],
        ],
        formats={(3, 3): "00000"},
        sheets=[("More", "visible", [["E-Mail"], ["c@example.com"]])],
    )
    upload = tables.handed_in(data=data, name="leads.xlsx")

    assert [row.values for row in upload.rows.all()] == [
        ["a@example.com", "A", "007", ""],
        ["b@example.com", "B", "00042", "x"],
    ]
    assert upload.layout["sheets"] == ["Leads", "More"]
    read_again(upload, Choices(sheet="More"))
    assert upload.rows.get().values == ["c@example.com"]


def test_two_columns_with_the_same_name_are_told(house):
    upload = tables.handed_in(data=b"email,name,email\na@example.com,A,b@example.com\n")

    assert uploads.preview(upload).doubled == ["email (2)"]


def test_the_estimate_says_what_it_costs_and_how_many_days_the_limits_make_of_it(house):
    into = tables.integration(tables.FILE + "limits: {per_day: 2}\n")
    guessed = uploads.preview(tables.handed_in(into, tables.many(5))).estimate
    Run.objects.filter(integration=house.integration).delete()
    upload = tables.taken_in(into, tables.many(1, first=900))
    Run.objects.filter(upload_rows__upload=upload).update(cost_micros=2000, model="gpt-4o-2024-08-06")
    measured = uploads.preview(tables.handed_in(into, tables.many(5))).estimate

    assert not guessed.is_measured
    assert 500 < guessed.each_micros < 50_000
    assert (guessed.days, guessed.total_micros) == (3, guessed.each_micros * 5)
    assert (measured.is_measured, measured.each_micros, measured.total_micros) == (True, 2000, 10_000)


def test_what_goes_over_the_days_limit_is_parked(house, work_off):
    into = tables.integration(tables.FILE + "limits: {per_day: 2}\n")
    upload = tables.taken_in(into)
    work_off()

    assert uploads.progress(upload).runs == {"waiting for review": 2, "parked": 1}


def test_forgetting_a_run_erases_its_row(house, work_off):
    upload = tables.taken_in()
    run = upload.rows.first().run
    Run.objects.filter(pk=run.pk).update(state="done", finished_at=clock.now())

    assert retention.forget([run.pk]) == 1
    first, second, _third = upload.rows.all()
    assert (first.values, second.values[0]) == ([], "marco@example.com")


def test_an_old_upload_holds_nothing_of_anybody(house):
    upload = tables.taken_in(data=tables.table(*tables.LINES, ";Nobody;;;"))
    long_ago = clock.now() - retention.KEEP - timedelta(days=1)
    Upload.objects.filter(pk=upload.pk).update(finished_at=long_ago)
    runs = Run.objects.filter(integration=upload.integration)
    runs.update(state="done", finished_at=long_ago)

    retention.forget_old()
    retention.forget_old_uploads()
    upload.refresh_from_db()

    assert upload.erased_at
    assert {str(row.values) + row.why for row in upload.rows.all()} == {"[]"}
    assert (upload.name, upload.layout, upload.mapping, upload.data) == ("", {}, {}, None)


def test_rows_whose_runs_are_under_way_are_kept(house):
    upload = tables.taken_in()
    Upload.objects.filter(pk=upload.pk).update(finished_at=clock.now() - retention.KEEP - timedelta(days=1))

    retention.forget_old_uploads()
    upload.refresh_from_db()

    assert upload.erased_at is None
    assert upload.rows.first().values[0] == "dana@example.com"
    assert retention.forget_upload(upload) == 3


def test_an_upload_that_nobody_went_on_with_is_gone_after_a_week(house):
    upload = tables.handed_in()
    Upload.objects.filter(pk=upload.pk).update(made_at=clock.now() - timedelta(days=8))

    assert retention.forget_old_uploads() == 1
    assert not Upload.objects.exists()
    assert not UploadRow.objects.exists()


@pytest.mark.parametrize("rows", [5 * uploads.BATCH + 1, pytest.param(10_000, marks=pytest.mark.long)])
def test_as_many_rows_as_there_are_come_in_batch_by_batch(house, rows):
    upload = tables.handed_in(data=tables.many(rows))

    assert uploads.preview(upload).fits == rows
    engine.start(upload)
    engine.drive(upload, lambda done, every: None)
    assert Run.objects.filter(integration=upload.integration).count() == jobs() == rows


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(
        st.lists(st.sampled_from(["", "a", "b@example.com"]), min_size=2, max_size=2), max_size=12
    ),
    cut=st.integers(0, 12),
)
def test_fitting_in_two_parts_says_the_same_as_in_one(lines, cut):
    from signoff.integrations.definition import Definition

    definition = Definition.model_validate(
        {
            "name": "x", "record": {"when": "upload", "fields": ["email", "name"]},
            "prompt": {"ai": "a", "model": "m", "task": "t"}, "answer": {"x": "text"},
            "then": [{"a.b": {"to": "record.email"}}],
        }
    )  # fmt: skip
    fitting = Fitting(definition, ["email", "name"], {"email": "email", "name": "name"})
    numbered = list(enumerate(lines, 2))
    seen: dict[str, int] = {}
    parts = [*fitting.fit(numbered[:cut], seen), *fitting.fit(numbered[cut:], seen)]

    whole = list(fitting.fit(numbered, {}))
    assert parts == whole
    fits = [tuple(line) for (_n, line), one in zip(numbered, whole, strict=True) if one.kind == "fits"]
    assert len(fits) == len(set(fits)) == len({tuple(line) for line in lines if line[0]})
    assert [field.name for field in fields_of(definition) if field.is_needed] == ["email"]
