"""The verdicts of people as tables, for pages and for the terminal."""

from __future__ import annotations

from reports.marks import shorten
from vlitqa.results import Table
from vlitqa.results.people import PeopleVerdicts

_TOP, _LETTERS = 20, 60
"""Errors that are shown, and letters of each."""


def describe_verdicts(people: PeopleVerdicts) -> str:
    """A sentence with the share that people call correct, and its interval."""
    count = people.correct + people.incorrect
    between = ""
    if people.interval:
        low, high = (f"{100 * end:.1f}" for end in people.interval)
        between = f" ({100 * people.correct / count:.1f} % [{low}, {high}])"
    return f"{count:,} responses have a verdict, and {people.correct:,} of them are correct by it{between}."


def tables_of_people(people: PeopleVerdicts) -> tuple[Table, ...]:
    """The metrics that separate correct responses from incorrect ones, and the errors; without rows neither."""
    separations = tuple(
        (one.metric, round(one.area, 2), _between(one.interval), one.correct, one.incorrect)
        for one in people.separations
    )
    columns = ("metric", "correct above incorrect", "95 % interval", "correct", "incorrect")
    causes = tuple(
        (shorten(cause, _LETTERS), count, count / people.incorrect)
        for cause, count in sorted(people.causes.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
    )
    tables = (
        Table("metrics held against people's verdicts", columns, separations),
        Table("errors that people name", ("error", "incorrect responses", "share of them"), causes),
    )
    return tuple(table for table in tables if table.rows)


def _between(interval: tuple[float, float] | None) -> str:
    return f"[{interval[0]:.2f}, {interval[1]:.2f}]" if interval else "too few images"
