"""A practice AI that speaks OpenAI's language and writes e-mails, some of them wrong on purpose."""
