"""The rows of a run that rules keep, and the data that they were scored as."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlitqa.containers.memory import library_of
from vlitqa.errors import UsageError
from vlitqa.selection.ledger import LedgerEntry
from vlitqa.selection.notation import parse_rule
from vlitqa.selection.rules import Rule
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
        if self.scored is None or names_files(self.scored):
            raise UsageError(
                "The rows that were scored are not in memory.",
                repair="Of a file vlitqa.select(run, …) writes a subset; otherwise .rows are their numbers.",
            )
        if isinstance(self.scored, Sequence):
            return [self.scored[row] for row in self.rows]
        return _TAKE[library_of(self.scored)](self.scored, self.rows)


def parse_rules(rules: Sequence[str]) -> list[Rule]:
    """The rules that texts name; raises UsageError for one that is no rule, and where there is none."""
    for rule in rules:
        if not isinstance(rule, str):
            raise UsageError(f"{rule!r:.80} is no rule.", repair='Write each as a text: "difficulty>=q25".')
    if not rules:
        raise UsageError("No rule was given.", repair='Such as "difficulty>=q25".')
    return [parse_rule(rule) for rule in rules]


def names_files(data: Any) -> bool:
    """True for a path, and for a list of paths."""
    paths = data if isinstance(data, list | tuple) and data else [data]
    return all(isinstance(path, str | Path) for path in paths)


def shallow_copy(data: Any) -> Any:
    """The same rows, in an order that nobody changes; what cannot be changed as it is."""
    if isinstance(data, Sequence) and not isinstance(data, str):
        return list(data)
    if library_of(data) == "pandas":
        return data.copy()
    return data.clone() if library_of(data) == "polars" else data
