"""The second card: which AI is asked, for what, by which rules and facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from signoff.integrations import offers
from signoff.integrations.definition import DRAFTS_HANDED_IN
from signoff.integrations.drafts import Fault, is_handed_in
from signoff.integrations.starting import NO_PROMISE
from signoff.prompts.models import Fact
from signoff.web.words import label, named
from signoff.web.workbench.cards import Data, Group, Hint, faults_at, faults_of, model_choices, named_app


def prompt_card(data: Data, faults: Sequence[Fault], hints: Mapping[str, list[Hint]]) -> dict[str, Any]:
    """Return what the card of the prompt shows."""
    prompt = data.get("prompt") or {}
    chosen = f"{prompt.get('ai') or ''} {prompt.get('model') or ''}".strip()
    groups: list[Group] = []
    problem = ""
    for row in offers.ais():
        told = offers.models_of(row)
        problem = problem or told.problem
        models = model_choices(row, told.found)
        model = str(prompt.get("model") or "")
        if row.name == prompt.get("ai") and model and model not in {one.id for one in told.found}:
            models.append((f"{row.name} {model}", model))
        groups.append((named_app(row), models))
    facts = [(fact.name, named(fact.name), fact.text) for fact in Fact.objects.all()]
    mine = [str(name) for name in prompt.get("facts") or ()]
    return {
        "handed_in": is_handed_in(data),
        "may_be_handed_in": (data.get("record") or {}).get("when") == "webhook" or is_handed_in(data),
        "drafts_choices": [
            ("", _("An AI that is connected here, from the record")),
            (DRAFTS_HANDED_IN, _("Whoever hands the record in: it comes with its draft")),
        ],
        "ais": groups,
        "ai": chosen if any(chosen == value for _name, models in groups for value, _model in models) else "",
        "models_problem": problem,
        "task": str(prompt.get("task") or ""),
        "tone": str(prompt.get("tone") or ""),
        "constraints": "\n".join(str(one) for one in prompt.get("constraints") or ()),
        "never": "\n".join(str(one) for one in prompt.get("never") or ()),
        "usual_rules": []
        if prompt.get("constraints")
        else [(_("At most 120 words"), _("At most 120 words."))],
        "usual_nevers": [] if prompt.get("never") else [(_("No price, discount or date"), NO_PROMISE)],
        "facts": [(name, word, text, name in mine) for name, word, text in facts]
        + [(name, named(name), "", True) for name in mine if name not in {one[0] for one in facts}],
        "examples": str(prompt.get("examples") or 0),
        **_pictures(data),
        "wrong_prompt": faults_of(faults, "prompt", ("prompt", "task")),
        "wrong_task": faults_at(faults, "prompt", "task"),
        "hints_task": hints.get("task", []),
        "hints_constraints": hints.get("constraints", []),
        "hints_tone": hints.get("tone", []),
        "hints_never": hints.get("never", []),
    }


def _pictures(data: Data) -> dict[str, Any]:
    """Return the fields that may hold a picture: those that were named, then what else is read of the record."""
    chosen = [str(name) for name in (data.get("prompt") or {}).get("pictures") or ()]
    read = [str(name) for name in (data.get("record") or {}).get("fields") or ()]
    offered = [*chosen, *(name for name in read if name not in chosen)]
    return {
        "pictures": [(name, label(name), name in chosen) for name in offered],
        "has_pictures": bool(chosen),
    }
