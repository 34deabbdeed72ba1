"""Says what in an answer is not supported by the record."""
