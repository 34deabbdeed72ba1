"""Telegram: messages to the business's bot start work, and answers go back into the chat."""
