"""Furnishes a running Signoff: an owner, the practice connections, the integrations. Prints what one needs as JSON."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    asked = json.load(sys.stdin)
    from signoff.cli.start import django

    django(migrated=False)
    print(json.dumps(furnish(asked)))


def furnish(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what an owner does in the browser, in one process: ten commands would take ten seconds."""
    from signoff.accounts.links import make_link
    from signoff.accounts.models import Person
    from signoff.accounts.tokens import make_token
    from signoff.connections.connect import connect
    from signoff.core.secret import Secret
    from signoff.engine import verbs
    from signoff.integrations.apply import apply
    from signoff.integrations.file import read_text
    from signoff.integrations.models import Integration

    owner = Person.objects.add("owner@example.test", "a long enough password", "owner", "Ada")
    for one in asked["connections"]:
        connect(
            one["app"], one["name"], Secret(one["secret"]), base_url=one["base_url"], limits=one["limits"]
        )
    result = apply([read_text(text, "bench.yaml") for text in asked["integrations"]], person=owner)
    if result.faults:
        raise SystemExit(f"the integrations have faults: {result.faults}")
    webhooks = {}
    for integration in Integration.objects.all():
        verbs.switch(integration, True, owner)
        webhooks[integration.name] = f"{os.environ['SIGNOFF_URL']}/in/{integration.key}"
    return {
        "webhooks": webhooks,
        "database": os.environ["DATABASE_URL"],
        "token": make_token("bench", owner, ["read", "review"]).reveal(),
        "link": f"{os.environ['SIGNOFF_URL']}/sign-in/link/{make_link(owner)}/",
    }


if __name__ == "__main__":
    main()
