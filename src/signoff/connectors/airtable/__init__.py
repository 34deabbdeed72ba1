"""Airtable: new records start work; finished answers become records or fill them in."""
