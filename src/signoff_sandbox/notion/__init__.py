"""A practice Notion: one workspace with one database, written from Notion's own API reference."""
