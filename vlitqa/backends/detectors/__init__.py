"""Detectors that find things in pictures by their names, and the nouns of an answer that they find."""
