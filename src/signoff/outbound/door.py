"""The one way out to an app."""
