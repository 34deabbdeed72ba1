"""A Todoist to practise on, written from Todoist's API v1 reference and proven by Doist's own Python client."""
