"""`kill -9` at every boundary of telling: the receiver hears of it, at least once, and always by the same id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, transaction
from standardwebhooks.webhooks import Webhook as Receiver

from conftest import furnish
from signoff.accounts.models import ApiToken
from signoff.accounts.tokens import make_token
from signoff.api.tests.conftest import put_into_force
from signoff.api.tests.test_proposals import DRAFT, FILE, RECORD, SECRET
from signoff.core import clock
from signoff.core.secret import Secret
from signoff.engine import hooks, verbs
from signoff.engine.hooks import propose, tell_hook
from signoff.engine.jobs import advance
from signoff.hooks import happenings
from signoff.hooks.models import Attempt, Message
from signoff.hooks.tests.crash_telling import MOMENTS
from signoff.outbound.tests.local import answer, local
from signoff.review.models import Review
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True)
CRASH = Path(__file__).with_name("crash_telling.py")


def kill_at(moment, message_id):
    database = settings.DATABASES["default"]
    url = f"postgres://{database['USER']}@{quote(database['HOST'], safe='')}/{database['NAME']}"
    source = str(Path(__file__).parents[3])
    result = subprocess.run(
        [sys.executable, str(CRASH), moment, str(message_id)],
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": source},
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == -signal.SIGKILL, result.stderr.decode()[-2000:]


def decided(house, url):
    """Return the message about a draft that was handed in and approved."""
    integration, _ = put_into_force(FILE)
    make_token("n8n", house.owner, ["propose"])
    asked = propose(
        integration.name,
        dict(RECORD),
        ApiToken.objects.get(),
        draft=DRAFT,
        url=Secret(url),
        secret=Secret(SECRET),
    )
    advance(run_id=asked.proposal.run_id)
    review = Review.objects.get()
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    past = clock.now() - timedelta(seconds=1)
    Review.objects.update(undo_until=past)
    Run.objects.update(deliver_at=past)
    hooks.look()
    return Message.objects.get()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_crash_while_telling_loses_nothing_and_the_id_stays(practice, moment):
    heard = []

    def receiver(asked):
        Receiver(SECRET).verify(asked.body, asked.headers)
        heard.append(asked.headers["webhook-id"])
        return answer(200)

    house = furnish(practice)
    with local(receiver) as server:
        message = decided(house, server.url + "/resume")

        kill_at(moment, message.pk)
        # What the next worker does when the dead one's job comes to it, after the lease.
        Message.objects.filter(claimed_until__gt=clock.now()).update(claimed_until=clock.now())
        tell_hook(message_id=message.pk)

    message.refresh_from_db()
    assert message.state == "told"
    assert set(heard) == {message.webhook_id}
    twice = moment == "after the receiver has it, before its answer is looked at"
    assert len(heard) == (2 if twice else 1)
    assert Attempt.objects.filter(message=message, ended_at=None).count() == 0


def test_of_two_workers_that_find_one_decision_noted_twice_one_tells_it(practice):
    house = furnish(practice)
    message = decided(house, "https://n8n.example.com/resume")
    Message.objects.all().delete()
    made: list[list[Message]] = []

    def second() -> None:
        try:
            with transaction.atomic():
                happenings.note_decided(
                    Run.objects.get(pk=message.run_id)
                )  # as for an address that came later
                made.append(happenings.look())
        finally:
            connection.close()

    other = Thread(target=second)
    happenings.note_decided(Run.objects.get(pk=message.run_id))
    with transaction.atomic():
        made.append(happenings.look())
        other.start()
        wait_until(lambda: not other.is_alive() or is_waited_for())
    other.join(15)

    assert [len(found) for found in made] == [1, 0]
    assert Message.objects.count() == 1


def wait_until(is_so):
    until = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def is_waited_for():
    """Say whether another connection to this database waits for a row that somebody holds."""
    with connection.cursor() as cursor:
        # The table of activity stands still within a transaction; the one of locks does not.
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def test_while_another_worker_may_still_be_sending_it_is_not_sent(practice):
    heard = []
    house = furnish(practice)
    with local(lambda asked: heard.append(asked) or answer(200)) as server:
        message = decided(house, server.url)
        kill_at("after it is written down, before it is sent", message.pk)

        tell_hook(message_id=message.pk)

    message.refresh_from_db()
    assert (message.state, heard) == ("sending", [])
