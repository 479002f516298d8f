"""The first screen: the principles of good data, what the dataset reaches in each, and where that lies."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from reports.blocks import Block
from reports.losses import losses_of
from reports.numbers import ARROWS, rounded
from reports.principle_blocks import Measure, Principles, Strip, Tick
from reports.references import published
from reports.units import amount, by_other_tools, interval_of, is_share, not_of_paper, unit_of, value_of
from vlitqa.catalogue import cards_of
from vlitqa.contracts import Card, Principle
from vlitqa.results import Figure, Scored
from vlitqa.results.faults import WARNING
from vlitqa.runs.finished import FinishedRun

title = "The seven principles"
_BETTER = {"up": "more is better", "down": "less is better", "none": ""}
_ANYTHING = (0.0, 1.0)
_HERE = "this dataset"


def build(run: FinishedRun) -> Sequence[Block]:
    """Every principle of the review, with the headline of each metric that measures it."""
    panels = tuple(
        (principle.value, tuple(_measure(run, card) for card in cards_of(principle))) for principle in Principle
    )
    return [*losses_of(run), Principles(panels)]


def _measure(run: FinishedRun, card: Card) -> Measure:
    """The headline of a metric; without one the paper's own figure, or why there is none."""
    name, scored = card.headline.name, run.scored(card.name)
    if scored is None:
        command = shlex.join(("vlitqa", "score", run.info.dataset, "--metrics", card.name))
        return Measure(name, "not measured", note="To measure it:", command=command, level=WARNING)
    figure = run.figure(card.name, name, card.headline.variant)
    if figure is not None and figure.value is not None:
        return _measured(run, scored, figure, _sentence(card, scored, figure))
    reason = figure.reason if figure else _reason(card, scored)
    original = run.figure(card.name, name, "original")
    if original is None or original.value is None:
        return Measure(name, "not measured", note=reason, level=WARNING)
    measure = _measured(run, scored, original, "")
    if original.doubt:
        return measure
    return replace(measure, name=f"{name}, original", note=f"{measure.note}. No sound value: {reason}")


def _measured(run: FinishedRun, scored: Scored, figure: Figure, sentence: str) -> Measure:
    """A figure that has a value, unless that says nothing."""
    if figure.doubt or figure.interval == _ANYTHING:
        return Measure(figure.name, "unknown", note=figure.doubt or "its interval is 0 to 100 %", level=WARNING)
    interval = interval_of(scored.metric, figure)
    made_by = not_of_paper(scored, figure) or by_other_tools(scored)
    return Measure(
        figure.name,
        value_of(scored.metric, figure),
        better=f"{ARROWS[figure.direction]} {_BETTER[figure.direction]}".strip(),
        interval=f"95 % interval {interval}" if interval else f"{figure.measured:,} measured, no interval",
        sentence=sentence,
        note="; ".join(filter(None, ("" if sentence else unit_of(scored.metric, figure), made_by))),
        strip=_strip(run, scored, figure),
    )


def _sentence(card: Card, scored: Scored, figure: Figure) -> str:
    """The meaning of a headline; empty where the run kept no such parameter."""
    of_share, value = is_share(card.name, figure.name), figure.value or 0.0
    text = amount(value, of_share=True) if of_share else rounded(value)
    words = {**scored.provenance.get("parameters", {}), "value": text, "s": "" if text == "1" else "s"}
    try:
        return card.sentence.format_map(words)
    except KeyError:
        return ""


def _strip(run: FinishedRun, scored: Scored, figure: Figure) -> Strip | None:
    """The figure among those of published datasets, the lowest first; None where none compares."""
    others = published(run.card, scored, figure)
    if not others or figure.value is None:
        return None
    values = [(name, value, False) for name, value in others.items()] + [(_HERE, figure.value, True)]
    ticks = (
        Tick(name, value, value_of(scored.metric, replace(figure, value=value)), is_here)
        for name, value, is_here in sorted(values, key=lambda entry: entry[1])
    )
    return Strip(tuple(ticks), figure.interval)


def _reason(card: Card, scored: Scored) -> str:
    """The reason why a metric has no figure at all."""
    reasons = [figure.reason for figure in scored.summary.figures if figure.reason]
    needs = f"needs {' and '.join(card.tools)}: see vlitqa doctor" if card.tools else ""
    return reasons[0] if reasons else needs
