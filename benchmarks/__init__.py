"""Measurements: each runs alone with one command and prints a table."""
