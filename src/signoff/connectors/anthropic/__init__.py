"""Anthropic's Claude, in its own language: a prompt goes in, an answer comes out."""
