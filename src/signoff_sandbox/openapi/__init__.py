"""A practice server for any OpenAPI document: it answers as the document says, and keeps what it is sent."""
