"""A practice HubSpot: contacts, notes and their friends, with HubSpot's limits and errors."""
