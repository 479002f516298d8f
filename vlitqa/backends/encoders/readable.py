"""The part of a text that tokenizers take."""

from __future__ import annotations

LONGEST_ENCODED_TEXT = 200_000
"""Characters; no encoder reads so many tokens, and a longer text would only keep the tokenizer busy."""


def readable(text: str) -> str:
    """Cuts a text to the longest encoded text, with question marks for lone surrogates, which no tokenizer takes."""
    return text[:LONGEST_ENCODED_TEXT].encode("utf-8", "replace").decode("utf-8")
