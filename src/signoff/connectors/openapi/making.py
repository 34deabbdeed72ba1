"""From a plan to an app: its manifest, its triggers, and its actions with what they take."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, create_model
from pydantic import Field as PydanticField

from signoff.connectors.base import Action, Connector, Params, Trigger
from signoff.connectors.manifest import Api, Auth, Limits, Manifest, Setting
from signoff.connectors.openapi.connector import Described
from signoff.connectors.openapi.plan import Does, Plan, Prop

REQUESTS_PER_MINUTE = 60.0
BETWEEN_LOOKS = 30.0  # seconds, for an app whose lists have to be read whole


def manifest_of(key: str, plan: Plan) -> Manifest:
    """Return the manifest of a described app."""
    way = plan.sign_in
    reads_whole = any(not one.listing.made for one in plan.begins)
    offers = [*(one.label for one in plan.begins), *(one.label for one in plan.does)]
    return Manifest(
        key=key,
        name=plan.title,
        summary=f"By its OpenAPI document: {', '.join(offers[:4])}{', …' if len(offers) > 4 else ''}.",
        kind="other",
        grade="bronze",
        exempt={"ends": "An OpenAPI document names no end."},
        api=Api(
            base_url=plan.base_url,
            version=plan.api_version,
            docs=plan.docs,
            checked_on=date.fromisoformat(plan.described_on),
        ),
        auth=Auth(
            kind="oauth" if way.kind == "oauth" else "key",
            label=way.key,
            header=way.header or "Authorization: Bearer {key}",
            where=_where(plan),
            where_url=plan.docs,
            example=way.example,
            keyless=way.kind == "none",
            settings=tuple(
                Setting(
                    name=one.name,
                    label=one.label,
                    help=one.help,
                    example=one.example,
                    default=one.default,
                    choices=one.choices,
                )
                for one in plan.asked
            ),
            oauth=way.oauth,
        ),
        limits=Limits(
            requests_per_minute=REQUESTS_PER_MINUTE,
            seconds_between_looks=BETWEEN_LOOKS if reads_whole else None,
        ),
    )


def class_of(key: str, plan: Plan) -> type[Connector]:
    """Return the connector of a described app."""
    members: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": f"{plan.title}, by its document.",
        "plan": plan,
        "manifest": manifest_of(key, plan),
        "triggers": tuple(
            Trigger(
                one.name,
                one.label,
                one.object,
                tuple(p.name for p in one.fields),
                needs=(f"read {one.object}",),
            )
            for one in plan.begins
        ),
        "also_describes": tuple(one.name for one in plan.does),
        "doing": {one.name: _action(one) for one in plan.does},
    }
    return type("DescribedApp", (Described,), members)


def _where(plan: Plan) -> tuple[str, ...]:
    first = f"Sign in to {plan.title} and look for its settings for developers, API or integrations."
    if plan.sign_in.kind == "none":
        steps = [first, "The document asks for no key.", "If there is one all the same, paste it here."]
    elif plan.sign_in.kind == "oauth":
        steps = [first, "Make an app there and call it Signoff.", "Copy its client id and its client secret."]
    else:
        steps = [
            first,
            "Make a key there and call it Signoff; give it no more rights than it needs.",
            "Copy it.",
        ]
    told = plan.sign_in.help
    return (*steps, f"The document says of it: {told.rstrip('.')}.") if told else tuple(steps)


def _action(one: Does) -> Action:
    fields: dict[str, Any] = {
        prop.name: (_python_type(prop), _info(prop)) for prop in one.params if not _is_given(prop)
    }
    params = create_model(f"Params_{one.name}", __base__=Params, **fields)
    return Action(
        name=one.name,
        label=one.label,
        effect="write",
        repeatable=one.repeatable,
        reaches_customer=True,  # nobody here knows whom it reaches, so a person looks at it
        params=params,
        method=one.name,
    )


def _is_given(prop: Prop) -> bool:
    """Say whether the document allows one value alone, which is sent by itself."""
    return prop.fixed is not None and prop.required


def _python_type(prop: Prop) -> Any:
    kind: Any = Annotated[str, BeforeValidator(_as_text)]
    if prop.choices:
        kind = Literal[prop.choices]
    elif prop.type == "yesno":
        kind = bool
    elif prop.type == "number":
        kind = int if prop.whole else float
    if prop.many:
        kind = Annotated[list[kind], BeforeValidator(_listed)]
    if prop.required:
        return kind
    return Annotated[kind | None, BeforeValidator(_none_if_empty)]


def _info(prop: Prop) -> Any:
    more: dict[str, Any] = {"description": prop.help or prop.label}
    if prop.is_target:
        more["json_schema_extra"] = {"target": True}
    if prop.max_length and not prop.choices and not prop.many and prop.type not in ("yesno", "number"):
        more["max_length"] = prop.max_length
    return PydanticField(**more) if prop.required else PydanticField(default=None, **more)


def _as_text(value: Any) -> Any:
    """Return a number of a record as the text that the app wants."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _none_if_empty(value: Any) -> Any:
    return None if value in ("", []) else value
