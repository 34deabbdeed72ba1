"""The master key changes while everything runs: nothing is forgotten, nothing waits, nothing is lost on the way."""

from __future__ import annotations

import base64
import threading
from datetime import timedelta

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection as db
from django.db import models, transaction

from signoff.core import clock
from signoff.core.secret import Secret
from signoff.vault import keys, rotate, seal
from signoff.vault.fields import SealedField, context, sealed_fields
from signoff.vault.keys import KeyTrouble, ring

OURS = [model for model in apps.get_models() if model.__module__.startswith("signoff.")]


@pytest.fixture(autouse=True)
def own_key(monkeypatch, tmp_path):
    """A key file of this test's own."""
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path))
    monkeypatch.delenv("SIGNOFF_KEY", raising=False)
    keys.forget()
    yield
    keys.forget()


def connection(name, secret="a secret of some length", **more):
    """A row with a sealed value, as an app's key is kept."""
    model = apps.get_model("connections", "Connection")
    row = model.objects.create(name=name, app="hubspot", sealed=b"", **more)
    row.sealed = seal.seal(Secret(secret), context(row, "secret"))
    row.save(update_fields=["sealed"])
    return row


def secret_of(row):
    row.refresh_from_db()
    return seal.open(row.sealed, context(row, "secret")).reveal()


def everything():
    """Return every row of every table as the database writes it, and what is easily read out of it."""
    found = []
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in cursor.fetchall():
            name = psycopg.sql.Identifier(schema, table)
            with cursor.copy(psycopg.sql.SQL("COPY {} TO STDOUT").format(name)) as rows:
                found.append((table, b"".join(bytes(part) for part in rows)))
    return found


def holders_of(head):
    """Return the tables in which something begins with this head, as bytes or in base64."""
    encoded = base64.b64encode(head)[:6]
    forms = (head.hex().encode(), encoded, encoded.replace(b"+", b"-").replace(b"/", b"_"))
    return [table for table, data in everything() if any(form in data for form in forms)]


# Bytes that are no secret: what a record shows is stored as the record is, and an app's document is public.
PLAIN = {"connections.DescribedApp.document", "runs.Picture.data", "runs.Upload.data"}


class TestNoColumnIsForgotten:
    @pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.label)
    def test_what_is_sealed_is_in_a_sealed_column(self, model):
        for field in model._meta.local_concrete_fields:
            if str(field) in PLAIN:
                continue
            if isinstance(field, models.BinaryField) or "sealed" in field.name:
                assert isinstance(field, SealedField), f"{field}: a key that changes would leave it behind"

    def test_each_secret_of_a_row_has_a_context_of_its_own(self):
        contexts = [field.context(7) for field in sealed_fields()]

        assert len(contexts) == len(set(contexts)) >= 4

    def test_a_row_has_no_context_for_what_it_does_not_hold(self):
        with pytest.raises(LookupError):
            context(apps.get_model("connections", "Connection")(pk=7), "no such part")

    def test_a_furnished_house_keeps_nothing_that_the_old_key_sealed(self, house):
        signing = apps.get_model("integrations", "Integration").objects.get()
        signing.secret_sealed = seal.seal(Secret("whsec"), context(signing, "secret"))
        row = apps.get_model("connections", "Connection").objects.get(name="hubspot-main")
        row.settings_sealed = seal.seal(Secret("{}"), context(row, "settings"))
        signing.save()
        row.save()
        old = seal.head_of(ring().current)
        assert set(holders_of(old)) == {
            "connections_connection",
            "integrations_integration",
            "accounts_auditseal",
        }
        filled = {
            field.attname for field in sealed_fields() if field.model.objects.exclude(**{field.attname: None})
        }
        assert filled >= {"sealed", "access_sealed", "settings_sealed", "secret_sealed"}

        rotate.begin()
        done = rotate.reseal()

        assert holders_of(old) == []
        assert (done.left, done.damaged) == (0, [])
        assert rotate.damaged() == [], "and all of it opens in its place"


