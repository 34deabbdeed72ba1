"""`signoff connect openapi`: an app’s document is read, operations are chosen, and it is connected like any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from signoff.cli.start import answer

APP = "openapi"


def show(spec: str, as_json: bool) -> None:
    """Print what a document offers to choose from; nothing is kept."""
    from signoff.connectors.openapi import choosing, document

    with _told():
        offered = choosing.offered(document.read(_bytes(spec)))
    told = {
        "title": offered.title,
        "reads": [vars(one) for one in offered.reads],
        "writes": [vars(one) for one in offered.writes],
        "sign_ins": [
            {"name": one.name, "label": one.label, "problem": one.why_not or None} for one in offered.sign_ins
        ],
    }
    lines = [offered.title, "", "New records can be read from (--read):"]
    lines += [f"  {one.operation}: {one.label} ({one.where})" for one in offered.reads] or ["  nothing"]
    lines += ["", "Answers can be written by (--write):"]
    lines += [f"  {one.operation}: {one.label} ({one.where})" for one in offered.writes] or ["  nothing"]
    lines += ["", "One signs in by (--sign-in):"]
    lines += [f"  {one.name}: {one.why_not or one.label}" for one in offered.sign_ins]
    answer(told, as_json, "\n".join(lines))


def describe(name: str, spec: str, reads: Sequence[str], writes: Sequence[str], sign_in: str) -> str:
    """
    Keep a document with what was chosen of it for the connection of this name, and return the app's key.

    Without a document it is the app of that connection, whose key is replaced. Django must be ready.
    """
    from signoff.connections import described
    from signoff.connections.models import Connection
    from signoff.connectors.registry import DESCRIBED

    existing = (
        Connection.objects.filter(name=name, app__startswith=DESCRIBED).values_list("app", flat=True).first()
    )
    if not spec:
        if existing and not (reads or writes or sign_in):
            return existing
        raise click.UsageError("Say where the app's OpenAPI document is: --spec FILE or --spec URL.")
    if not reads and not writes:
        raise click.UsageError(
            "Choose what is read and written: --read OPERATION, --write OPERATION. "
            f"`signoff connect openapi --spec {spec} --list` shows what there is."
        )
    raw = _bytes(spec)
    with _told():
        if existing:
            return described.replace(existing, raw, spec, reads, writes, sign_in)
        return described.choose(described.add(raw, _source(spec), name), reads, writes, sign_in).key


@contextmanager
def together() -> Iterator[None]:
    """Keep a document and its connection together or neither: a failed test of a key leaves all as it was."""
    from django.db import transaction

    from signoff.connections import described

    try:
        with transaction.atomic():
            yield
    finally:
        described.forget()


def _source(spec: str) -> str:
    return spec if "://" in spec[:10] else Path(spec).name


def _bytes(spec: str) -> bytes:
    if "://" in spec[:10]:
        from signoff.connections.fetching import fetch

        with _told():
            return fetch(spec)
    try:
        with Path(spec).open("rb") as file:
            from signoff.connectors.openapi.document import MOST_BYTES

            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"{spec} cannot be read: {error.strerror or error}.") from None


@contextmanager
def _told() -> Iterator[None]:
    """Say in words why a document cannot be used."""
    from signoff.core.errors import SignoffError

    try:
        yield
    except SignoffError as error:
        raise click.ClickException(f"{error.owner_message} {error.next_step}\n(Details: {error})") from error
