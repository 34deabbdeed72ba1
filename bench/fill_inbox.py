"""Lets many drafts wait in a running Signoff, each put there by the verb that drafting uses: `fill_inbox.py COUNT`."""

from __future__ import annotations

import sys

from house import leads

AT_ONCE = 500


def main(count: int) -> None:
    from signoff.cli.start import django

    django(migrated=False)
    from django.db import connection, transaction

    from signoff.core import clock
    from signoff.integrations.models import Integration
    from signoff.review.opening import open_review
    from signoff.runs.change import said
    from signoff.runs.models import Run

    integration = Integration.objects.select_related("current").get(name="reviewed")
    for first in range(0, count, AT_ONCE):
        now = clock.now()
        runs = Run.objects.bulk_create(
            Run(
                integration=integration, version=integration.current, dedupe_key=f"wait:{first}:{lead['lead_id']}",
                label=lead["name"], record=lead, state="waiting for review", received_at=now, changed_at=now,
                answer=answer(lead), timeline=[said("ok", "The AI wrote the draft", "3.1 s, $0.004.")], model="gpt-4o",
            )
            for lead in leads(AT_ONCE, first)
        )  # fmt: skip
        with transaction.atomic():
            for run in runs:
                open_review(run, run.answer, fingerprint="f" * 64, flagged=run.pk % 4 == 0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def answer(lead: dict[str, str]) -> dict[str, str]:
    body = f"Hi {lead['name']},\n\nthank you for your message. We read it and will call you this week. " * 4
    return {"reply": body[:700]}


if __name__ == "__main__":
    main(int(sys.argv[1]))
