"""Notion: pages added to a database start work, answers become pages and comments."""
