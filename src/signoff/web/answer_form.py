"""The form in which an answer is edited: a control for each of its fields, and what was typed, read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signoff.outputs.contract import Contract, ContractField
from signoff.web.marks import Claim, claims_in, with_record_values
from signoff.web.outline import label_of

LONG_TEXT = 90


class Input(NamedTuple):
    """One field of the edit form: what kind of control, and what stands in it."""

    name: str
    label: str
    control: str
    value: str
    options: list[tuple[str, str, bool]]
    rows: int
    max: int | None


def inputs_for(
    fields: Mapping[str, ContractField], content: Mapping[str, Any], found: list[Claim], used: list[int]
) -> list[Input]:
    """Return a control for each field of an answer; of the claims in `used`, what the record says stands in it."""
    inputs = []
    for name, value in content.items():
        text = (
            ""
            if value is None
            else value
            if isinstance(value, str)
            else json.dumps(value, ensure_ascii=False)
        )
        text = with_record_values(text, claims_in(found, name), used)
        inputs.append(_input(name, label_of(name, fields), value, text, fields.get(name)))
    return inputs


def typed_content(post: Any, contract: Contract, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer as the form has it, each value in the type that its field has."""
    fields = {field.name: field for field in contract.fields}
    typed: dict[str, Any] = {}
    for name, before in content.items():
        key = f"content.{name}"
        field = fields.get(name)
        kind = field.type if field else "text"
        if kind == "choices":
            typed[name] = post.getlist(key)
            continue
        if key not in post:
            typed[name] = before
            continue
        text = post.get(key).replace("\r\n", "\n")  # a browser sends line ends as CRLF; the answer has LF
        optional = field is not None and not field.required
        typed[name] = None if optional and text == "" else _typed(kind, text, before)
    return typed


def _input(name: str, shown_as: str, value: Any, text: str, field: ContractField | None) -> Input:
    kind = field.type if field else "text"
    most = int(field.max) if field and kind == "text" and field.max else None
    if field and kind in ("choice", "choices"):
        chosen = value if isinstance(value, list) else [value]
        options = [(c.value, c.label, c.value in chosen) for c in field.choices]
        known = {c.value for c in field.choices}
        options += [(str(v), str(v), True) for v in chosen if v is not None and v not in known]
        if not field.required and kind == "choice":
            options.insert(0, ("", "–", value is None))
        return Input(name, shown_as, "many" if kind == "choices" else "one", text, options, 1, None)
    if kind == "yesno":
        options = [("true", _("Yes"), value is True), ("false", _("No"), value is False)]
        return Input(name, shown_as, "one", text, options, 1, None)
    is_long = len(text) > LONG_TEXT or "\n" in text or (most or 0) > 200 or kind == "rows"
    if is_long:
        rows = max(4, min(20, sum(1 + len(line) // 62 for line in text.split("\n")) + 1))
        return Input(name, shown_as, "long", text, [], rows, most)
    return Input(name, shown_as, "line", text, [], 1, most)


def _typed(kind: str, text: str, before: Any) -> Any:
    if kind == "yesno" and text in ("true", "false"):
        return text == "true"
    if isinstance(before, str) and kind != "number":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
