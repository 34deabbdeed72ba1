"""A practice Gmail: sign-in with a practice Google account, drafts, messages and labels."""
