"""
The way in to examples: what chooses and strips them is loaded with the first integration that wants some.

It brings the checks' lists of words along, which the pages and most workers never need: about 8 MB a process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
