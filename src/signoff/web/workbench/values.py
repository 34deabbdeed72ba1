"""One value of a step: taken from the answer or the record, looked up, or a text of the owner's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signoff.connections.models import Connection
from signoff.connectors.base import Action, Field
from signoff.integrations import offers
from signoff.integrations.lengths import written_to
from signoff.integrations.references import WHOLE
from signoff.integrations.suggesting import ADDRESSES, lookup_of
from signoff.web import values_form
from signoff.web.words import label, shown
from signoff.web.workbench.cards import Data, Group, offer

FILE_TALK = re.compile(
    r":? (?:its id|their id)\b.*(?=\.$)|, or `record\.\w+`|: `record\.\w+`"
)  # of a parameter's help


class Value(NamedTuple):
    """One value of a step in the form: a choice of references, or a text of one's own."""

    at: str
    label: str
    help: str
    required: bool
    kind: str
    chosen: str
    text: str
    groups: list[Group]
    rows: list[Any]
    yes: bool = False
    names: Sequence[tuple[str, str]] = ()


def value_of(
    at: str, name: str, action: Action, row: Connection | None, value: Any, data: Data, known: list[Field]
) -> Value:
    """Return one parameter of an action as the form shows it."""
    info = action.params.model_fields[name]
    target = name in action.targets()
    kind = values_form.kind_of(info.annotation)
    fixed = values_form.fixed_choices(info.annotation)
    groups = (
        [(_("Choose"), [(one, label(one)) for one in fixed])]
        if fixed
        else _groups(info.annotation, target, data, known)
    )
    names = _writable(row, action) if kind == "pairs" or name == "property" else []
    if name == "property" and names:
        groups, fixed = [(_("A field of the app"), names)], ("property",)
    help = FILE_TALK.sub("", str(info.description or ""))
    chosen, text = _chosen(value, groups, info.annotation)
    rows: list[Any] = []
    if kind == "pairs":
        pairs = list(value.items()) if isinstance(value, Mapping) else []
        rows = [
            (row, key, *_chosen(inner, groups, str)) for row, (key, inner) in enumerate([*pairs, ("", None)])
        ]
    if kind == "list":
        text = "\n".join(str(one) for one in value) if isinstance(value, list) else ""
        chosen = ""
    if chosen == values_form.AS_IT_IS:
        groups = [*groups, (_("From the file"), [(values_form.AS_IT_IS, shown(value)[:60])])]
    return Value(
        at,
        label(name),
        help.replace("`", ""),
        info.is_required(),
        "fixed" if fixed else kind,
        chosen,
        text,
        groups,
        rows,
        bool(info.default if value is None else value) if kind == "yesno" else False,
        names if kind == "pairs" else (),
    )


def _writable(row: Connection | None, action: Action) -> list[tuple[str, str]]:
    """Return the fields that an action may write."""
    found = [(one.name, one.label) for one in written_to(row, action) if not one.read_only] if row else []
    return sorted(found, key=lambda pair: pair[1].lower())


def _groups(annotation: Any, target: bool, data: Data, known: list[Field]) -> list[Group]:
    words = {field.name: field.label for field in known}
    answer = [
        (f"answer.{name}", _("Answer: %(field)s") % {"field": label(str(name))})
        for name in data.get("answer") or ()
    ]
    fields = [str(name) for name in (data.get("record") or {}).get("fields") or ()]
    start = offers.start_of(data)
    if start and start.trigger.pushed and not start.trigger.also_polled:
        fields = list(dict.fromkeys([*fields, *start.trigger.fields]))  # it is told us whole
    has_id = start is not None
    record = [("record.id", _("Record: its number"))] if has_id else []
    record += [
        (f"record.{name}", _("Record: %(field)s") % {"field": words.get(name) or label(name)})
        for name in fields
        if name != "id"
    ]
    groups: list[Group] = []
    if not target and answer:
        groups.append((_("From the answer"), answer))
    found = lookup_of(annotation)
    if found:
        likely = [name for name in fields if found[0] in name or name in ADDRESSES] or fields
        of = label(found[0]).lower()
        looked_up = [
            (
                f"{values_form.LOOK_UP}record.{name}",
                _("Whose %(what)s is: %(field)s") % {"what": of, "field": words.get(name) or label(name)},
            )
            for name in likely
        ]
        groups.append((_("Looked up"), looked_up))
    if record:
        groups.append((_("From the record"), record))
    return groups


def _chosen(value: Any, groups: list[Group], annotation: Any) -> tuple[str, str]:
    """Return which choice a value is, and the text where it is one of the owner's own."""
    if value is None or value == "":
        return "", ""
    found = lookup_of(annotation)
    if found and isinstance(value, Mapping) and list(value) == [found[0]]:
        looked_up = f"{values_form.LOOK_UP}{value[found[0]]}"
        offer(groups, looked_up, str(value[found[0]]))
        return looked_up, ""
    if isinstance(value, str) and any(value == one for _name, pairs in groups for one, _word in pairs):
        return value, ""
    if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
        offer(groups, value, label(value.partition(".")[2]))
        return value, ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return values_form.OWN_TEXT, str(value)
    return values_form.AS_IT_IS, ""
