"""What the builder shows: a half-made integration as four steps, each with its faults and the coach's remarks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.connectors.base import Action, Field
from signoff.connectors.manifest import Manifest
from signoff.connectors.registry import connector_class, manifests
from signoff.integrations import drafts, offers
from signoff.integrations.coaching import asked_of_data
from signoff.integrations.definition import HANDED_IN
from signoff.integrations.drafts import Fault
from signoff.integrations.references import WHOLE
from signoff.integrations.suggesting import ADDRESSES, lookup_of
from signoff.prompts.coach.asked import Remark
from signoff.prompts.coach.remarks import remarks
from signoff.prompts.models import Fact
from signoff.web import building
from signoff.web.outline import APP_ICONS
from signoff.web.words import Shown, label, named, shown

Data = Mapping[str, Any]
Group = tuple[str, list[tuple[str, str]]]
FILE_TALK = re.compile(
    r":? (?:its id|their id)\b.*(?=\.$)|, or `record\.\w+`|: `record\.\w+`"
)  # of a parameter's help
SUGGESTED = 10  # fields that are offered before "all of them"
READY_RULE = re.compile(r"Write “([^”…]+\.)”")
SIGNED = ("", "standard", "static", "hubspot-v3", "meta", "slack")


class Part(NamedTuple):
    """One box of the picture: what it is, how it stands, and the step of the page that changes it."""

    icon: str
    what: str
    more: str
    state: Shown
    anchor: str


class Hint(NamedTuple):
    """A remark of the coach, and the button that follows it where there is one."""

    quote: str
    says: str
    mend: str
    press: str
    button: str


class Chip(NamedTuple):
    """A field of the record that the AI may use."""

    name: str
    label: str
    chosen: bool


class AnswerRow(NamedTuple):
    """One field of the answer in the form."""

    number: int
    name: str
    kind: str
    max: str
    options: str
    about: str
    needed: bool
    kept: bool
    wrong: list[str]
    hints: list[Hint]


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


class StepRow(NamedTuple):
    """One place the answer goes to, in the form."""

    number: int
    what: str
    title: str
    where: str
    icon: str
    reaches_customer: bool
    values: list[Value]
    rare: list[Value]
    wrong: list[str]


def shown_as(data: Data, faults: Sequence[Fault], *, looked: bool, known_name: str = "") -> dict[str, Any]:
    """Return everything the page of a draft shows, but the trial."""
    hints = _hints(data)
    start = offers.start_of(data)
    known = list(offers.fields_of(start.connection, start.trigger.object).found) if start else []
    return {
        "data": data,
        "title": known_name or str(data.get("name") or ""),
        "flow": _flow(data, faults, looked),
        "wrong_name": _of(faults, "name"),
        **_record_card(data, faults, start, known, hints),
        **_prompt_card(data, faults, hints),
        **_answer_card(data, faults, hints),
        **_then_card(data, faults, known),
        "faults": len(faults),
    }


def _of(faults: Sequence[Fault], part: str, *but: tuple[str | int, ...]) -> list[str]:
    """Return what is wrong with a part, without what stands at one of its pieces."""
    return [
        one.what
        for one in faults
        if one.part == part and not any(one.path[: len(piece)] == piece for piece in but)
    ]


def _at(faults: Sequence[Fault], *path: str | int) -> list[str]:
    return [one.what for one in faults if one.path[: len(path)] == path]


# The picture


def _flow(data: Data, faults: Sequence[Fault], looked: bool) -> list[Part]:
    record, prompt = data.get("record") or {}, data.get("prompt") or {}
    rows = {row.name: row for row in offers.connections()}
    ai = rows.get(str(prompt.get("ai")))
    parts = [
        _part(_source_words(record, rows), rows.get(str(record.get("from"))), data, faults, "record", looked),
        _part(offers.app_name(ai) if ai else _("AI"), ai, data, faults, "prompt", looked, icon="sparkles"),
        _part(_("Checks"), None, data, faults, "answer", looked, icon="shield-check"),
    ]
    nobody = data.get("review") == "none"
    person = Shown("quiet", "ban", _("Nobody")) if nobody else Shown("ok", "circle-check", _("Always"))
    parts.append(Part("user-check", _("A person"), _("reviews"), person, "step-then"))
    steps = [building.step_of(step)[0].partition(".")[0] for step in data.get("then") or ()]
    for name in list(dict.fromkeys(steps)) or [""]:
        row = rows.get(name)
        what = offers.app_name(row) if row else name or _("An app")
        mine = [n for n, step in enumerate(steps) if step == name]
        wrong = [
            one for one in faults if one.path[:1] == ("then",) and (len(one.path) < 2 or one.path[1] in mine)
        ]
        parts.append(_part(what, row, data, wrong, "then", looked))
    return parts


def _source_words(record: Data, rows: Mapping[str, Connection]) -> str:
    row = rows.get(str(record.get("from")))
    if row is not None:
        return offers.app_name(row)
    if record.get("when") == "webhook":
        return _("A form or program")
    if record.get("when") == "upload":
        return _("A spreadsheet")
    return _("The clock") if record.get("schedule") else str(record.get("from") or _("An app"))


def _part(
    what: str,
    row: Connection | None,
    data: Data,
    faults: Sequence[Fault],
    part: str,
    looked: bool,
    icon: str = "",
) -> Part:
    manifest = manifests().get(row.app) if row else None
    icon = icon or _icon(manifest)
    more = row.name if row else {"answer": _("form and facts")}.get(part, "")
    wrong = [one for one in faults if one.part == part]
    if row is not None and row.state == Connection.State.NEEDS_YOU:
        state = Shown("bad", "circle-alert", _("Needs you"))
    elif wrong:
        state = Shown("bad", "circle-alert", _("Look here"))
    elif not drafts.is_complete(data, part):  # type: ignore[arg-type]  # one of its parts
        state = Shown("info", "circle-dashed", _("To do"))
    else:
        state = Shown("ok", "circle-check", _("Ready") if looked else _("Set"))
    return Part(icon, what, more, state, f"step-{part}")


def _icon(manifest: Manifest | None) -> str:
    return APP_ICONS.get(manifest.kind, "plug") if manifest else "webhook"


# The coach


def _hints(data: Data) -> dict[str, list[Hint]]:
    """Return the coach's remarks by the place they are about; none while nothing is asked yet."""
    if not str((data.get("prompt") or {}).get("task") or "").strip():
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


