"""Getting ready: the database and Django for the commands that need them, and how commands talk."""

from __future__ import annotations

import importlib
import json
import logging
import os
import re
import sys
from typing import Any

import click

# What the pages and the workers load later by themselves, at the first record at the latest. Loaded after the fork it
# would be in the memory of each; so are the apps that most have, whose connectors are small.
LOADED_BEFOREHAND = (
    "django.conf.locale.en.formats",
    "encodings.idna",
    "granian.server",
    "httpx2",
    "signoff.checks.alarms",
    "signoff.connectors.gmail.connector",
    "signoff.connectors.hubspot.connector",
    "signoff.connectors.openai.connector",
    "signoff.engine.batches",
    "signoff.engine.noticing",
    "signoff.engine.schedules",
    "signoff.engine.worker",
)
application: Any = None  # made by `load`: what a process of the pages need not make again
tables_are_ready = False  # said by `signoff up` before it forks: whoever comes after it need not look
SECRET_PATH = re.compile(r"(/(?:in|link|invitation)/|versions\.ics\?key=)[^\s/?&\"']+")


def slim() -> None:
    """
    Keep a process that stays small; call it first.

    structlog draws in `rich` for colours on a terminal, 7 MB in each process, and `greenlet`, 1 MB, for threads that we
    do not have; and glibc keeps up to eight heaps per core for threads that mostly wait, of which two are enough.
    """
    import ctypes

    for unwanted in ("rich", "greenlet"):
        sys.modules.setdefault(unwanted, None)  # type: ignore[arg-type]  # the documented way to say "not installed"
    if sys.platform == "linux":
        m_arena_max = -8
        ctypes.CDLL(None).mallopt(m_arena_max, 2)


def settle() -> None:
    """Give back what starting up needed and running does not; call it when a process is ready to work."""
    import ctypes
    import gc

    if "django" in sys.modules:
        from django.db import connections

        connections.close_all()  # the main thread asked for the tables, and works no more
    gc.collect()
    gc.freeze()  # what is here now stays; later collections need not look at it
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def django(*, migrated: bool = True, stays: bool = False) -> None:
    """
    Start the embedded database if needed, and Django; with `migrated`, bring the tables up to date first.

    `stays`: this process goes on working, and others may have to wait for it.
    """
    from signoff.engine.database import database_url, end_what_is_left_open, wait_until_ready

    given = "DATABASE_URL" in os.environ
    url = database_url()
    if given:
        wait_until_ready(url)
    if stays:
        end_what_is_left_open(url)  # before anything is connected that stays
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signoff.site.settings")
    logs()
    import django as django_package

    django_package.setup()
    if migrated and not tables_are_ready:
        migrate()


def load() -> None:
    """
    Load what the pages and the workers have in common, without asking the database and without a second thread.

    For `signoff up`, which forks them: what is loaded here is in memory once, whoever uses it. The address of the
    database must stand in `DATABASE_URL`.
    """
    slim()
    from signoff.checks.weighing import own_weights

    own_weights().compile()  # first, so that the rest is loaded into the 8 MB that compiling needs for a moment
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signoff.site.settings")
    logs()
    import django as django_package

    django_package.setup()
    from django.core.wsgi import get_wsgi_application
    from django.urls import get_resolver

    from signoff.connectors import registry

    for name in LOADED_BEFOREHAND:
        importlib.import_module(name)
    registry.manifests()  # read from a file for each app, and kept
    global application
    application = get_wsgi_application()
    get_resolver().url_patterns  # noqa: B018  # loads every page and call


def migrate() -> None:
    """Bring the tables up to date; quick when they are or when there are none, and safe when two begin at once."""
    from django.db import connection

    from signoff.engine import first_tables

    if not is_behind():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7746002)")
        try:
            # Of several that start at once, one does it, and the others find it done.
            if is_behind() and not (first_tables.lay() and not is_behind()):
                from django.core.management import call_command

                call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(7746002)")


def is_behind() -> bool:
    """Say whether a migration is still to be applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def logs(level: int = logging.INFO) -> None:
    """Send structured logs to standard error, one line each; libraries speak only when something is wrong."""
    import structlog

    structlog.configure(
        processors=processors(pretty=sys.stderr.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(_without_secret_paths)


def processors(*, pretty: bool) -> list[Any]:
    """Return what makes a line of the log: for people at a terminal, or one JSON document."""
    import structlog

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if pretty:
        # The plain traceback: the colourful one shows the values of variables, and a key may be among them.
        plain = structlog.dev.plain_traceback
        return [*shared, structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    return [*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _without_secret_paths(line: logging.LogRecord) -> bool:
    """Take out of a library's log line what lets somebody in: addresses of intake, sign-in links, invitations."""
    text = line.getMessage()
    if SECRET_PATH.search(text):
        line.msg, line.args = SECRET_PATH.sub(r"\1…", text), ()
    return True


def say(text: str) -> None:
    """Talk to the person at the terminal: standard error, so that standard output stays for the answer."""
    click.echo(text, err=True)


def answer(document: Any, as_json: bool, text: str) -> None:
    """Print the answer on standard output: one JSON document, or text."""
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, default=str))
    elif text:
        click.echo(text)


def secret_from(variable: str | None, prompt: str) -> Any:
    """
    Return a secret from an environment variable, from standard input, or typed unseen; never from an argument.
    """
    from signoff.core.secret import Secret

    if variable:
        # Taken out, so that no program we start (a browser for signing in) inherits it.
        value = os.environ.pop(variable, None)
        if value is None:
            raise click.UsageError(f"The environment has no variable {variable}.")
        return Secret(value)
    if sys.stdin.isatty():
        return Secret(click.prompt(prompt, hide_input=True, err=True))
    return Secret(sys.stdin.read())


def person_of_token() -> Any:
    """Return the token (with its person) in `SIGNOFF_TOKEN`."""
    from signoff.accounts.tokens import token_for

    token = token_for(os.environ.get("SIGNOFF_TOKEN", ""))
    if token is None:
        raise click.ClickException(
            "SIGNOFF_TOKEN holds no token of this Signoff. Make one: signoff token create --name me --can review"
        )
    return token
