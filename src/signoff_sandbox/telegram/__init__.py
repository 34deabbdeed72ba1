"""A practice Telegram: the part of the Bot API that a bot reads and writes by."""
