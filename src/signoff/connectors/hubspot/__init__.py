"""HubSpot: contacts come in, and their fields, notes and tasks go back."""
