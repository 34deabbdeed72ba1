"""ntfy: messages of a topic start work, and messages reach every phone that has subscribed to a topic."""
