"""Any app that describes its API in an OpenAPI document: the document becomes triggers, actions, fields and a sign-in."""
