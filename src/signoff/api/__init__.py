"""The REST API and the intake of webhooks."""
