"""Vendor API versions and models: what we use, what is ending, who is affected; tried before it is changed over."""
