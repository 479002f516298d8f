"""The edit distance in plain Python, as other harnesses compute it: what the fast one is held against."""

from __future__ import annotations


def distance(one: str, other: str) -> int:
    """Letters to insert, delete or exchange (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for place, each in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != each))
    return row[-1]