@pytest.mark.django_db
class TestAChange:
    def test_the_new_key_seals_and_the_old_one_opens_until_it_is_forgotten(self):
        row = connection("a")
        first = ring().current

        second = rotate.begin().current

        assert second != first
        assert secret_of(row) == "a secret of some length"
        assert rotate.census() == rotate.Census(current=0, known=1)
        assert rotate.reseal().count == 1
        assert rotate.census() == rotate.Census(current=1)
        assert secret_of(row) == "a secret of some length"
        assert not rotate.is_under_way()

    def test_a_change_that_is_cut_off_is_gone_on_with(self, monkeypatch):
        rows = [connection(f"c{n}", f"secret number {n}") for n in range(7)]
        rotate.begin()
        monkeypatch.setattr(rotate, "BATCH", 2)

        def crash(count):
            if count >= 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rotate.reseal(crash)

        assert rotate.census() == rotate.Census(current=4, known=3)
        assert rotate.is_under_way()
        assert [secret_of(row) for row in rows] == [f"secret number {n}" for n in range(7)]
        assert rotate.reseal().count == 3
        assert [secret_of(row) for row in rows] == [f"secret number {n}" for n in range(7)]

    def test_a_second_change_on_top_of_an_unfinished_one_loses_nothing(self):
        row = connection("a")

        rotate.begin()
        rotate.begin()

        assert secret_of(row) == "a secret of some length"
        assert rotate.reseal().count == 1
        assert rotate.census() == rotate.Census(current=1)

    def test_nothing_to_do_is_done_at_once(self):
        connection("a")

        assert rotate.reseal() == rotate.Resealed()

    def test_what_is_damaged_is_named_and_left_and_the_rest_is_done(self):
        good, bad = connection("good"), connection("bad")
        broken = bytearray(bytes(bad.sealed))
        broken[-1] ^= 1
        type(bad).objects.filter(pk=bad.pk).update(sealed=bytes(broken))
        rotate.begin()

        done = rotate.reseal()

        assert (done.count, done.left) == (1, 0)
        assert done.damaged == [f"connections.connection.sealed {bad.pk}"] == rotate.damaged()
        assert secret_of(good)
        bad.refresh_from_db()
        assert bytes(bad.sealed) == bytes(broken)

    def test_another_installations_key_is_refused_before_anything_changes(self, monkeypatch, tmp_path):
        row = connection("a")
        (tmp_path / "key").rename(tmp_path / "right")
        keys.forget()

        with pytest.raises(KeyTrouble, match="belongs to another one"):
            rotate.begin()

        assert rotate.census().is_foreign
        (tmp_path / "right").replace(tmp_path / "key")
        assert secret_of(row), "put back, it is right at once"
        assert not rotate.census().is_foreign

    def test_a_damaged_value_does_not_make_a_right_key_a_wrong_one(self):
        connection("good")
        bad = connection("bad")
        type(bad).objects.filter(pk=bad.pk).update(sealed=b"\x01????" + bytes(bad.sealed)[5:])

        rotate.refuse_foreign()

        assert rotate.census() == rotate.Census(current=1, foreign=1)
        assert rotate.damaged() == [f"connections.connection.sealed {bad.pk}"]

    def test_keys_are_forgotten_when_their_time_is_over_and_nothing_needs_them(self, monkeypatch):
        connection("a")
        rotate.begin()
        late = connection("stored late")
        with monkeypatch.context() as before:
            before.setattr(seal, "ring", lambda: keys.Ring(ring().retired[0].key))
            late.sealed = seal.seal(Secret("sealed before the change"), context(late, "secret"))
        late.save()
        rotate.reseal()
        assert rotate.forget_retired() == 0, "its time is not over"
        later = clock.now() + rotate.RETIRED_FOR + timedelta(seconds=1)
        monkeypatch.setattr(rotate.clock, "now", lambda: later)

        assert rotate.forget_retired() == 1

        assert ring().retired == ()
        assert secret_of(late) == "sealed before the change"

    def test_at_once_means_after_what_was_under_way(self, monkeypatch):
        connection("a")
        rotate.begin()
        assert rotate.forget_retired(at_once=True) == 0
        later = clock.now() + rotate.UNDER_WAY_FOR + timedelta(seconds=1)
        monkeypatch.setattr(rotate.clock, "now", lambda: later)

        assert rotate.forget_retired(at_once=True) == 1

    def test_a_key_that_something_needs_is_not_forgotten(self, monkeypatch):
        bad = connection("bad")
        type(bad).objects.filter(pk=bad.pk).update(sealed=bytes(bad.sealed)[:-1])
        rotate.begin()
        later = clock.now() + rotate.RETIRED_FOR * 2
        monkeypatch.setattr(rotate.clock, "now", lambda: later)

        assert rotate.forget_retired() == 0
        assert len(ring().retired) == 1

    def test_the_first_key_in_the_environment_seals_everything_again(self, monkeypatch):
        old, new = keys.new_key(), keys.new_key()
        monkeypatch.setenv("SIGNOFF_KEY", old.text)
        row = connection("a")
        monkeypatch.setenv("SIGNOFF_KEY", f"{old.text} {new.text}")
        assert rotate.reseal().count == 0
        monkeypatch.setenv("SIGNOFF_KEY", f"{new.text} {old.text}")

        assert rotate.reseal().count == 1

        monkeypatch.setenv("SIGNOFF_KEY", new.text)
        assert secret_of(row)
        with pytest.raises(KeyTrouble, match="only you can change it"):
            rotate.begin()

    def test_who_signed_in_before_stays_signed_in(self, monkeypatch):
        from django.core import signing

        signed = signing.dumps("session", key=keys.derived("django").hex())
        rotate.begin()

        fallbacks = [old.hex() for old in keys.derived_before("django")]

        assert signing.loads(signed, key=keys.derived("django").hex(), fallback_keys=fallbacks) == "session"
        assert isinstance(settings.SECRET_KEY_FALLBACKS, list)


@pytest.mark.django_db(transaction=True)
class TestWhileOthersWork:
    def test_a_row_that_somebody_holds_holds_nobody_up(self):
        held, free = connection("held"), connection("free")
        rotate.begin()
        locked, let_go = threading.Event(), threading.Event()

        def hold():
            try:
                with transaction.atomic():
                    type(held).objects.select_for_update().get(pk=held.pk)
                    locked.set()
                    let_go.wait(20)
            finally:
                db.close()

        holder = threading.Thread(target=hold)
        holder.start()
        assert locked.wait(20)
        seen = []

        def told(count):
            seen.append(count)
            let_go.set()  # only once the other row is done

        done = rotate.reseal(told)

        holder.join()
        assert seen[0] == 1
        assert (done.count, done.left) == (2, 0)
        assert secret_of(held)
        assert secret_of(free)

    def test_a_value_that_is_replaced_meanwhile_is_not_put_back(self):
        rows = [connection(f"c{n}", f"old {n}") for n in range(20)]
        rotate.begin()

        def replace():
            try:
                for n, row in enumerate(rows):
                    sealed = seal.seal(Secret(f"new {n}"), context(row, "secret"))
                    type(row).objects.filter(pk=row.pk).update(sealed=sealed)
            finally:
                db.close()

        other = threading.Thread(target=replace)
        other.start()
        rotate.reseal()
        other.join()

        assert [secret_of(row) for row in rows] == [f"new {n}" for n in range(20)]
