"""What numbers count, by the card of their metric: a person reads shares in percent, files keep 0 to 1."""

from __future__ import annotations

from reports.numbers import number, share
from vlitqa.catalogue import card_of
from vlitqa.results import Figure, Scored


def is_share(metric: str, figure: str) -> bool:
    """True if a figure of this name is a share."""
    card = card_of(metric)
    return card is not None and figure in card.shares


def unit_of(metric: str, figure: Figure) -> str:
    """The words behind the value of a figure: of a share what it is a share of, then the unit of its measuring."""
    card = card_of(metric)
    words = card.shares.get(figure.name, "") if card else ""
    return ", ".join(filter(None, (words, figure.unit)))


def amount(value: float, *, of_share: bool) -> str:
    """A number as a person reads it."""
    return share(value) if of_share else number(value)


def value_of(metric: str, figure: Figure) -> str:
    """The value of a figure that has one, without its unit."""
    return amount(figure.value or 0.0, of_share=is_share(metric, figure.name))


def interval_of(metric: str, figure: Figure) -> str:
    """The interval of a figure in brackets; empty where it has none."""
    if figure.interval is None:
        return ""
    low, high = (amount(end, of_share=is_share(metric, figure.name)) for end in figure.interval)
    return f"[{low}, {high}]"


def why_doubted(figure: Figure) -> str:
    """The words that stand beside a value that says nothing; empty beside any other."""
    return f"says nothing: {figure.doubt}" if figure.doubt else ""


def not_of_paper(scored: Scored, figure: Figure) -> str:
    """The words beside an `original` figure that other tools than the paper's made; empty beside any other."""
    if figure.variant != "original" or figure.value is None or not scored.other_tools:
        return ""
    return f"{by_other_tools(scored)}, not the paper's tool{'s' if len(scored.other_tools) > 1 else ''}"


def by_other_tools(scored: Scored) -> str:
    """The tools behind the figures of a metric that the paper did not use; empty where there are none."""
    return f"by {' and '.join(scored.other_tools)}" if scored.other_tools else ""


def is_share_column(name: str) -> bool:
    """True if a column of a summary's table holds shares, as its name says."""
    return name.split(" ")[0] == "share"
