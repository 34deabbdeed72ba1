"""A practice Slack: one workspace with a few channels, a bot, and buttons that can be pressed."""
