"""Parsers that count the semantic elements of a text."""
