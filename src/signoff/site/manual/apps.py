"""The page of all apps, from their manifests and what their connectors can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from signoff.connectors.base import Action, Trigger
from signoff.connectors.manifest import Manifest
from signoff.connectors.registry import connector_class, manifests
from signoff.site.manual.markdown import WRITTEN, code, slug, table

PAGES = Path(__file__).parents[4] / "docs"
HEAD = """# Every app

What each app's connector can do, from its manifest and its code. The day is when somebody last read the vendor's pages.

"""


def page() -> str:
    """Return the page."""
    found = manifests()
    rows = [
        (
            f"[{one.name}](#{slug(one.name)})", one.kind, one.grade, ", ".join(code(row.name) for row in _starts(key)),
            ", ".join(code(row.name) for row in _writes(key)), one.api.checked_on,
        )
        for key, one in found.items()
    ]  # fmt: skip
    heads = ["App", "Kind", "Grade", "Starts work with", "Takes answers by", "Read on"]
    return WRITTEN + HEAD + table(heads, rows) + "".join(_app(key, one) for key, one in found.items())


def _page(key: str) -> str:
    """Return the page on an app: MCP, which is many apps, has one of its own."""
    return f"apps/{key}.md" if (PAGES / "apps" / f"{key}.md").exists() else f"{key}.md"


def _app(key: str, manifest: Manifest) -> str:
    limits = manifest.limits
    pace = [
        f"{value:g} {what} a minute"
        for value, what in ((limits.requests_per_minute, "requests"), (limits.tokens_per_minute, "tokens"))
        if value is not None
    ]
    signs_in = f"by signing in with {manifest.name}" if manifest.auth.kind == "oauth" else manifest.auth.label
    parts = [
        f"## {manifest.name}\n\n",
        f"{manifest.summary} [How to connect it, and what it cannot](../{_page(key)}).\n\n",
        f"- Connects with: `signoff connect {key}`, {signs_in}.\n",
        f"- API: version {code(manifest.api.version)}, <{manifest.api.docs}>\n",
        f"- Assumed until the app or you say otherwise: {', '.join(pace)}.\n" if pace else "",
        "\n",
        table(
            ["Setting", "Asked for as", "Must be there"],
            (
                (code(one.name), one.label, "" if not one.required or one.default else "yes")
                for one in manifest.auth.settings
            ),
        ),
        table(["Start (`when`)", "What it is", "How we hear of it"], _start_rows(key)),
        table(["Action", "What it does", "Parameters", "Twice is once"], _action_rows(key)),
        table(
            ["Stops", "On", "Instead", "Source"],
            (
                (code(one.what), one.on, code(one.replacement), _source(one.source))
                for one in manifest.api.ends
            ),
        ),
    ]
    return "".join(parts)


def _source(text: str) -> str:
    return f"<{text}>" if text.startswith("https://") else text


def _starts(key: str) -> tuple[Trigger, ...]:
    return tuple(connector_class(key).triggers)


def _writes(key: str) -> list[Action]:
    return [one for one in connector_class(key).actions().values() if one.effect == "write"]


def _start_rows(key: str) -> Iterator[tuple[str, str, str]]:
    for one in _starts(key):
        told = "the app tells us" if one.pushed else "we ask the app"
        yield code(one.name), one.label, f"{told}, and we ask too" if one.also_polled else told


def _action_rows(key: str) -> Iterator[tuple[str, str, str, str]]:
    for one in _writes(key):
        fields = one.params.model_fields
        names = [
            code(name) + ("" if info.is_required() else " (may be left out)") for name, info in fields.items()
        ]
        yield code(one.name), one.label, ", ".join(names), "yes" if one.repeatable else "no"
