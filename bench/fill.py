"""Puts many records into the queue of a running Signoff, by the verb that intake uses: `python fill.py COUNT`."""

from __future__ import annotations

import sys

from house import leads

AT_ONCE = 1000


def main(count: int) -> None:
    from signoff.cli.start import django

    django(migrated=False)
    from signoff.connectors.base import Event
    from signoff.engine import verbs
    from signoff.integrations.models import Integration

    integration = Integration.objects.select_related("current").get(name="bench")
    for first in range(0, count, AT_ONCE):
        some = leads(min(AT_ONCE, count - first), first)
        events = [Event(f"fill:{lead['lead_id']}", lead["lead_id"], lead, lead["name"]) for lead in some]
        verbs.receive(integration, events, "The benchmark put a record in")


if __name__ == "__main__":
    main(int(sys.argv[1]))
