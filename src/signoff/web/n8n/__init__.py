"""Puts Signoff into a workflow of n8n: hands out its nodes, and what is pasted there."""
