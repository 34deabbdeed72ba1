"""A practice server for any app that has an OpenAPI document: it answers as the document says, and keeps what it is sent."""
