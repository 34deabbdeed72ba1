"""The practice AI in Anthropic's words: another desk in front of the office of `signoff_sandbox.ai`."""
