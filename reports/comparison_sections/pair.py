"""One pair of a metric and an exam in detail."""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks import Block
from reports.comparison_sections.pairs import pair_map
from reports.comparison_view import ComparisonView
from reports.pair_blocks import PairDetail

title = "One pair"


def build(view: ComparisonView) -> Sequence[Block]:
    """The strongest pair, or whichever a reader chooses in the map."""
    pairs = pair_map(view)
    return [PairDetail(pairs)] if pairs else []
