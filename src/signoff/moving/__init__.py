"""What an owner has built in another tool, as the integration that does the same here, without hiding what is lost."""
