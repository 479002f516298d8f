"""The sections of a page: each says something of a run in blocks, and knows nothing of how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reports.blocks import Block
from vlitqa.runs.finished import Run


class Section(Protocol):
    """A module with a title and a function: pure, and left out of the page where it gives nothing."""

    title: str

    def build(self, run: Run) -> Sequence[Block]: ...
