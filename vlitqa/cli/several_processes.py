"""What several processes of one command print: the first speaks for all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from vlitqa.errors import VlitqaError


@contextmanager
def first_speaks() -> Iterator[None]:
    """Lets the processes that `torchrun` started beside the first end quietly on an error that all of them meet.

    An error with a cause, such as a GPU that has too little memory, is met by one process alone, and is told by it.
    """
    try:
        yield
    except VlitqaError as error:
        if os.environ.get("RANK", "0") == "0" or error.__cause__:
            raise
        raise typer.Exit(error.exit_code) from None
