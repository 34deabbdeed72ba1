"""A person decides, bound to what they saw, until the measured error rate allows autopilot."""
