"""Webhooks: the secret with which an app signs what it sends to us."""
