"""A finished run as a notebook reads it: frames, rows, a graph, a page, and a view of itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.principle_blocks import Principles
from reports.quality import write_report
from reports.sections import principles
from vlitqa.api.findings import count_rows, findings_as_html, findings_frame
from vlitqa.api.notebook import table_as_html
from vlitqa.api.selected_rows import SelectedRows, parse_rules
from vlitqa.catalogue import better
from vlitqa.errors import DatasetError, UsageError
from vlitqa.reader import Dataset
from vlitqa.records import Record
from vlitqa.results import Figure, Scorecard
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.source import reopen_dataset
from vlitqa.selection.selecting import select as select_rows

if TYPE_CHECKING:
    import networkx
    import pandas

_FIGURE_COLUMNS = ["metric", "figure", "variant", "value", "low", "high", "measured", "unit", "reason"]
_NOT_THERE = "The rows are needed, and their dataset cannot be opened"


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run."""

    finished: FinishedRun
    dataset: Dataset | None = field(default=None, repr=False)
    """The open dataset; None for a run that was opened from its folder."""
    scored: object = field(default=None, repr=False)
    """What was scored."""

    @property
    def folder(self) -> Path:
        """The folder of its files."""
        return self.finished.folder

    @property
    def card(self) -> Scorecard:
        """The scorecard, as scorecard.json holds it."""
        return self.finished.card

    @property
    def findings(self) -> pandas.DataFrame:
        """A row for each kind of fault."""
        return findings_frame(self.card)

    @property
    def figures(self) -> pandas.DataFrame:
        """A row for each figure: metric, name, variant, value, the ends of its interval, rows measured, the reason."""
        import pandas

        rows = [row for scored in self.card.scored for row in _figure_rows(scored.metric, scored.summary.figures)]
        return pandas.DataFrame(rows, columns=_FIGURE_COLUMNS)

    @property
    def groups(self) -> pandas.DataFrame:
        """The same of each group, where the dataset was scored `by` some, with the group and its number of records."""
        import pandas

        rows = [
            [group.name, group.records, *row]
            for group in (self.card.by_group.groups if self.card.by_group else ())
            for metric, figures in group.figures.items()
            for row in _figure_rows(metric, figures)
        ]
        return pandas.DataFrame(rows, columns=["group", "records", *_FIGURE_COLUMNS])

    def frame(self) -> pandas.DataFrame:
        """A row for each record: its id, and of each metric the value and the status; the index counts from 0."""
        import pandas

        columns: dict[str, Sequence[Any]] = {"id": self.finished.ids}
        for metric in self.finished.metrics:
            columns[metric] = self.finished.values(metric).tolist()
            columns[f"{metric} status"] = self.finished.column(metric, "status")
        return pandas.DataFrame(columns, index=pandas.Index(self.finished.rows, name="row"))

    def worst(self, metric: str, count: int = 20) -> pandas.DataFrame:
        """The rows with the worst values of a metric, with their texts; raises UsageError where none is worse."""
        import pandas

        if not isinstance(count, int) or count < 0:
            raise UsageError(f"{count!r} is no number of rows.", repair="Give a whole number.")
        self.finished.require_values(metric)
        direction = better(metric)
        if direction not in ("up", "down"):
            raise UsageError(f"No value of {metric} is worse than another.", repair="run.frame() holds all of them.")
        values = [
            (value, row)
            for row, value in zip(self.finished.rows, self.finished.values(metric).tolist(), strict=True)
            if math.isfinite(value)
        ]
        worst = sorted(values, key=lambda pair: (pair[0] if direction == "up" else -pair[0], pair[1]))[:count]
        records = self._records({row for _, row in worst})
        shown = [
            [
                value,
                "\n".join(turn.instruction or "" for turn in records[row].turns),
                "\n".join(turn.response or "" for turn in records[row].turns),
                list(dict.fromkeys(ref.name for ref in records[row].images)),
            ]
            for value, row in worst
        ]
        index = pandas.Index([row for _, row in worst], name="row")
        return pandas.DataFrame(shown, index=index, columns=[metric, "instruction", "response", "images"])

    def select(self, *rules: str, seed: int = 0, drop_unmeasured: bool = False) -> SelectedRows:
        """The rows that rules keep, such as "difficulty>=q25" or "budget:20%"; vlitqa.select writes a file of them."""
        selection = select_rows(self.finished, parse_rules(rules), seed=seed, drop_unmeasured=drop_unmeasured)
        return SelectedRows(selection, self.scored)

    def graph(self, label: str = "") -> networkx.Graph[str]:
        """The graph of the words that instructions use together: of all, or of those that have a task label."""
        return self.finished.graph(label)

    def save_report(self, path: str | Path | None = None) -> Path:
        """Draws the page of the run; without a path it is report.html in its folder."""
        return write_report(self.finished, Path(path) if path else None)

    def _records(self, rows: set[int]) -> dict[int, Record]:
        try:
            dataset = self.dataset or reopen_dataset(self.finished)
        except DatasetError as error:
            raise DatasetError(f"{_NOT_THERE}: {error.message}", repair="run.frame() needs no rows.") from None
        with dataset.entries() as entries:
            records = (entry for entry in entries if isinstance(entry, Record) and entry.place.row in rows)
            return {record.place.row: record for record in records}

    def __repr__(self) -> str:
        return f"{count_rows(self.card)}, {len(self.finished.metrics)} metrics in {self.folder}"

    def _repr_html_(self) -> str:
        blocks = principles.build(self.finished)
        panels = next(block.panels for block in blocks if isinstance(block, Principles))
        rows = [
            (
                principle,
                measure.name,
                measure.value,
                measure.interval,
                measure.sentence or f"{measure.note} {measure.command}",
            )
            for principle, measures in panels
            for measure in measures
        ]
        table = table_as_html(("principle", "figure", "value", "interval", "meaning"), rows)
        return f"{findings_as_html(self.card)}{table}"


def _figure_rows(metric: str, figures: Sequence[Figure]) -> Iterator[list[object]]:
    for one in figures:
        low, high = one.interval or (None, None)
        yield [metric, one.name, one.variant, one.value, low, high, one.measured, one.unit, one.reason]
