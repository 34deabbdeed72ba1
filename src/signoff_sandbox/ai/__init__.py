"""A practice AI that speaks OpenAI's language and writes believable e-mails, some of them wrong on purpose."""
