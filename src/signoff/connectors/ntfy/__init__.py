"""Messages by ntfy: those of a topic start work, and answers reach every phone that has subscribed to one."""
