"""Readers of other programs' network files."""
