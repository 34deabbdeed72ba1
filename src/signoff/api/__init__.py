"""The REST API and the intake of webhooks."""

from signoff.api import light as _light  # noqa: F401  # before any of its modules loads Ninja
