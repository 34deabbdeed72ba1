"""Connectors on the practice apps: `connect(practice, "hubspot")` gives one that is signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

from signoff.connectors.base import Connector
from signoff.connectors.registry import connector_class, manifests
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE
from signoff_sandbox.testing import (
    AIRTABLE_KEY,
    AIRTABLE_SETTINGS,
    ANTHROPIC_KEY,
    HUBSPOT_KEY,
    MATTERMOST_KEY,
    MATTERMOST_SETTINGS,
    NOTION_KEY,
    NOTION_SETTINGS,
    NTFY_KEY,
    NTFY_SETTINGS,
    OPENAI_KEY,
    SLACK_KEY,
    TELEGRAM_KEY,
    TODOIST_KEY,
    TODOIST_SETTINGS,
    WHATSAPP_KEY,
    WHATSAPP_SETTINGS,
    Practice,
)

KEYS = {
    "airtable": AIRTABLE_KEY,
    "hubspot": HUBSPOT_KEY,
    "openai": OPENAI_KEY,
    "anthropic": ANTHROPIC_KEY,
    "slack": SLACK_KEY,
    "whatsapp": WHATSAPP_KEY,
    "telegram": TELEGRAM_KEY,
    "todoist": TODOIST_KEY,
    "notion": NOTION_KEY,
    "ntfy": NTFY_KEY,
    "mattermost": MATTERMOST_KEY,
}
SETTINGS = {
    "airtable": AIRTABLE_SETTINGS,
    "mattermost": MATTERMOST_SETTINGS,
    "notion": NOTION_SETTINGS,
    "ntfy": NTFY_SETTINGS,
    "todoist": TODOIST_SETTINGS,
    "whatsapp": WHATSAPP_SETTINGS,
}


# Where a provider puts OpenAI's paths.
ROOTS = {"azure": "/openai/v1", "openrouter": "/api/v1", "deepseek": "", "gemini": "/v1beta/openai"}


def connect(practice: Practice, app: str, key: str | None = None, **settings: str) -> Connector:
    settings = {**SETTINGS.get(app, {}), **settings}
    manifest = manifests()[app].chosen(settings)
    path = urlsplit(manifest.api.base_url).path
    root = ROOTS.get(settings.get("provider", ""), "/v1") if manifest.kind == "ai" else path
    key = key or KEYS.get(app) or practice.grant().access_token
    name, _, pattern = manifest.auth.header.partition(": ")
    door = Door(
        practice.address(app) + root,
        app=manifest.name,
        authorise=lambda: {name: pattern.replace("{key}", key)},
        allow_hosts=HERE,
        timeout_seconds=5.0,
        secrets=lambda name: settings.get(name, ""),
    )
    return connector_class(app)(door, settings)
