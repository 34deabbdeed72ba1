"""People, roles, sign-in, and an audit trail that nobody can rewrite unseen."""