# 1 The record


def _record_card(
    data: Data,
    faults: Sequence[Fault],
    start: offers.Start | None,
    known: list[Field],
    hints: Mapping[str, list[Hint]],
) -> dict[str, Any]:
    record = data.get("record") or {}
    chosen = [str(name) for name in record.get("fields") or ()]
    words = {field.name: field.label for field in known}
    suggested = (
        [name for name in start.trigger.fields if name not in chosen and name != "id"] if start else []
    )
    near = [*suggested, *(field.name for field in known if field.name not in (*chosen, *suggested))]
    likely = [name for name in near if name in suggested or _is_likely(name)][:SUGGESTED]
    rest = [name for name in near if name not in likely]
    key = start.key if start else (record["when"] if record.get("when") in HANDED_IN else "")
    told = offers.fields_of(start.connection, start.trigger.object) if start else offers.Told()
    only_if = [
        (number, name, shown(wanted) if isinstance(wanted, list) else str(wanted), _choices_of(known, name))
        for number, (name, wanted) in enumerate((record.get("only_if") or {}).items())
    ]
    return {
        "starts": _start_groups(),
        "start": key or ("schedule" if record.get("schedule") else ""),
        "start_is_lost": bool(record.get("from")) and not key,
        "chips": [Chip(name, words.get(name) or label(name), True) for name in chosen],
        "likely": [Chip(name, words.get(name) or label(name), False) for name in likely],
        "rest": [Chip(name, words.get(name) or label(name), False) for name in rest],
        "known_fields": [(field.name, field.label) for field in known],
        "filter_fields": _filter_fields(known, record.get("only_if") or {}),
        "fields_problem": told.problem,
        "only_if": only_if,
        "next_if": len(only_if),
        "schedule": record.get("schedule") or "",
        "signed": record.get("signed") or "",
        "signed_choices": [(one, _signed_words(one)) for one in SIGNED],
        "wrong_record": _of(faults, "record"),
        "hints_fields": hints.get("fields", []),
    }


