"""Any app that has an OpenAPI document: of it come triggers, actions, fields and a sign-in."""
