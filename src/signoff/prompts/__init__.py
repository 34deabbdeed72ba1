"""Prompt construction: task, context, constraints and output form become one versioned prompt."""