_LIKELY = re.compile(r"^(?:firstname|lastname|company|email|phone|message|jobtitle|subject|text|from_name|name|"
                     r"budget|numemployees|city|country|amount|dealname|closedate|description)$")  # fmt: skip


def _is_likely(name: str) -> bool:
    return bool(_LIKELY.match(name))


def _signed_words(scheme: str) -> str:
    return {
        "": _("No, whoever knows the address may send"),
        "standard": _("Yes, as Standard Webhooks say; we make a secret"),
        "static": _("Yes, with a secret in a header; we make it"),
        "hubspot-v3": _("Yes, by HubSpot"),
        "meta": _("Yes, by Meta (WhatsApp)"),
        "slack": _("Yes, by Slack"),
    }[scheme]


def _choices_of(known: Iterable[Field], name: str) -> str:
    field = next((field for field in known if field.name == name), None)
    return ", ".join(choice.value for choice in field.choices[:12]) if field and field.choices else ""


def _filter_fields(known: Iterable[Field], only_if: Data) -> list[tuple[str, str]]:
    """Return the fields that a filter may look at; none where the app does not say which there are."""
    found = sorted(((field.name, field.label) for field in known), key=lambda pair: pair[1].lower())
    names = {name for name, _label in found}
    return (
        [*found, *((str(name), label(str(name))) for name in only_if if name not in names)] if found else []
    )


def _start_groups() -> list[Group]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in offers.starts():
        app = offers.app_name(one.connection)
        words = _("%(app)s: %(what)s") % {
            "app": app,
            "what": one.trigger.label[:1].lower() + one.trigger.label[1:],
        }
        groups.setdefault(_named_app(one.connection), []).append((one.key, words))
    others = [
        ("upload", _("Somebody uploads a spreadsheet")),
        ("webhook", _("A form or another program sends a record")),
        ("schedule", _("At set times")),
    ]
    return [*groups.items(), (_("Without an app"), others)]


def _named_app(row: Connection) -> str:
    return f"{offers.app_name(row)} ({row.name})"


# 2 The prompt


def _prompt_card(data: Data, faults: Sequence[Fault], hints: Mapping[str, list[Hint]]) -> dict[str, Any]:
    prompt = data.get("prompt") or {}
    chosen = f"{prompt.get('ai') or ''} {prompt.get('model') or ''}".strip()
    groups: list[Group] = []
    problem = ""
    for row in offers.ais():
        told = offers.models_of(row)
        problem = problem or told.problem
        models = [one.id for one in told.found]
        if row.name == prompt.get("ai") and prompt.get("model") and prompt["model"] not in models:
            models.append(str(prompt["model"]))
        groups.append((_named_app(row), [(f"{row.name} {model}", model) for model in models]))
    facts = [(fact.name, named(fact.name), fact.text) for fact in Fact.objects.all()]
    mine = [str(name) for name in prompt.get("facts") or ()]
    return {
        "ais": groups,
        "ai": chosen if any(chosen == value for _name, models in groups for value, _model in models) else "",
        "models_problem": problem,
        "task": str(prompt.get("task") or ""),
        "tone": str(prompt.get("tone") or ""),
        "constraints": "\n".join(str(one) for one in prompt.get("constraints") or ()),
        "never": "\n".join(str(one) for one in prompt.get("never") or ()),
        "facts": [(name, word, text, name in mine) for name, word, text in facts]
        + [(name, named(name), "", True) for name in mine if name not in {one[0] for one in facts}],
        "examples": str(prompt.get("examples") or 0),
        "pictures": [label(str(name)) for name in prompt.get("pictures") or ()],
        "wrong_prompt": _of(faults, "prompt", ("prompt", "task")),
        "wrong_task": _at(faults, "prompt", "task"),
        "hints_task": hints.get("task", []),
        "hints_constraints": hints.get("constraints", []),
        "hints_tone": hints.get("tone", []),
        "hints_never": hints.get("never", []),
    }


