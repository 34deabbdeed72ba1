"""Authentication: an authorised account at one app, whether it still works, and when it ends."""
