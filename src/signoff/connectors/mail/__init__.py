"""Any mailbox, by IMAP and SMTP: what arrives starts the work, and answers lie in Drafts or are sent."""
