"""The owner's definition: record source, prompt, contract, review policy, destinations."""
