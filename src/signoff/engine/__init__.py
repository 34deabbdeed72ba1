"""The only room that knows Procrastinate: jobs, workers, schedules, and the embedded PostgreSQL."""
