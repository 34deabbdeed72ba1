"""An answer on WhatsApp that was approved when Ada, who had asked, could not be answered freely any more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from signoff.connections.models import Connection
from signoff.connectors.base import Event
from signoff.core import clock
from signoff.engine import verbs
from signoff.integrations.apply import apply
from signoff.integrations.file import read_file
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs import windows
from signoff.runs.models import Delivery, Run

EXAMPLE = Path(__file__).parents[4] / "examples" / "answer-whatsapp-questions.yaml"
ADA = "491721110001"


def draft_for_ada(work_off):
    """Let Ada ask, and return the review of the draft; needs `whole_house`."""
    assert not apply([read_file(EXAMPLE)]).faults
    integration = Integration.objects.get(name="answer-whatsapp-questions")
    record = {"id": "wamid.A", "from": ADA, "wa_id": ADA, "name": "Ada Lovelace", "type": "text",
              "text": "Are you open on Saturday?"}  # fmt: skip
    (run,) = verbs.receive(integration, [Event("message:A", "wamid.A", record, "Ada Lovelace")], "told")
    work_off()
    return Review.objects.get(run=run)


def ada_wrote(hours_ago):
    """Let Ada's last word be that old: WhatsApp takes a free answer for 24 hours after it."""
    at = clock.now() - timedelta(hours=hours_ago)
    connection = Connection.objects.get(name="whatsapp-main")
    windows.heard(connection, [Event("m", "m", {}, "", occurred_at=at, parties=(ADA,))])


def approved_too_late(draft, owner, work_off):
    """Approve a draft 25 hours after Ada wrote, and return the delivery that was refused."""
    ada_wrote(25)
    verbs.decide(draft.pk, "approved", owner, draft.content_hash)
    Run.objects.filter(pk=draft.run_id).update(deliver_at=None)
    work_off(also_later=True)
    return Delivery.objects.get(run=draft.run_id, action="send_text")


def sent_to_ada(practice):
    return [one["text"] for one in practice.books("whatsapp")["sent"] if one["with"] == ADA]
