"""The practice WhatsApp: Meta's Cloud API with customers that exist only here."""
