"""The words everyone shares: errors, clock, money, secrets, prompts."""
