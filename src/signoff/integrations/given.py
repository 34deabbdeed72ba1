"""Integrations whose drafts are handed in: what else a file can say then, and what would never come about."""

from __future__ import annotations

from collections.abc import Mapping

from signoff.integrations.definition import FOR_AN_AI, Definition
from signoff.integrations.file import Document
from signoff.integrations.review_part import Autopilot, ReviewPart


def check_handed_in(document: Document, definition: Definition, lost: frozenset[str]) -> None:
    """
    Note every fault of a file that says `drafts: handed in`, and what stands in it for an AI that is not asked.

    `lost` names the parts that could not be read.
    """
    record, review = definition.record, definition.review
    if "record" not in lost and record.when != "webhook":
        where = "when" if record.when else "schedule"
        document.fault(
            ("record", where),
            f"`{where}` cannot be used with `drafts: handed in`: each record is handed in by a program, together with "
            "its draft. Leave it out, or leave out `drafts`, so that an AI writes them.",
        )
    elif "record" not in lost and record.from_ is not None:
        document.fault(
            ("record", "from"),
            f"`{record.from_}` tells nobody’s drafts: each record is handed in by a program, together with its draft. "
            "Leave it out, or leave out `drafts`, so that an AI writes them.",
        )
    if "record" not in lost and record.signed is not None:
        document.fault(
            ("record", "signed"),
            "`signed` is for records that come to an address of their own. With `drafts: handed in` a program shows a "
            "key instead. Leave it out.",
        )
    if "review" not in lost and isinstance(review, ReviewPart) and isinstance(review.autopilot, Autopilot):
        document.fault(
            ("review", "autopilot"),
            "`autopilot` cannot be used with `drafts: handed in`: nobody here sees when whoever writes them changes "
            "the AI or the prompt, so a person decides on each. Leave it out.",
        )
    if "limits" not in lost and definition.limits.may_take is not None:
        document.fault(
            ("limits", "may_take"),
            "`may_take` lets an AI take its time, and with `drafts: handed in` none is asked. Leave it out.",
        )
    second = definition.checks.second_opinion
    if "checks" not in lost and second is not None and second.ai is None:
        document.fault(
            ("checks", "second_opinion"),
            "`second_opinion` needs `ai` with `drafts: handed in`: the connection to the AI that reads each draft.",
        )
    _note_unasked(document)


def _note_unasked(document: Document) -> None:
    """Note what stands under `prompt` and is said to nobody."""
    prompt = document.data.get("prompt") if isinstance(document.data, Mapping) else None
    unasked = [f"`{name}`" for name in FOR_AN_AI if isinstance(prompt, Mapping) and prompt.get(name)]
    if unasked:
        document.notes.append(
            "The drafts are handed in, so no AI is asked. What stands under `prompt` for one is left unused: "
            f"{', '.join(unasked)}."
        )
