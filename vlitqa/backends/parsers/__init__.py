"""Parsers that count the semantic elements of a text and name its objects."""
