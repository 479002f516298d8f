"""The values that sum a dataset up: figures, tables, findings, labels, and the summary of a metric that holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from msgspec import Struct

ONLY_IF_SET = {"only_if_set": True}
"""Marks a field whose default is left out of JSON."""
OTHER_TOOLS = "other tools"
"""The part of a provenance that names, by kind, the tools that the paper did not use."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a dataset, with its interval and what it left out."""

    name: str
    variant: str
    value: float | None
    _: KW_ONLY
    direction: str = "none"
    """`up` where more is better, `down` where less is, `none` where neither is."""
    interval: tuple[float, float] | None = None
    measured: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    unit: str = ""
    failed: bool = field(default=False, metadata=ONLY_IF_SET)
    """Tells whether there is no value because the metric failed."""
    doubt: str = field(default="", metadata=ONLY_IF_SET)
    """The reason why its value says nothing, such as a judge that cannot tell right from wrong; empty where it does."""

    @classmethod
    def without(cls, name: str, variant: str, reason: str, **fields: Any) -> Figure:
        """A figure that has no value, and why."""
        return cls(name, variant, None, reason=reason, **fields)


@dataclass(frozen=True, slots=True)
class Table:
    """A small table that belongs to a summary, such as images by turn."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault: how many rows have it, the first few, and what to do."""

    code: str
    severity: str
    """`error`, `warning` or `note`."""
    rows: int
    _: KW_ONLY
    examples: tuple[str, ...]
    """The first places: lines of the file, or rows where lines would not tell them apart."""
    meaning: str
    repair: str = ""
    detail: str = ""
    """The reason at the first place, such as the field and reason of a reject."""


Labels = Mapping[int, Sequence[tuple[str, ...]]]
"""By row: the labels of each of its turns."""


class FaultyRow(Struct, frozen=True, gc=False):
    """A row that has a fault."""

    row: int
    """Counted from 0."""
    code: str
    of_row: int | None = None
    """The row that it repeats, where the fault is a repetition."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures, tables and findings of one metric for a whole dataset."""

    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    findings: tuple[Finding, ...] = ()
    _: KW_ONLY
    counts: Mapping[str, int] = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)
    """Kept in a file of their own, as are the rows that are faulty."""
    tags: Labels = field(default_factory=dict, metadata=ONLY_IF_SET)
    """Labels before any is left out for being rare: for metrics that read them, and not kept."""
    faulty: tuple[FaultyRow, ...] = field(default=(), metadata=ONLY_IF_SET)
    """The rows that have a fault, in their order."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A metric's summary beside its provenance: version, parameters, tools and seed."""

    metric: str
    provenance: Mapping[str, Any]
    summary: Summary

    @property
    def other_tools(self) -> tuple[str, ...]:
        """The tools behind its `original` figures that the paper did not use; none where a run kept no such names."""
        return tuple(self.provenance.get(OTHER_TOOLS, {}).values())
