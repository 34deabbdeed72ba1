"""A practice mailbox: a real Dovecot in front, and a mail server that keeps what it is given."""
