"""A practice ntfy: topics, cached messages and access tokens, after ntfy's documentation."""
