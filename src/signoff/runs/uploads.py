"""
Uploads: what a table would bring, its rows turned into runs, each once, and how far that has come.

Rows are taken in by batches. What a batch brings (runs, what became of each row, how far we are) is one commit, so
whoever goes on after a crash goes on behind the last row that is in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from typing import Any

from django.db.models import Count

from signoff.accounts.models import Person
from signoff.connectors.base import Event
from signoff.core import clock
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.runs.cost import cost_micros
from signoff.runs.fitting import Field, Fitted, Fitting, fields_of, takes_all
from signoff.runs.handing_in import UploadRefused, definition_for, layout_of
from signoff.runs.models import Run, Upload, UploadRow
from signoff.runs.prompting import prompt_for
from signoff.runs.receive import receive

BATCH = 200
SHOWN = 10  # first rows that a preview shows
NAMED = 20  # rows that a preview names by their numbers, for each reason
RECENT = 200


@dataclass
class Left:
    """Rows that are left out for one reason: how many, the first of them by number, and why each."""

    count: int = 0
    first: list[Fitted] = field(default_factory=list)

    def add(self, one: Fitted) -> None:
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append(one)


@dataclass(frozen=True)
class Estimate:
    """
    What taking in would cost and how long the owner's limits make it last.

    `each_micros` None: nobody knows the model's price. `is_measured`: from this integration's own latest drafts, else
    from the length of the first prompt. `days` None: no limit for a day stretches it.
    """

    each_micros: int | None
    total_micros: int
    is_measured: bool
    days: int | None


@dataclass
class Preview:
    """What would happen if an upload began now: nothing has happened by it. `problems` are what keeps it from that."""

    upload: Upload
    fields: list[Field]
    takes_all: bool
    first: list[tuple[int, list[str]]]
    doubled: list[str]
    fits: int = 0
    known: int = 0  # of those that fit, came in before
    left: dict[str, Left] = field(default_factory=dict)
    sample: Fitted | None = None
    before: Upload | None = None
    problems: list[str] = field(default_factory=list)
    estimate: Estimate | None = None

    @property
    def takes_in(self) -> int:
        """Return how many records would come in."""
        return self.fits if self.upload.repeat == Upload.Repeat.ALL else self.fits - self.known

    @property
    def only_asks(self) -> bool:
        """Say whether all that is in the way is what becomes of rows that came in before."""
        return self.known > 0 and len(self.problems) == 1 and self.upload.integration.is_on

    def as_document(self) -> dict[str, Any]:
        """Return what would happen as JSON data."""
        layout = layout_of(self.upload)
        known = self.estimate is not None and self.estimate.each_micros is not None
        return {
            "takes_in": self.takes_in,
            "fits": self.fits,
            "known": self.known,
            "count": self.upload.count,
            "columns": list(layout.names),
            "mapping": self.upload.mapping,
            "left_out": [
                {"why": kind, "count": left.count, "first_rows": [one.number for one in left.first]}
                for kind, left in self.left.items()
                if kind != "known" or self.upload.repeat != Upload.Repeat.ALL
            ],
            "empty_rows": self.upload.empty,
            "notes": [
                *layout.notes,
                *(f"Two columns have the same name: see {name}." for name in self.doubled),
            ],
            "problems": self.problems,
            "cost_micros": self.estimate.total_micros if self.estimate and known else None,
            "days": self.estimate.days if self.estimate else None,
        }

    @property
    def is_asked(self) -> bool:
        """Say whether a person must say what becomes of rows that came in before: the very file was here before."""
        return self.before is not None and self.known > 0


@dataclass(frozen=True)
class Progress:
    """How far an upload has come: its rows by what became of them, and its runs by state."""

    waiting: int
    taken: int
    known: int
    left_out: int
    runs: dict[str, int]

    @property
    def all(self) -> int:
        return self.waiting + self.taken + self.known + self.left_out

    @property
    def over(self) -> int:
        """Return how many of its runs are over."""
        return sum(self.runs.get(state, 0) for state in ("done", "rejected", "failed", "left"))


@dataclass(frozen=True)
class Batch:
    """What one batch brought: new runs, and the number of its last row; `is_last` when there are no more."""

    runs: list[Run]
    position: int
    is_last: bool


def preview(upload: Upload) -> Preview:
    """Return what an upload would bring. Raises `UploadRefused` where its integration takes no tables any more."""
    definition = definition_for(upload.integration)
    layout = layout_of(upload)
    found = Preview(
        upload,
        fields_of(definition),
        takes_all(definition),
        [(number, list(values)) for number, values in islice(_rows(upload), SHOWN)],
        [name for name in layout.names if _is_doubled(name, layout.names)],
        before=_before(upload),
    )
    for some in _some_at_a_time(Fitting(definition, layout.names, upload.mapping).fit(_rows(upload), {})):
        known = _ids(upload.integration, [one.key for one in some if one.kind == "fits"])
        for one in some:
            if one.kind != "fits":
                found.left.setdefault(one.kind, Left()).add(one)
                continue
            found.fits += 1
            found.sample = found.sample or one
            if one.key in known:
                found.known += 1
                found.left.setdefault("known", Left()).add(one)
    found.problems = list(_problems(found))
    if found.sample:
        found.estimate = _estimate(upload.integration, definition, found)
    return found


def begin(upload: Upload, person: Person | None = None) -> Preview:
    """
    Let an upload begin, in the caller's transaction; the engine adds the job. Returns what it will bring.

    Raises `UploadRefused`, with the first thing that is in the way.
    """
    found = preview(upload)
    if found.problems:
        raise UploadRefused(found.problems[0])
    begun = Upload.objects.filter(pk=upload.pk, state=Upload.State.PREVIEW).update(
        state=Upload.State.TAKING, begun_at=clock.now(), data=None, made_by=person or upload.made_by
    )
    if not begun:
        raise UploadRefused("It has begun already.")
    upload.refresh_from_db()
    return found


def take(upload_id: int) -> Batch | None:
    """
    Take in the next rows of an upload, in the caller's transaction; None when there is nothing (more) to do.

    Of two that do it at once, the second finds another position and brings nothing; what is next is asked anew.
    """
    upload = Upload.objects.select_related("integration__current", "made_by").get(pk=upload_id)
    if upload.state != Upload.State.TAKING:
        return None
    found = list(upload.rows.filter(number__gt=upload.position).order_by("number")[: BATCH + 1])
    some, is_last = found[:BATCH], len(found) <= BATCH
    position = some[-1].number if some else upload.position
    ended = {"state": Upload.State.DONE, "finished_at": clock.now()} if is_last else {}
    here = Upload.objects.filter(pk=upload_id, state=Upload.State.TAKING, position=upload.position)
    if not here.update(position=position, **ended):
        return Batch([], upload.position, False)
    return Batch(_take_in(upload, some), position, is_last)


def stop(upload_id: int, problem: str = "") -> bool:
    """Take in no more rows of an upload; what is in stays in. False when it was over."""
    return bool(
        Upload.objects.filter(pk=upload_id, state=Upload.State.TAKING).update(
            state=Upload.State.STOPPED, finished_at=clock.now(), problem=problem
        )
    )


def go_on(upload_id: int) -> bool:
    """Let a stopped upload go on behind the last row that is in; False when it was not stopped, or is erased."""
    return bool(
        Upload.objects.filter(pk=upload_id, state=Upload.State.STOPPED, erased_at=None).update(
            state=Upload.State.TAKING, finished_at=None, problem=""
        )
    )


def progress(upload: Upload) -> Progress:
    """Return how far an upload has come."""
    return _progress_of([upload])[upload.pk]


def document(upload: Upload) -> dict[str, Any]:
    """Return how far an upload has come as JSON data."""
    return documents([upload])[0]


def documents(uploads: Sequence[Upload]) -> list[dict[str, Any]]:
    """Return how far several uploads have come as JSON data, counted at once."""
    how_far = _progress_of(uploads)
    return [_document(upload, how_far[upload.pk]) for upload in uploads]


def _progress_of(uploads: Sequence[Upload]) -> dict[int, Progress]:
    rows = {upload.pk: Counter[str]() for upload in uploads}
    runs = {upload.pk: Counter[str]() for upload in uploads}
    counted = (
        UploadRow.objects.filter(upload__in=rows).order_by().values_list("upload", "state", "run__state")
    )
    for upload, state, of_run, count in counted.annotate(Count("pk")):
        rows[upload][state] += count
        if state == UploadRow.State.TAKEN and of_run:
            runs[upload][of_run] += count
    return {
        pk: Progress(of["waiting"], of["taken"], of["known"], of["left out"], dict(runs[pk]))
        for pk, of in rows.items()
    }


def _document(upload: Upload, how_far: Progress) -> dict[str, Any]:
    return {
        "id": upload.pk,
        "integration": upload.integration.name,
        "name": upload.name,
        "state": upload.state,
        "count": upload.count,
        "mapping": upload.mapping,
        "made_by": str(upload.made_by) if upload.made_by else None,
        "made_at": upload.made_at.isoformat(),
        "finished_at": upload.finished_at.isoformat() if upload.finished_at else None,
        "problem": upload.problem or None,
        "rows": {
            "waiting": how_far.waiting,
            "taken": how_far.taken,
            "known": how_far.known,
            "left out": how_far.left_out,
        },
        "runs": how_far.runs,
    }


def _take_in(upload: Upload, rows: Sequence[UploadRow]) -> list[Run]:
    """Store rows as runs, and what became of each of them."""
    again = f":{upload.pk}" if upload.repeat == Upload.Repeat.ALL else ""
    fitting = Fitting(_definition(upload.integration), layout_of(upload).names, upload.mapping, again)
    fitted = list(fitting.fit(((row.number, row.values) for row in rows), {}))
    events = [_event(upload, one) for one in fitted if one.kind == "fits"]
    words = f"{upload.made_by or 'Somebody'} uploaded it, with {upload.name or 'a spreadsheet'}"
    fresh = receive(upload.integration, events, words)
    new = {run.dedupe_key: run.pk for run in fresh}
    ids = new | _ids(upload.integration, [event.key for event in events if event.key not in new])
    here = UploadRow.objects.filter(upload=upload, run_id__in=ids.values(), state=UploadRow.State.TAKEN)
    earlier = dict(here.values_list("run_id", "number"))
    for row, one in zip(rows, fitted, strict=True):
        row.run_id = ids.get(one.key)
        if one.kind == "fits" and one.key in new:
            row.state = UploadRow.State.TAKEN
        elif one.kind in ("fits", "twice"):
            same = one.same_as or earlier.get(row.run_id or 0)
            row.state = UploadRow.State.KNOWN
            row.why = f"The same as row {same}." if same else "It came in before."
        else:
            row.state, row.why = UploadRow.State.LEFT_OUT, one.why
    UploadRow.objects.bulk_update(rows, ["state", "why", "run"])
    return fresh


def _event(upload: Upload, one: Fitted) -> Event:
    record = one.record or {}
    return Event(one.key, str(record.get("id", "")), record, one.label)


def _rows(upload: Upload) -> Iterator[tuple[int, list[str]]]:
    found: Iterator[tuple[int, list[str]]] = (
        upload.rows.order_by("number").values_list("number", "values").iterator(2000)
    )
    return found


def _some_at_a_time(fitted: Iterable[Fitted], most: int = 1000) -> Iterator[list[Fitted]]:
    left = iter(fitted)
    while some := list(islice(left, most)):
        yield some


def _ids(integration: Integration, keys: Sequence[str]) -> dict[str, int]:
    """Return the runs that these keys came to, by key."""
    found = Run.objects.filter(integration=integration, dedupe_key__in=keys) if keys else Run.objects.none()
    return dict(found.values_list("dedupe_key", "pk"))


def _before(upload: Upload) -> Upload | None:
    """Return the upload with which the very same file was taken in before, the last one."""
    same = Upload.objects.filter(integration=upload.integration, sha256=upload.sha256)
    return same.exclude(state=Upload.State.PREVIEW).exclude(pk=upload.pk).order_by("-pk").first()


def _is_doubled(name: str, names: Sequence[str]) -> bool:
    """Say whether a column's name was given a number because another one has the same."""
    bare, bracket, number = name.rpartition(" (")
    return bool(bracket) and bare in names and number.rstrip(")").isdigit()


