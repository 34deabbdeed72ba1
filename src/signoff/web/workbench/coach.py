"""The coach's remarks, at the place that each is about."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from signoff.integrations.coaching import asked_of_data
from signoff.integrations.drafts import is_handed_in
from signoff.prompts.coach.asked import Remark
from signoff.prompts.coach.remarks import remarks
from signoff.web.workbench.cards import Data, Hint

READY_RULE = re.compile(r"Write “([^”…]+\.)”")


def hints_for(data: Data) -> dict[str, list[Hint]]:
    """Return the coach's remarks by the place they are about; none while nothing is asked yet."""
    if is_handed_in(data) or not str((data.get("prompt") or {}).get("task") or "").strip():
        return {}
    found: dict[str, list[Hint]] = {}
    for one in remarks(asked_of_data(data)):
        place = one.where if one.where.startswith("answer.") else one.where.split(".")[0]
        found.setdefault(place, []).append(_hint(one))
    return found


def _hint(one: Remark) -> Hint:
    rule = READY_RULE.search(one.mend)
    name = one.where.partition(".")[2]
    press, button = "", ""
    if one.kind == "no length" and rule:
        press, button = f"add-rule:{rule[1]}", _("Add this rule")
    elif one.kind == "field not used":
        press, button = f"drop-field:{name}", _("Take it out")
    return Hint("" if one.where.startswith("fields.") else one.quote, one.says, one.mend, press, button)
