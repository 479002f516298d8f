"""The published lists of `vlitqa catalogue`: which rows a user asks for, in which order, and one row in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vlitqa.cli.option_groups import ReadingOptions
from vlitqa.cli.published_options import PublishedOptions
from vlitqa.errors import CutOff, UsageError
from vlitqa.literature.task_names import TASK_LIST, folded_task

if TYPE_CHECKING:
    from vlitqa.literature.conditions import RowCondition
    from vlitqa.literature.dataset_shape import DatasetShape
    from vlitqa.literature.lists import PublishedList
    from vlitqa.literature.printed_tables import ListRow
    from vlitqa.reader import Reading
    from vlitqa.records import Record

_NEAREST = 10
"""Rows that `--like` lists unless `--limit` says otherwise."""
_SHORT_FORMS = {
    "--tasks": {"datasets": (TASK_LIST, "has"), "models": (TASK_LIST, "has"), TASK_LIST: ("name", "=")},
    "--model": {"datasets": ("model", "="), "models": ("name", "="), TASK_LIST: ("models", "has")},
}
"""What `--tasks` and `--model` compare, and how, by list."""


def show_published(name: str, chosen: PublishedOptions, reader: ReadingOptions) -> None:
    """Prints the rows of a published list that a user asks for."""
    from vlitqa.cli.published_tables import PublishedAnswer, show_answer, show_columns
    from vlitqa.literature.likeness import with_distances
    from vlitqa.literature.lists import load_list
    from vlitqa.literature.ordering import sorted_rows
    from vlitqa.literature.user_rows import with_user_rows
    from vlitqa.literature.user_table import read_user_table

    chosen.check(name)
    published = load_list(name)
    if chosen.user_file:
        published = with_user_rows(published, read_user_table(chosen.user_file, published))
    shape = _measure(chosen.like, reader.reading()) if chosen.like else None
    if shape:
        published = with_distances(published, shape)
    if chosen.columns == "help":
        show_columns(published)
        return
    conditions = _read_conditions(published, chosen)
    order = published.column(chosen.sort.removeprefix("-")) if chosen.sort else None
    rows, could_match = _choose(published, conditions, could_match=chosen.could_match)
    if order:
        rows = sorted_rows(rows, order, reverse=chosen.sort.startswith("-"))
    used = [*(column for condition in conditions for column in condition.columns), *([order.name] if order else [])]
    limit = chosen.limit or (_NEAREST if shape else len(rows))
    answer = PublishedAnswer(published, rows[:limit], len(rows), could_match, tuple(used), shape)
    show_answer(answer, chosen)


def show_published_rows(name: str) -> bool:
    """Prints the rows of a name in all published lists; False if there are none."""
    from vlitqa.cli.published_tables import show_row
    from vlitqa.literature.lists import list_meanings, load_list

    pairs = [(published, row) for published in map(load_list, list_meanings()) for row in published.rows_named(name)]
    for position, (published, row) in enumerate(pairs):
        show_row(published, row, is_first=not position)
    return bool(pairs)


def published_names() -> Sequence[str]:
    """The names of all published datasets, models and tasks."""
    from vlitqa.literature.lists import list_meanings, load_list

    rows = [row for name in list_meanings() for row in load_list(name).rows]
    return [row["name"].printed for row in rows if row["name"].printed]


def _read_conditions(published: PublishedList, chosen: PublishedOptions) -> Sequence[RowCondition]:
    """What `--where`, `--tasks` and `--model` ask of a row."""
    from vlitqa.literature.condition_notation import make_test, parse_condition

    conditions: list[RowCondition] = [parse_condition(chosen.where, published)] if chosen.where else []
    for option, value in (("--tasks", folded_task(chosen.tasks)), ("--model", chosen.model)):
        if not value:
            continue
        if published.name not in _SHORT_FORMS[option]:
            repair = f"It belongs to {', '.join(_SHORT_FORMS[option])}."
            raise UsageError(f"{published.name} has nothing that {option} compares.", repair=repair)
        try:
            conditions.append(make_test(published, *_SHORT_FORMS[option][published.name], value))
        except UsageError as error:
            raise UsageError(f"{option}: {error.message}", repair=error.repair) from None
    return conditions


def _choose(
    published: PublishedList, conditions: Sequence[RowCondition], *, could_match: bool
) -> tuple[Sequence[ListRow], int]:
    """The rows that meet all conditions, or those that could; and the number of those that could."""
    from vlitqa.literature.conditions import Junction

    condition = Junction(tuple(conditions), needs_all=True)
    truths = [condition.holds(row) for row in published.rows]
    wanted = None if could_match else True
    return [row for row, truth in zip(published.rows, truths, strict=True) if truth is wanted], truths.count(None)


def _measure(path: Path, reading: Reading) -> DatasetShape:
    """Counts a dataset of a user; raises UsageError for one without records."""
    from vlitqa.literature.dataset_shape import measure_shape

    shape = measure_shape(_read_records(path, reading))
    if not shape.rows:
        raise UsageError(f"{path} has no record that could be read.", repair=f"vlitqa check {path} says why.")
    return shape


def _read_records(path: Path, reading: Reading) -> Iterator[Record]:
    """The records of a dataset, with the progress of reading; those before the place where a file is cut off."""
    from vlitqa.api.messages import tell
    from vlitqa.api.progress import progress
    from vlitqa.reader import open_dataset
    from vlitqa.records import Record

    records = rejects = 0
    with progress(path.name) as observer, open_dataset(path, reading).entries() as entries:
        try:
            for entry in entries:
                if isinstance(entry, Record):
                    records += 1
                    yield entry
                else:
                    rejects += 1
                observer(records, rejects, entries.share())
        except CutOff as error:
            tell(f"{path}: {error.message}")
    if records and rejects:
        tell(f"{path}: {rejects:,} of {records + rejects:,} rows could not be read: vlitqa check {path}")
