"""
The way in to examples: what chooses and strips them is loaded with the first integration that wants some.

It brings the checks' lists of words along, which the pages and most workers never need: about 8 MB a process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signoff.core.prompt import Prompt
    from signoff.integrations.definition import Definition
    from signoff.outputs.contract import Contract
    from signoff.runs.models import Run
    from signoff.runs.work import Shown, Work


def chosen(work: Work) -> tuple[Shown, ...]:
    """Return the examples for a claimed run, as `choose.chosen` does; none where the integration asks for none."""
    if work.definition.prompt.examples < 1:
        return ()
    from signoff.examples import choose

    return choose.chosen(work)


def again(run: Run, definition: Definition, contract: Contract) -> tuple[Shown, ...]:
    """Return the examples that a run was drafted with, as far as they are still there."""
    if not run.examples:
        return ()
    from signoff.examples import choose

    return choose.again(run, definition, contract)


def asked(run: Run) -> Prompt:
    """Return what was sent to the AI for a run, made anew of what is kept; company facts are those of today."""
    from signoff.integrations.definition import read_definition
    from signoff.runs.prompting import noted, prompt_for

    definition, contract = read_definition(run.version)
    kept = {row.name: row.as_image() for row in run.pictures.all()}
    images = [kept[name] for name in definition.prompt.pictures if name in kept]
    built, _facts = prompt_for(definition, contract, run.record, images, again(run, definition, contract))
    return noted(built, run)


def as_document(run: Run, built: Prompt) -> dict[str, Any]:
    """Return what was sent to the AI as JSON data; `is_same` is false where company facts have changed since."""
    return {
        "model": built.model,
        "version": built.version,
        "is_same": built.version == run.prompt_version if run.prompt_version else None,
        "messages": [{"role": one.role, "text": one.text} for one in built.messages],
        "sources": built.sources,
    }
