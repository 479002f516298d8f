"""The published lists: datasets, models and tasks of the review, and what TextBind says of datasets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from vlitqa.catalogue import suggestion
from vlitqa.errors import UsageError
from vlitqa.literature.cells import CellKind, read_cell
from vlitqa.literature.columns import (
    DATASET_COLUMNS,
    DIVERSITY_COLUMNS,
    FEATURE_COLUMNS,
    MODEL_COLUMNS,
    TASK_COLUMNS,
    ListColumn,
)
from vlitqa.literature.joins import join_dataset, join_model, task_rows
from vlitqa.literature.names import folded
from vlitqa.literature.printed_tables import ListRow, printed_cells, read_table
from vlitqa.literature.task_names import TASK_LIST

_REVIEW = "Vision-Language Instruction Tuning: A Review and Analysis"
_TEXTBIND = "TextBind: Multi-turn Interleaved Multimodal Instruction-following in the Wild"


class PublishedList(Struct, frozen=True, kw_only=True):
    """Rows that a paper prints, with what other tables say of them."""

    name: str
    meaning: str
    source: str
    """The table and the title of its paper."""
    columns: tuple[ListColumn, ...]
    rows: tuple[ListRow, ...]
    shown: tuple[str, ...]
    """Columns for the screen, the most important first."""

    def column(self, name: str) -> ListColumn:
        """The column that a user names by our name or the paper's heading; raises UsageError for none."""
        for column in self.columns:
            if name and folded(name) in (folded(column.name), folded(column.heading)):
                return column
        names = [column.name for column in self.columns]
        raise UsageError(f"{self.name} has no column {name!r}.", repair=suggestion(name, names))

    def rows_named(self, name: str) -> tuple[ListRow, ...]:
        """The rows of a name, however it is spelt."""
        return tuple(row for row in self.rows if row["name"].printed and folded(row["name"].printed) == folded(name))


class _Plan(Struct, frozen=True):
    """How a list is put together."""

    meaning: str
    source: str
    columns: tuple[ListColumn, ...]
    shown: str
    rows: Callable[[], tuple[ListRow, ...]]


def load_list(name: str) -> PublishedList:
    """Puts a published list together."""
    plan = _PLANS[name]
    source = {"source": read_cell(plan.source, CellKind.TEXT)}
    return PublishedList(
        name=name,
        meaning=plan.meaning,
        source=plan.source,
        columns=plan.columns,
        rows=tuple({**row, **source} for row in plan.rows()),
        shown=tuple(plan.shown.split()),
    )


def list_meanings() -> Mapping[str, str]:
    """What each published list holds."""
    return {name: plan.meaning for name, plan in _PLANS.items()}


def _read(
    table: str, columns: tuple[ListColumn, ...], join: Callable[[ListRow], ListRow] = dict
) -> tuple[ListRow, ...]:
    return tuple(join(printed_cells(row, columns)) for row in read_table(table))


_PLANS: Mapping[str, _Plan] = {
    "datasets": _Plan(
        "published VLIT datasets: construction, images, videos, rows, tasks, addresses",
        f"Table 2 of {_REVIEW}",
        DATASET_COLUMNS,
        "name inst rows images region interleaved videos model global video",
        lambda: _read("review_table_2", DATASET_COLUMNS, join_dataset),
    ),
    "models": _Plan(
        "published models with a VLIT stage: training, data, tasks, addresses",
        f"Table 1 of {_REVIEW}",
        MODEL_COLUMNS,
        "name pure-text data-source self-construction training url-data reference url-model",
        lambda: _read("review_table_1", MODEL_COLUMNS, join_model),
    ),
    TASK_LIST: _Plan(
        "tasks of published models, and which models name them",
        f"Table 5 of {_REVIEW}",
        TASK_COLUMNS,
        "name count models spellings",
        task_rows,
    ),
    "textbind-features": _Plan(
        "datasets beside TextBind: turns, interleaved images, images in responses",
        f"Table 1 of {_TEXTBIND}",
        FEATURE_COLUMNS,
        "name multi-turn interleaved multimodal instruction-following image-generation",
        lambda: _read("textbind_table_1", FEATURE_COLUMNS),
    ),
    "textbind-diversity": _Plan(
        "datasets beside TextBind: diversity of their n-grams",
        f"Table 4 of {_TEXTBIND}",
        DIVERSITY_COLUMNS,
        "name instruct response overall",
        lambda: _read("textbind_table_4", DIVERSITY_COLUMNS),
    ),
}
