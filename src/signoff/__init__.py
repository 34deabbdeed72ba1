"""Connects a business's apps to an AI model, and can be trusted to run alone."""

__version__ = "0.1.0"
