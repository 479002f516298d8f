"""The rows of a run that rules keep, and the data that they were scored as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vlitqa.errors import UsageError
from vlitqa.selection.ledger import LedgerEntry
from vlitqa.selection.selecting import Selection

if TYPE_CHECKING:
    import pandas

_TAKE: Mapping[str, Callable[[Any, list[int]], Any]] = {
    "pandas": lambda frame, rows: frame.iloc[rows],
    "polars": lambda frame, rows: frame[rows],
    "pyarrow": lambda table, rows: table.take(rows),
    "datasets": lambda dataset, rows: dataset.select(rows),
}
"""How each library gives the rows of these numbers."""


@dataclass(frozen=True, eq=False)
class SelectedRows:
    """The rows that rules keep."""

    selection: Selection
    scored: Any = field(repr=False)
    """What was scored, if it is in memory."""

    @property
    def rows(self) -> list[int]:
        """Their numbers, counted from 0."""
        return sorted(self.selection.kept)

    @property
    def dropped_by(self) -> dict[str, int]:
        """The number of rows that each rule drops."""
        return dict(self.selection.dropped_by)

    @property
    def ledger(self) -> pandas.DataFrame:
        """The verdict of every rule on every row, with the value and the threshold that it rests on."""
        import pandas

        columns = list(LedgerEntry.__dataclass_fields__)
        entries = [[getattr(entry, name) for name in columns] for entry in self.selection.ledger]
        return pandas.DataFrame(entries, columns=columns)

    @property
    def data(self) -> Any:
        """These rows of the list, frame, table or dataset that was scored; raises UsageError for a file."""
        library = type(self.scored).__module__.partition(".")[0]
        if isinstance(self.scored, list | tuple):
            return [self.scored[row] for row in self.rows]
        if library not in _TAKE:
            raise UsageError(
                "The rows that were scored are in a file.", repair="vlitqa.select(run, …) writes a subset."
            )
        return _TAKE[library](self.scored, self.rows)