# 3 The answer


def _answer_card(data: Data, faults: Sequence[Fault], hints: Mapping[str, list[Hint]]) -> dict[str, Any]:
    rows = [
        _answer_row(number, str(name), block, faults, hints)
        for number, (name, block) in enumerate((data.get("answer") or {}).items())
    ]
    groups: dict[str, list[tuple[str, str]]] = {}
    for row, object, field in offers.choice_fields():
        choices = ", ".join(choice.label for choice in field.choices[:3]) + (
            ", …" if len(field.choices) > 3 else ""
        )
        group = _("As in %(app)s, %(object)s") % {"app": _named_app(row), "object": label(object).lower()}
        groups.setdefault(group, []).append(
            (f"from:{row.name}.{object}.{field.name}", f"{field.label} ({choices})")
        )
    known = {value for pairs in groups.values() for value, _word in pairs}
    lost = [(row.kind, row.kind.removeprefix("from:")) for row in rows if row.kind.startswith("from:")]
    lost = [pair for pair in dict.fromkeys(lost) if pair[0] not in known]
    return {
        "answers": rows,
        "kinds": _kinds(),
        **_checks(data),
        "kind_groups": [*groups.items(), *([(_("Taken from"), lost)] if lost else [])],
        "wrong_answer": _of(faults, "answer", *(("answer", row.name) for row in rows)),
    }


def _checks(data: Data) -> dict[str, Any]:
    """Return what is looked at in an answer beside the facts."""
    checks = data.get("checks") or {}
    second = checks.get("second_opinion") or {}
    ai = second.get("ai") or (data.get("prompt") or {}).get("ai")
    chosen = f"{ai} {second.get('model')}" if second else ""
    groups = [
        (_named_app(row), [(f"{row.name} {one.id}", one.id) for one in offers.models_of(row).found])
        for row in offers.ais()
    ]
    if chosen:
        _offer(groups, chosen, str(second.get("model")))
    return {
        "topics": ", ".join(str(one) for one in checks.get("topics") or ()),
        "links": ", ".join(str(one) for one in checks.get("links") or ()),
        "language_any": checks.get("language") == "any",
        "second_groups": groups,
        "second": chosen,
        "has_checks": bool(checks),
    }


def _kinds() -> list[tuple[str, str]]:
    return [
        ("text", _("Text")),
        ("choice", _("One of my choices")),
        ("choices", _("Some of my choices")),
        ("yesno", _("Yes or no")),
        ("number", _("Number")),
        ("money", _("Amount of money")),
        ("date", _("Date")),
        ("datetime", _("Date and time")),
        ("email", _("E-mail address")),
        ("phone", _("Phone number")),
        ("link", _("Link")),
    ]


def _answer_row(
    number: int, name: str, block: Any, faults: Sequence[Fault], hints: Mapping[str, list[Hint]]
) -> AnswerRow:
    settings = dict(block) if isinstance(block, Mapping) else {"type": block}
    kind = f"from:{settings['from']}" if settings.get("from") else str(settings.get("type") or "text")
    return AnswerRow(
        number,
        name,
        kind,
        str(settings.get("max") or ""),
        building.options_as_text(settings.get("options")),
        str(settings.get("about") or ""),
        not settings.get("optional"),
        kind == "rows",
        _at(faults, "answer", name),
        hints.get(f"answer.{name}", []),
    )


# 4 Where it goes


