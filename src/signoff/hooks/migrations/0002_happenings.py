"""The database notes that a run came into a state that somebody wants to hear of, in the statement that changes it."""

from django.db import migrations

NOTE = """
CREATE FUNCTION hooks_note_happening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM hooks_hook WHERE run_id = NEW.id AND state = 'on') OR EXISTS (
        SELECT FROM hooks_hook WHERE state = 'on' AND run_id IS NULL
            AND (integration_id IS NULL OR integration_id = NEW.integration_id)
    ) THEN
        INSERT INTO hooks_happening (run_id, state, at) VALUES (NEW.id, NEW.state, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER hooks_note_happening AFTER UPDATE OF state ON runs_run FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state AND NEW.state IN (
        'waiting for review', 'approved', 'rejected', 'done', 'needs you', 'uncertain', 'failed'
    ))
    EXECUTE FUNCTION hooks_note_happening();
"""
FORGET = """
DROP TRIGGER hooks_note_happening ON runs_run;
DROP FUNCTION hooks_note_happening();
"""


class Migration(migrations.Migration):
    dependencies = [("hooks", "0001_initial"), ("runs", "0011_given_draft")]

    operations = [migrations.RunSQL(NOTE, FORGET)]
