"""Settings, addresses and the server entry points; imported by nobody."""
