"""`signoff upload`, `uploads`, `results`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from signoff.cli.integrations import no_integration
from signoff.cli.start import answer, django, say
from signoff.core.counting import counted

KINDS = (".csv", ".xlsx")


@click.command("upload")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "columns", multiple=True, help="column=field, where the column's name does not say it."
)
@click.option("--sheet", default="", help="Which sheet of a workbook; the first one unless you say.")
@click.option(
    "--header-row", type=click.IntRange(0, 99_999), help="In which row the names stand; 0 for none."
)
@click.option("--encoding", default="", help="How a CSV's letters are written, e.g. windows-1252.")
@click.option("--delimiter", default="", help="What stands between a CSV's values.")
@click.option(
    "--only-new", is_flag=True, help="The file was uploaded before: take in only rows that are new."
)
@click.option("--again", is_flag=True, help="Take in all rows, also those that came in before.")
@click.option("--dry-run", is_flag=True, help="Only say what would come in. Nothing is kept.")
@click.option("--json", "as_json", is_flag=True)
def upload_command(
    name: str,
    file: Path,
    columns: tuple[str, ...],
    sheet: str,
    header_row: int | None,
    encoding: str,
    delimiter: str,
    only_new: bool,
    again: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take in a table (.xlsx, .csv): each row becomes a record of an integration, once."""
    if only_new and again:
        raise click.UsageError("--only-new and --again say opposite things.")
    django()
    from signoff.engine import uploads as engine
    from signoff.integrations.models import Integration
    from signoff.runs import uploads
    from signoff.runs.handing_in import UploadRefused
    from signoff.sheets.tables import MOST_BYTES, Choices, TableRefused, too_large

    integration = Integration.objects.select_related("current").filter(name=name).first()
    if integration is None:
        raise no_integration(name)
    repeat = "new" if only_new else "all" if again else ""
    choices = Choices(encoding, "\t" if delimiter in ("tab", "\\t") else delimiter, sheet, header_row)
    try:
        if file.stat().st_size > MOST_BYTES:
            raise too_large()
        found = engine.take_table(
            integration,
            file.name,
            file.read_bytes(),
            choices=choices,
            columns=columns,
            repeat=repeat,
            dry_run=dry_run,
        )
    except TableRefused as refused:
        raise click.ClickException(f"{refused.owner_message} {refused.next_step}") from None
    except UploadRefused as refused:
        raise click.ClickException(f"{refused}{_how(str(refused))} Nothing was taken in.") from None
    if dry_run:
        answer(found.as_document(), as_json, _said_of(found))
        if found.problems:
            raise click.exceptions.Exit(1)
        return
    engine.drive(found.upload, lambda done, everything: say(f"{done} of {counted(everything, 'row')}"))
    document = uploads.document(found.upload)
    text = f"Upload {found.upload.pk}: {counted(document['rows']['taken'], 'record is', 'records are')} in."
    answer(document, as_json, f"{text} Later: signoff results {found.upload.pk} --to results.xlsx")


@click.command("uploads")
@click.option("--stop", type=int, help="Take in no more rows of this upload.")
@click.option("--go-on", type=int, help="Let a stopped upload go on behind the last row.")
@click.option("--json", "as_json", is_flag=True)
def uploads_command(stop: int | None, go_on: int | None, as_json: bool) -> None:
    """List the tables that were taken in, the newest first."""
    django()
    from signoff.engine import uploads as engine
    from signoff.runs import uploads
    from signoff.runs.models import Upload

    if stop is not None and not engine.stop(_upload(stop)):
        raise click.ClickException(f"Upload {stop} is not being taken in.")
    if go_on is not None and not engine.go_on(_upload(go_on)):
        raise click.ClickException(f"Upload {go_on} is not stopped, or it was erased.")
    rows = Upload.objects.select_related("integration", "made_by").defer("data")[:100]
    found = uploads.documents(list(rows))
    text = "\n".join(
        f"{one['id']:>5}  {one['state']:<10} {counted(one['rows']['taken'], 'record'):>14}  "
        f"{one['integration']:<28} {one['name']}"
        for one in found
    )
    answer(found, as_json, text or "No table was uploaded yet.")


@click.command("results")
@click.argument("upload_id", metavar="UPLOAD", type=int)
@click.option(
    "--to", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A .csv or .xlsx."
)
@click.option("--json", "as_json", is_flag=True)
def results_command(upload_id: int, file: Path, as_json: bool) -> None:
    """Write the results of an upload: its own columns, what became of each row, and the approved answers."""
    if file.suffix.lower() not in KINDS:
        raise click.UsageError("Write the results to a file that ends in .csv or .xlsx.")
    django()
    from signoff.review.results import results
    from signoff.sheets.writing import as_csv, as_workbook

    upload = _upload(upload_id)
    if upload.erased_at or upload.state == "preview":
        raise click.ClickException(f"Upload {upload_id} was erased, or has not begun. There are no results.")
    names, rows = results(upload)
    if file.suffix.lower() == ".csv":
        with file.open("wb") as out:
            out.writelines(as_csv(names, rows))
    else:
        with as_workbook(names, rows) as made, file.open("wb") as out:
            while piece := made.read(1_000_000):
                out.write(piece)
    answer({"upload": upload_id, "file": str(file)}, as_json, f"Written to {file}.")


def _said_of(found: Any) -> str:
    document = found.as_document()
    lines = [
        f"{document['takes_in']} of {counted(document['count'], 'row')} would come in. Nothing was kept."
    ]
    lines += [
        f"  {field} is read from the column “{column}”." for field, column in document["mapping"].items()
    ]
    for left in document["left_out"]:
        rows = ", ".join(str(number) for number in left["first_rows"])
        lines.append(f"  {left['count']} left out ({left['why']}): row {rows}")
    if document["empty_rows"]:
        lines.append(f"  Empty rows: {', '.join(str(number) for number in document['empty_rows'])}")
    lines += document["notes"]
    if document["cost_micros"] is not None:
        from signoff.core.money import dollars

        lines.append(f"It would cost about {dollars(document['cost_micros'])}.")
    if document["days"]:
        lines.append(f"The limits for a day stretch it over about {counted(document['days'], 'day')}.")
    return "\n".join([*lines, *document["problems"]])


def _how(why: str) -> str:
    return " Add --only-new or --again." if "very file" in why else ""


def _upload(upload_id: int) -> Any:
    from signoff.runs.models import Upload

    upload = Upload.objects.select_related("integration__current", "made_by").filter(pk=upload_id).first()
    if upload is None:
        raise click.ClickException(f"There is no upload {upload_id}. See: signoff uploads")
    return upload
