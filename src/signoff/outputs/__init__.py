"""Output handling: an answer fits its contract exactly, or is said not to."""
