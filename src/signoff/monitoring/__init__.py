"""Notices what stopped working, and tells the owner."""
