"""Proving: reviewed records go through another prompt or model, and what would change is counted; nothing is sent."""