def _problems(found: Preview) -> Iterator[str]:
    """Return what keeps an upload from beginning, in the order in which a person would mend it."""
    integration = found.upload.integration
    lacking = [one.name for one in found.fields if one.is_needed and one.name not in found.upload.mapping]
    for name in lacking:
        yield f"Choose the column that holds “{name}”. Without it a record cannot go where it is meant to."
    if not integration.is_on:
        yield f"{integration.name} is paused. Turn it on first."
    if lacking:
        return
    if not found.fits:
        yield "No row fits. Look at the columns that are chosen, and at the rows that are left out."
    elif found.is_asked and not found.upload.repeat:
        yield (
            "This very file was uploaded before. Say whether only rows that are new are taken in, or all of them "
            "once more."
        )
    elif not found.takes_in:
        yield "Every row of this table came in before. Nothing is left to take in."


def _estimate(integration: Integration, definition: Definition, found: Preview) -> Estimate:
    each, is_measured = _measured(integration, definition), True
    if each is None:
        each, is_measured = _guessed(definition, found), False
    count, limits = found.takes_in, definition.limits
    days = [ceil(count / limits.per_day)] if limits.per_day else []
    if limits.spend_per_day_micros and each:
        days.append(ceil(count * each / limits.spend_per_day_micros))
    longest = max(days, default=0)
    return Estimate(each, count * (each or 0), is_measured, longest if longest > 1 else None)


def _measured(integration: Integration, definition: Definition) -> int | None:
    """Return what a draft of this integration has cost lately with the model it asks now; None: nothing is known."""
    lately = (
        integration.runs.filter(cost_micros__gt=0).order_by("-pk").values("cost_micros", "model")[:RECENT]
    )
    costs = [row["cost_micros"] for row in lately if row["model"].startswith(definition.prompt.model or "")]
    return round(sum(costs) / len(costs)) if costs else None


def _guessed(definition: Definition, found: Preview) -> int | None:
    """Return what the first record's prompt would cost, with an answer half as long as it may be."""
    record = found.sample.record if found.sample else None
    prompt, _facts = prompt_for(definition, definition.contract(), record or {})
    tokens = prompt.estimated_tokens()
    return cost_micros(definition.prompt.model or "", tokens, prompt.max_output_tokens // 2) or None


def _definition(integration: Integration) -> Definition:
    if integration.current is None:
        raise LookupError(f"integration {integration.name} has no version")
    return read_definition(integration.current)[0]
