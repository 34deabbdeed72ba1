"""Practice apps that behave like the vendors describe theirs; they share no code with signoff."""
