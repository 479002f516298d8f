"""Plug-ins: what installed packages and files that a user names add to the tables of the catalogue."""
