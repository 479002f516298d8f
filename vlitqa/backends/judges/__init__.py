"""Judges: what they are asked, how a model or a server answers, and what in a sample tries to sway them."""
