"""OpenAI, and every provider that speaks its language: a prompt goes in, an answer comes out."""
