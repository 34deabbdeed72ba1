"""Gmail: e-mail drafts that a person sends, and messages sent straight away."""
