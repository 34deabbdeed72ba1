"""How a program sends records to an integration: the address, the secret, and the headers that carry the proof."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as later

from signoff.connectors.registry import manifests
from signoff.core.home import public_url
from signoff.integrations.definition import Definition
from signoff.integrations.models import Integration
from signoff.integrations.pushing import tells_us
from signoff.integrations.signing import OWN_SECRET
from signoff.outputs.contract import ContractField

PROOFS = {
    "static": (later("A fixed secret in a header"), ("X-Signoff-Secret", "Authorization: Bearer")),
    "standard": (
        later("Standard Webhooks"),
        ("webhook-id", "webhook-timestamp", "webhook-signature"),
    ),
    "hubspot-v3": (later("HubSpot"), ("X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp")),
    "meta": (later("Meta"), ("X-Hub-Signature-256",)),
    "slack": (later("Slack"), ("X-Slack-Signature", "X-Slack-Request-Timestamp")),
}


SAMPLE = {"name": "Dana Whitfield", "email": "dana@example.com", "message": "Do you open on Saturdays?"}


OF_A_TYPE: dict[str, Any] = {
    "number": 1, "money": 1, "yesno": True, "date": "2026-12-01", "datetime": "2026-12-01T09:00:00+01:00",
    "email": "dana@example.com", "phone": "+49 30 901820", "link": "https://www.example.com",
    "rows": [],
}  # fmt: skip


class Intake(NamedTuple):
    """
    What somebody needs who sets up the sender. `own_secret`: we chose the secret, and can choose another.

    `headers` are the ones we look at; `example` is a command to try it with; `where` says step by step where an app's
    owner enters our address.
    """

    address: str
    proof: str
    headers: tuple[str, ...]
    own_secret: bool
    from_: str
    example: str
    where: tuple[str, ...] = ()


class HandingIn(NamedTuple):
    """Where a program hands in a record with its draft, and a command to try it with."""

    address: str
    example: str


def handing_in_of(integration: Integration, definition: Definition) -> HandingIn | None:
    """Return how records are handed in with their drafts; None where an AI writes them."""
    if definition.asked is not None:
        return None
    address = f"{public_url()}/api/v1/proposals"
    fields = definition.record.fields or ("name", "email", "message")
    sample = {
        "integration": integration.name,
        "record": {name: SAMPLE.get(name, "…") for name in fields},
        "draft": {field.name: _value_of(field) for field in definition.contract().fields if field.required},
    }
    body = json.dumps(sample, ensure_ascii=False, indent=2)
    lines = [
        f'curl {address} -H "Authorization: Bearer $SIGNOFF_TOKEN" \\',
        "  -H 'Content-Type: application/json' -H 'Idempotency-Key: mail-4711' \\",
        f"  -d '{body}'",
    ]
    return HandingIn(address, "\n".join(lines))


def _value_of(field: ContractField) -> Any:
    """Return a value that stands for what belongs into a field of the answer."""
    if field.choices:
        first = field.choices[0].value
        return [first] if field.type == "choices" else first
    return OF_A_TYPE.get(field.type, "…")


def intake_of(integration: Integration, definition: Definition) -> Intake | None:
    """Return how records are sent to an integration; None when we fetch them."""
    source = definition.record
    app = tells_us(definition)
    if (source.when != "webhook" and app is None) or definition.asked is None:
        return None
    address = f"{public_url()}/in/{integration.key}"
    pushes = manifests()[app].pushes if app else None
    scheme = pushes.signature if pushes else source.signed
    proof, headers = PROOFS[scheme] if scheme else ("", ())
    if pushes:
        return Intake(address, str(proof), headers, False, source.from_ or "", "", pushes.where)
    lines = [f"curl {address} \\"]
    if source.signed == "static":
        lines.append('  -H "X-Signoff-Secret: $SECRET" \\')
    lines += [
        "  -H 'Content-Type: application/json' -H 'Idempotency-Key: order-1042' \\",
        """  -d '{"name": "Dana Whitfield", "email": "dana@example.com", "message": "Do you open on Saturdays?"}'""",
    ]
    return Intake(
        address,
        str(proof),
        headers,
        source.signed in OWN_SECRET and source.from_ is None,
        source.from_ or "",
        "\n".join(lines) if source.signed in (None, "static") else "",
    )
