"""Likeness: how near the datasets that papers print are to one of a user's, by what both have of size and content."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

from msgspec.structs import replace

from vlitqa.literature.cells import NOT_LISTED, CellKind, CellState, PrintedCell
from vlitqa.literature.columns import ListColumn
from vlitqa.literature.dataset_shape import DatasetShape
from vlitqa.literature.lists import PublishedList
from vlitqa.literature.printed_tables import ListRow

FEATURES = ("rows", "images", "videos", "region", "interleaved")
_COLUMNS = (
    ListColumn("distance", CellKind.NUMBER, "mean difference from the dataset of --like: 1 is a factor of ten in size"),
    ListColumn("compared", CellKind.NUMBER, f"of {len(FEATURES)} features, those that the paper prints"),
    ListColumn("counted-as", CellKind.TEXT, "what of the dataset of --like is nearer to the printed counts"),
)


def with_distances(published: PublishedList, shape: DatasetShape) -> PublishedList:
    """The list with the distance of each row from a dataset, the nearest first; those without a printed size last."""
    ranked = []
    for row in published.rows:
        units: list[str] = []
        gaps = list(_gaps(row, shape, units))
        has_size = row["rows"].state is CellState.GIVEN
        ranked.append((not has_size, fmean(gaps or [0]), -len(gaps), {**row, **_distance_cells(gaps, units)}))
    ranked.sort(key=lambda entry: entry[:3])
    first, *others = published.shown
    return replace(
        published,
        columns=(*published.columns, *_COLUMNS),
        rows=tuple(row for *_, row in ranked),
        shown=(first, *(column.name for column in _COLUMNS), *FEATURES, *others),
    )


def _distance_cells(gaps: Sequence[float], units: Sequence[str]) -> ListRow:
    """The mean difference in the features that both have; the others are left out."""
    mean = round(fmean(gaps), 3) if gaps else 0
    unit = ", ".join(units)
    return {
        "distance": PrintedCell(CellState.GIVEN, mean, f"{mean:.2f}") if gaps else NOT_LISTED,
        "compared": PrintedCell(CellState.GIVEN, len(gaps), str(len(gaps))),
        "counted-as": PrintedCell(CellState.GIVEN, unit, unit),
    }


def _gaps(row: ListRow, shape: DatasetShape, units: list[str]) -> Iterator[float]:
    """The difference in each feature that both have; notes the unit that is nearer to each printed count."""
    counts = {
        "rows": {"rows": shape.rows, "turns": shape.turns},
        "images": {"images": shape.images, "images shown": shape.images_shown},
        "videos": {"": shape.videos},
    }
    for column, candidates in counts.items():
        printed = _printed_count(row, column)
        if printed is not None:
            gap, unit = min((_orders_between(printed, count), unit) for unit, count in candidates.items())
            units += [unit] if unit else []
            yield gap
    for column, has_feature in (("region", shape.has_regions), ("interleaved", shape.is_interleaved)):
        if row[column].state is CellState.GIVEN:
            yield float(row[column].value != has_feature)


def _printed_count(row: ListRow, column: str) -> float | None:
    """A printed number; 0 of videos in a dataset that has none."""
    if column == "videos" and row["video"].value is False:
        return 0
    cell = row[column]
    return float(cell.value) if cell.state is CellState.GIVEN else None  # type: ignore[arg-type]  # a column of numbers


def _orders_between(count: float, other: float) -> float:
    """Orders of magnitude between two counts."""
    return abs(math.log10(1 + count) - math.log10(1 + other))
