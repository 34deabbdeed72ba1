"""Todoist: a task that appears in a project starts the work, answers become tasks and comments."""
