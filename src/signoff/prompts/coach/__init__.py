"""The coach: says what is vague in a prompt, in its owner's words, with the sentence that would mend it."""
