"""Sentences that are no result, on standard error."""

from __future__ import annotations

import sys

from reports.visible import visible


def tell(sentence: str) -> None:
    """Prints a sentence that is no result on standard error."""
    print(visible(sentence), file=sys.stderr, flush=True)
