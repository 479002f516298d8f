"""One finished run, as the sections of a page read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from vlitqa.errors import RunError
from vlitqa.results import Figure, Labels, Measurement, Scorecard, Scored
from vlitqa.results.agreement import AgreementResult, agreement_from_json
from vlitqa.results.exams import ExamResult, exam_results_from_json
from vlitqa.runs.folder import (
    AGREEMENT,
    EXAM_RESULTS,
    INFO,
    REJECTS,
    read_scorecard,
    stored_column,
    stored_labels,
    stored_measurements,
)
from vlitqa.runs.gallery import Exhibit, stored_gallery

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Run:
    """What a run folder says of one dataset; what is large is read when a section asks for it."""

    folder: Path
    name: str
    card: Scorecard
    info: Mapping[str, Any]
    chosen: tuple[Exhibit, ...] | None = None
    """Rows to show in place of those that its folder keeps."""
    _values: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def rows(self) -> list[int]:
        """Counted from 0: those with a record."""
        return (
            [row - 1 for row in stored_column(self.folder, self.card.scored[0].metric, "row")]
            if self.card.scored
            else []
        )

    @cached_property
    def ids(self) -> list[str]:
        return stored_column(self.folder, self.card.scored[0].metric, "record") if self.card.scored else []

    @cached_property
    def exhibits(self) -> list[Exhibit]:
        return list(stored_gallery(self.folder) if self.chosen is None else self.chosen)

    @cached_property
    def labels(self) -> Mapping[str, Labels]:
        return stored_labels(self.folder)

    @cached_property
    def exams(self) -> Sequence[ExamResult]:
        """What models reached that are kept beside this dataset."""
        with _reading(self.folder / EXAM_RESULTS) as content:
            return exam_results_from_json(content or b"[]")

    @cached_property
    def agreement(self) -> AgreementResult | None:
        """The agreement of raters, or of quality with exams, if that is kept beside this dataset."""
        with _reading(self.folder / AGREEMENT) as content:
            return agreement_from_json(content) if content else None

    def values(self, metric: str) -> Floats:
        """The value of every row, NaN where there is none."""
        if metric not in self._values:
            found = stored_column(self.folder, metric, "value")
            self._values[metric] = np.array([np.nan if value is None else value for value in found], np.float64)
        return self._values[metric]

    def column(self, metric: str, name: str) -> list[Any]:
        return stored_column(self.folder, metric, name)

    def measurements(self, metric: str) -> Iterator[Measurement]:
        return stored_measurements(self.folder, metric)

    def scored(self, metric: str) -> Scored | None:
        return next((each for each in self.card.scored if each.metric == metric), None)

    def figure(self, metric: str, name: str, variant: str) -> Figure | None:
        scored = self.scored(metric)
        found = scored.summary.figures if scored else ()
        return next((each for each in found if (each.name, each.variant) == (name, variant)), None)

    def rejects(self, most: int) -> list[Mapping[str, Any]]:
        with (self.folder / REJECTS).open("rb") as file:
            return [orjson.loads(line) for line in islice(file, most)]


@contextmanager
def _reading(path: Path) -> Iterator[bytes]:
    """What a file holds that others put beside a run, nothing where there is none; damage becomes a sentence."""
    try:
        yield path.read_bytes() if path.exists() else b""
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        told = str(error).partition("\n")[0]
        raise RunError(f"{path} cannot be read ({told}).", repair="Move it away, or write it again.") from None


def run_of(folder: Path, name: str = "") -> Run:
    """A finished run; raises FolderIncomplete where there is none."""
    card = read_scorecard(folder)
    try:
        info = orjson.loads((folder / INFO).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise RunError(f"{folder / INFO} cannot be read ({error}).", repair="Score the dataset again.") from None
    return Run(folder, name or card.dataset, card, info)
