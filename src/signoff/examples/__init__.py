"""Examples: the AI is shown what people approved for similar records, and nothing of anybody in it."""
