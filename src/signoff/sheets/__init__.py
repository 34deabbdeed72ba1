"""Reads the tables that people hand in as they are meant, and writes the ones they take away; knows no Django."""
