"""Slack: messages to a channel, and people asked there to look at a draft."""
