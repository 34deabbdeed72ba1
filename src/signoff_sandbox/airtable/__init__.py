"""A practice Airtable, from Airtable's own description of its Web API."""
