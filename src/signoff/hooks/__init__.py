"""What another program hands in, and what it wants to hear of: it is told, signed, and at least once."""
