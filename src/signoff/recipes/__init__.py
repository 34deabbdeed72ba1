"""Integrations that are ready but for the owner's own connections."""
