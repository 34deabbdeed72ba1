"""The database notes also that a run was left as it is: whoever asked for it waits for no answer any more."""

from django.db import migrations

NOTE = """
DROP TRIGGER hooks_note_happening ON runs_run;
CREATE TRIGGER hooks_note_happening AFTER UPDATE OF state ON runs_run FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state AND NEW.state IN ({states}))
    EXECUTE FUNCTION hooks_note_happening();
"""
BEFORE = "'waiting for review', 'approved', 'rejected', 'done', 'needs you', 'uncertain', 'failed'"


class Migration(migrations.Migration):
    dependencies = [("hooks", "0002_happenings"), ("runs", "0014_left_and_planted_again")]

    operations = [
        migrations.RunSQL(NOTE.format(states=f"{BEFORE}, 'left'"), NOTE.format(states=BEFORE)),
    ]
