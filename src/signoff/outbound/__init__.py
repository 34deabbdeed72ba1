"""The one way out: timeouts, size caps, the private-address guard, error translation."""
