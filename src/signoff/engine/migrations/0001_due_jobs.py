"""Indexes by which the next jobs are found without passing by those whose time has not come."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("procrastinate", "0041_post_retry_failed_job")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX engine_jobs_now ON procrastinate_jobs (priority, id) "
            "WHERE status = 'todo' AND scheduled_at IS NULL",
            "DROP INDEX engine_jobs_now",
        ),
        migrations.RunSQL(
            "CREATE INDEX engine_jobs_due ON procrastinate_jobs (priority, scheduled_at) "
            "WHERE status = 'todo' AND scheduled_at IS NOT NULL",
            "DROP INDEX engine_jobs_due",
        ),
    ]
