"""What happens by the clock. Every worker carries the schedule; the engine lets each tick happen once."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import connection as db
from django.db import transaction
from procrastinate.contrib.django import app

from signoff.accounts.sessions import clear_ended
from signoff.connections import watch
from signoff.engine import hooks, keeping, noticing, watching, watchman
from signoff.engine.backups import NIGHTLY
from signoff.hooks import happenings
from signoff.integrations import drift
from signoff.monitoring import digest, looking, silence
from signoff.review import asking, assigning, certificates, planting, reading
from signoff.runs import windows
from signoff.runs.retention import forget_old, forget_old_uploads
from signoff.vault import rotate
from signoff.vault.keys import KeyTrouble
from signoff.versions import changelogs, drills, look

log = structlog.get_logger()

# The last number of six is the second. No two of those that come often begin in the same one: each of them would want a
# connection to the database of its own, and the database 3 MB for it.
QUEUE = "clock"
STALLED_AFTER_SECONDS = 15


@app.periodic(cron="* * * * * */5", periodic_id="stalled")
@app.task(name="rescue", queue=QUEUE, queueing_lock="rescue", pass_context=True)
async def rescue(context: Any, timestamp: int) -> None:
    """Take over the jobs of workers that died: they are simply to be done again, and each is safe to do again."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        log.warning("took over a job of a dead worker", job=job.task_name, run=job.task_kwargs.get("run_id"))
        await manager.retry_job(job)


@app.periodic(cron="* * * * * 11", periodic_id="connections")
@app.task(name="check_connections", queue=QUEUE, queueing_lock="check_connections")
def check_connections(timestamp: int) -> None:
    """Let go on what began to wait while its connection was being mended; watch what nobody watches."""
    watch.watch_all()
    watching.resume_late()


@app.periodic(cron="* * * * * 3-59/10", periodic_id="ask")
@app.task(name="ask", queue=QUEUE, queueing_lock="ask")
def ask(timestamp: int) -> None:
    """Give drafts that wait to people, planted ones too, and tell them where their integrations say so."""
    planting.look()
    assigning.look()
    asking.look()


@app.periodic(cron="* * * * * 2-59/5", periodic_id="tell_hooks")
@app.task(name="tell_hooks", queue=QUEUE, queueing_lock="tell_hooks")
def tell_hooks(timestamp: int) -> None:
    """Let those be told who asked to hear what happens to a run."""
    hooks.look()


# Three times a minute: with the time that it takes to tell, the owner hears of a refused key within a minute.
@app.periodic(cron="* * * * * 4-59/20", periodic_id="notice")
@app.task(name="notice", queue=QUEUE, queueing_lock="notice")
def notice(timestamp: int) -> None:
    """Look at what is the matter, and tell people what they should know."""
    noticing.look()


@app.periodic(cron="3,18,33,48 * * * *", periodic_id="week")
@app.task(name="week", queue=QUEUE, queueing_lock="week")
def week(timestamp: int) -> None:
    """Send the letter about the week, on Monday mornings of whoever wants it."""
    digest.send_due()


@app.periodic(cron="* * * * * 21", periodic_id="listen")
@app.task(name="listen", queue=QUEUE, queueing_lock="listen")
def listen(timestamp: int) -> None:
    """Learn how records usually come, and work out from when on their absence is silence."""
    silence.watch()


@app.periodic(cron="* * * * * 31", periodic_id="beat")
@app.task(name="beat", queue=QUEUE, queueing_lock="beat")
def beat(timestamp: int) -> None:
    """Let an address outside hear that we are well, where one is set."""
    watchman.beat()


@app.periodic(cron="* * * * * 8-59/10", periodic_id="look_at_certificates")
@app.task(name="look_at_certificates", queue=QUEUE, queueing_lock="look_at_certificates")
def look_at_certificates(timestamp: int) -> None:
    """End the autopilot of what is not as it was measured any more; a draft would notice it, and none may come."""
    with transaction.atomic():
        ended = certificates.look()
    if ended:
        log.warning("autopilot ended because something changed", integrations=ended)


