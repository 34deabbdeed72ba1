"""Where an answer goes, and what is wrong with that: actions, their parameters, and what is put into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signoff.connections.choosing import actions_of
from signoff.connections.client import client_for, secret_setting
from signoff.connections.models import Connection
from signoff.connectors.base import Action
from signoff.connectors.manifest import Setting
from signoff.connectors.registry import app_name, manifests
from signoff.core.errors import SignoffError
from signoff.integrations import offers
from signoff.integrations.asking import is_told
from signoff.integrations.definition import Definition, Step
from signoff.integrations.file import Document, Path_
from signoff.integrations.narrower import refused
from signoff.integrations.record_part import HANDED_IN
from signoff.integrations.references import Reference, misread, references
from signoff.integrations.review_part import ReviewPart
from signoff.integrations.sources import fields_read, is_read
from signoff.integrations.written import known_as, meant, written
from signoff.outputs.faults import ContractFault


def check_step(
    document: Document,
    definition: Definition,
    path: Path_,
    step: Step,
    connection: Connection,
    lost: frozenset[str],
) -> None:
    """Note every fault of one step; `path` is its place in the file, `lost` the parts that could not be read."""
    name, action_name = step.connection, step.action
    key = f"{name}.{action_name}"
    app = manifests()[connection.app].name
    actions = {n: a for n, a in actions_of(connection).items() if a.effect == "write"}
    action = actions.get(action_name)
    if action is None:
        document.fault(
            path, f"{app} cannot `{action_name}`. It can: {', '.join(sorted(actions)) or 'write nothing'}."
        )
        return
    if action.reaches_customer and definition.review == "none" and not action.always_reviewed:
        document.fault(
            ("review",), f"`{key}` reaches a customer, so a person reviews it: `review: none` cannot be used."
        )
    if action.always_reviewed and not (
        isinstance(definition.review, ReviewPart) and definition.review.autopilot == "off"
    ):
        document.fault(
            ("review",),
            f"What `{key}` does with an answer nobody here can measure, so a person reviews each: neither "
            "`review: none` nor `autopilot` can be used.",
        )
    for setting in manifests()[connection.app].auth.settings:
        if action_name in setting.needed_by and not _is_stated(connection, setting):
            document.fault(
                path,
                f"`{name}` has no “{setting.label}”, and `{action_name}` needs it. State it under Connections.",
            )
    known = action.params.model_fields
    for param, value in step.params.items():
        if param not in known:
            document.fault((*path, param), f"`{action_name}` has no `{param}`. It has: {', '.join(known)}.")
            continue
        _check_references(document, definition, action, (*path, param), param, value, lost)
    for param, info in known.items():
        if info.is_required() and param not in step.params:
            document.fault(path, f"`{param}` is missing for `{action_name}`.")
    missing = action.params.fault_of(step.params)
    if missing:
        document.fault(path, f"`{action_name}` needs {missing}.")


def check_reply(document: Document, definition: Definition) -> None:
    """Note every fault of an answer that goes back to whoever handed the record in."""
    if definition.record.when not in HANDED_IN and definition.drafts is None:  # else it is said there
        source = f"`{definition.record.from_}`" if definition.record.from_ else "nobody"
        document.fault(
            ("then",),
            f"`reply` sends the answer back to whoever handed the record in, and these records come from {source}. "
            "Say where the answer goes, or let the records come by `when: webhook`.",
        )
    if definition.review == "none":
        document.fault(
            ("review",),
            "`reply` hands the answer to another program, and what that does with it nobody here sees. So a person "
            "reviews it: `review: none` cannot be used.",
        )


def check_written(document: Document, definition: Definition) -> None:
    """Note what an app would refuse to have written; that it cannot be asked now is no fault of the file."""
    try:
        contract = definition.contract()
    except ContractFault:  # noted already
        contract = None
    for one in written(definition):
        row = Connection.objects.filter(name=one.connection).first()
        known = {field.name: field for field in offers.fields_of(row, one.object).found} if row else {}
        if row is None or not known:
            continue
        what = refused(one, known, contract)
        if what:  # it may have been made a moment ago
            try:
                asked = client_for(row, definition.version_for(row.name)).fields(one.object)
            except SignoffError:
                continue
            known = {field.name: field for field in asked}
            what = refused(one, known, contract)
        field = known_as(one.field, known)
        if field is None:
            near = meant(one.field, known)
            hint = f" Is `{near}` meant?" if near else ""
            document.fault(one.path, f"`{one.connection}` has no field `{one.field}` on {one.object}.{hint}")
        elif what:
            document.fault(one.path, f"{app_name(row.app)} would refuse this: {what}")
        elif field.unique and one.value not in (None, "") and not [*references(one.value)]:
            document.fault(
                one.path,
                f"“{field.label}” must differ from record to record, so {app_name(row.app)} would refuse the same "
                "value the second time.",
            )


def _check_references(
    document: Document,
    definition: Definition,
    action: Action,
    path: Path_,
    param: str,
    value: Any,
    lost: frozenset[str],
) -> None:
    for text in misread(value):
        document.fault(path, f"`{text}` is no reference. Write record. or answer. and a field's name.")
    for reference in references(value):
        if reference.source == "answer":
            if "answer" not in lost:
                _check_answer_field(document, definition, path, reference)
            if param in action.targets():
                document.fault(
                    path,
                    f"`{param}` says where this goes, so it must come from the record, "
                    "never from the AI's answer.",
                )
        elif is_told(definition, reference):
            document.fault(
                path,
                f"`{reference}` is what a server told of the record, so it goes nowhere by itself: it is for the AI.",
            )
        elif "record" not in lost and not is_read(definition, reference):
            fields = ", ".join(fields_read(definition))
            document.fault(path, f"`{reference}` is not among the record's `fields`: {fields}.")


def _check_answer_field(
    document: Document, definition: Definition, path: Path_, reference: Reference
) -> None:
    name, _, deeper = reference.field.partition(".")
    if name not in definition.answer:
        fields = ", ".join(definition.answer)
        document.fault(path, f"The answer has no `{reference.field}`. It has: {fields}.")
        return
    block = definition.answer[name]
    kind = block.get("type") if isinstance(block, Mapping) else block
    if deeper and kind not in ("rows", "choices"):
        document.fault(path, f"The answer's `{name}` is one value, so `{reference}` leads to nothing.")


def _is_stated(connection: Connection, setting: Setting) -> bool:
    """Say whether a connection has a setting, be it a secret one."""
    if setting.secret:
        return secret_setting(connection, setting.name) is not None
    return bool(connection.settings.get(setting.name) or setting.default)
