"""The documentation as a site, with the reference that is written from the code itself."""
