"""Sentences that are no result, on standard error."""

from __future__ import annotations

import sys

from reports.visible import visible


def tell(sentence: str) -> None:
    """Prints a sentence that is no result on standard error."""
    print(visible(sentence), file=sys.stderr, flush=True)


def safe(text: str) -> str:
    """Returns text of a dataset that rich may print: nothing hidden, no markup."""
    from rich.markup import escape

    return escape(visible(text))
