"""Mattermost: messages in a channel start work, and answers go into channels and threads."""
