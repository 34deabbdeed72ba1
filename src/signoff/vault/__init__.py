"""Seals and opens secrets; the only room that holds a key."""