def _then_card(data: Data, faults: Sequence[Fault], known: list[Field]) -> dict[str, Any]:
    steps = [_step(number, step, data, faults, known) for number, step in enumerate(data.get("then") or ())]
    groups: dict[str, list[tuple[str, str]]] = {}
    for row, action in offers.actions():
        groups.setdefault(_named_app(row), []).append((f"{row.name}.{action.name}", action.label))
    review = data.get("review")
    mine = review if isinstance(review, Mapping) else {}
    teller, _dot, place = str(mine.get("ask") or "").partition(".")
    autopilot = mine.get("autopilot")
    limits = data.get("limits") or {}
    groups_known = sorted(
        {
            group.strip()
            for csv in Person.objects.filter(is_active=True).values_list("groups_csv", flat=True)
            for group in csv.split(",")
            if group.strip()
        }
    )
    return {
        "steps": steps,
        "action_groups": list(groups.items()),
        "reviewed": "none" if review == "none" else "person",
        "by": ", ".join(str(one) for one in mine.get("by") or ()),
        "groups_known": ", ".join(groups_known),
        "tellers": [(row.name, _named_app(row)) for row in offers.tellers()],
        "ask_by": teller,
        "ask_in": place,
        "autopilot": str(autopilot.get("error_below")) if isinstance(autopilot, Mapping) else "",
        "autopilot_choices": _autopilot_choices(autopilot),
        "per_day": limits.get("per_day") or "",
        "spend_per_day": str(limits.get("spend_per_day") or "").removesuffix(" USD"),
        "spend_per_record": str(limits.get("spend_per_record") or "").removesuffix(" USD"),
        "wrong_then": _of(faults, "then", *(("then", step.number) for step in steps)),
    }


def _autopilot_choices(autopilot: Any) -> list[tuple[str, str]]:
    usual = ["1%", "2%", "5%", "10%"]
    now = str(autopilot.get("error_below")) if isinstance(autopilot, Mapping) else ""
    return [
        ("", _("Never: a person reviews every draft")),
        *(
            (one, _("When fewer than %(share)s are wrong") % {"share": one})
            for one in dict.fromkeys([*usual, now])
            if one
        ),
    ]


def _step(number: int, step: Any, data: Data, faults: Sequence[Fault], known: list[Field]) -> StepRow:
    what, params = building.step_of(step)
    connection, _dot, name = what.partition(".")
    row, action = offers.action_of(connection, name)
    manifest = manifests().get(row.app) if row else None
    values = [_one_value(f"s-{number}-{param}", param, action, row, params.get(param), data, known)
              for param in (action.params.model_fields if action else ())] if action else []  # fmt: skip
    filled = [one for one in values if one.required or one.chosen or one.yes or one.text or len(one.rows) > 1]
    # Where nothing of an action must be there, what it is for would be hidden.
    near = filled or values
    return StepRow(
        number,
        what,
        action.label if action else named(name),
        _("in %(app)s") % {"app": _named_app(row)} if row else connection,
        _icon(manifest) if manifest else "plug",
        bool(action and action.reaches_customer),
        near,
        [one for one in values if one not in near],
        _at(faults, "then", number),
    )


def _one_value(
    at: str, name: str, action: Action, row: Connection | None, value: Any, data: Data, known: list[Field]
) -> Value:
    info = action.params.model_fields[name]
    target = name in action.targets()
    kind = building.kind_of(info.annotation)
    fixed = building.fixed_choices(info.annotation)
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
    if chosen == building.AS_IT_IS:
        groups = [*groups, (_("From the file"), [(building.AS_IT_IS, shown(value)[:60])])]
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
    """Return the fields that an action may write: those of the object that it names, else of the first one."""
    if row is None:
        return []
    objects = list(dict.fromkeys(trigger.object for trigger in connector_class(row.app).triggers))
    named_by = action.name.rpartition("_")[2]
    object = named_by if named_by in objects else (objects or [""])[0]
    found = [(one.name, one.label) for one in offers.fields_of(row, object).found if not one.read_only]
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
                f"{building.LOOK_UP}record.{name}",
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
        looked_up = f"{building.LOOK_UP}{value[found[0]]}"
        _offer(groups, looked_up, str(value[found[0]]))
        return looked_up, ""
    if isinstance(value, str) and any(value == one for _name, pairs in groups for one, _word in pairs):
        return value, ""
    if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
        _offer(groups, value, label(value.partition(".")[2]))
        return value, ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return building.OWN_TEXT, str(value)
    return building.AS_IT_IS, ""


def _offer(groups: list[Group], value: str, word: str) -> None:
    """Let a value that is chosen be among the choices, though nothing offers it any more: then it is named as wrong."""
    if not any(value == one for _name, pairs in groups for one, _word in pairs):
        groups.append((_("Chosen before"), [(value, word)]))