@app.periodic(cron="17 3 * * *", periodic_id="forget")
@app.task(name="forget", queue=QUEUE, queueing_lock="forget")
def forget(timestamp: int) -> None:
    """Erase the contents of runs that ended long ago, at night, in small batches; and sessions that are over."""
    clear_ended()
    count = forget_old()
    forget_old_uploads()
    windows.forget_old()
    asking.forget_old()
    happenings.forget_old()
    reading.forget_old()
    looking.forget_old()
    silence.forget_old()
    keeping.forget_old()
    changelogs.forget_old()
    drills.forget_old()
    if count:
        log.info("erased the contents of old runs", runs=count)


# After what is old was erased, so that it is in no backup from then on.
@app.periodic(cron=NIGHTLY, periodic_id="back_up")
@app.task(name="back_up", queue=QUEUE, queueing_lock="back_up")
def back_up(timestamp: int) -> None:
    """Make the backup of the day and try it out."""
    row = keeping.daily()
    if row is not None and not row.problem:
        log.info("made the backup of the day and restored it on trial", bytes=row.size)


@app.periodic(cron="7 4 * * *", periodic_id="look_at_fields")
@app.task(name="look_at_fields", queue=QUEUE, queueing_lock="look_at_fields")
def look_at_fields(timestamp: int) -> None:
    """Ask the apps, once a day, whether their fields and choices are still those that integrations know."""
    drift.look_at_all()


@app.periodic(cron="* * * * * 51", periodic_id="look_at_models")
@app.task(name="look_at_models", queue=QUEUE, queueing_lock="look_at_models")
def look_at_models(timestamp: int) -> None:
    """Ask each AI once a day for its models and when they stop; one that was just connected, at once."""
    look.look_at_models()


@app.periodic(cron="23 * * * *", periodic_id="read_changelogs")
@app.task(name="read_changelogs", queue=QUEUE, queueing_lock="read_changelogs")
def read_changelogs(timestamp: int) -> None:
    """Read each vendor's changelog once a day for what it says of versions and models of ours."""
    changelogs.read_all()


@app.periodic(cron="37 3 * * *", periodic_id="forget_keys")
@app.task(name="forget_keys", queue=QUEUE, queueing_lock="forget_keys")
def forget_keys(timestamp: int) -> None:
    """Forget master keys that were replaced long ago; what still needs one is sealed with the present key first."""
    try:
        count = rotate.forget_retired()
    except KeyTrouble as error:
        log.warning("old master keys could not be forgotten", why=str(error))
        return
    if count:
        log.info("forgot old master keys", keys=count)


@app.periodic(cron="*/2 * * * *", periodic_id="sweep")
@app.task(name="sweep", queue=QUEUE, queueing_lock="sweep")
def sweep(timestamp: int) -> None:
    """
    Give a job to every open run that has none.

    State and job are stored together, so this finds nothing; it is here for what we did not think of (a job deleted
    by hand, a database restored to an earlier moment).
    """
    with db.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.id FROM runs_run r
            WHERE r.state IN ('queued', 'asking', 'approved', 'delivering')
              AND r.changed_at < now() - interval '3 minutes'
              AND NOT EXISTS (
                SELECT FROM procrastinate_jobs j
                WHERE j.task_name = 'advance' AND j.status IN ('todo', 'doing') AND (j.args->>'run_id')::bigint = r.id
              )
            ORDER BY r.id LIMIT 1000
            """
        )
        lost = [row[0] for row in cursor.fetchall()]
    if lost:
        from signoff.engine.jobs import defer

        log.warning("open runs had no job and got one", runs=len(lost))
        defer(lost)
    _sweep_uploads()


def _sweep_uploads() -> None:
    from signoff.engine.uploads import take_in

    with db.cursor() as cursor:
        cursor.execute(
            """
            SELECT u.id FROM runs_upload u
            WHERE u.state = 'taking in' AND NOT EXISTS (
                SELECT FROM procrastinate_jobs j
                WHERE j.task_name = 'take_in' AND j.status IN ('todo', 'doing')
                    AND (j.args->>'upload_id')::bigint = u.id
            )
            """
        )
        lost = [row[0] for row in cursor.fetchall()]
    for upload_id in lost:
        log.warning("a spreadsheet was being taken in and had no job; it got one", upload=upload_id)
        take_in.defer(upload_id=upload_id)
