"""What one table says of the rows of another: the tasks of a model, the address of a dataset, the tasks by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from msgspec.structs import replace

from vlitqa.literature.cells import NOT_LISTED, CellKind, CellState, PrintedCell, given_list, read_cell
from vlitqa.literature.names import folded
from vlitqa.literature.printed_tables import ListRow, read_table
from vlitqa.literature.task_names import PARTIAL_LISTS, TASK_LIST, folded_task

_IN_TABLE_5 = {"OFA": "OFA_multiinstruct", "SVIT(MMLLM)": "SVIT"}
"""Models that the review's Table 5 calls otherwise."""
_IN_LINKS = {
    "Dataset": {
        "Ferret": "GRIT",
        "M-HalDetect": "M-HalDetec",
        "Valley-Instruct-73k": "Valley-Instruct-73",
    },
    "MLLM": {"OFA": "OFA(multiinstruct)", "SVIT": "SVIT(MMLLM)"},
}
"""Datasets and models that the list of addresses calls otherwise, by its headings."""
READABLE_FORMATS: Mapping[str, str] = {
    "LLaVA-Instruct-150K": "llava",
    "cc_sbu_align": "minigpt4",
    "M3IT": "m3it",
    "MIMIC-IT": "mimic-it",
    "MULTIINSTRUCT": "multiinstruct",
    "StableLLaVA": "caption-rows",
    "SVIT": "llava",
    "TextBind": "textbind",
}
"""Datasets whose rows vlitqa reads as they are published, by the formats of docs/formats.md."""


def join_dataset(row: ListRow) -> ListRow:
    """A row of the review's Table 2 with the tasks of its model, its address, its paper and its format."""
    name, model = row["name"].printed, row["model"].printed
    link = _find_link("Dataset", name)
    return {
        **row,
        TASK_LIST: tasks_of_model(model),
        "url": _linked(link, "Dataset URL"),
        "paper": _linked(link, "Paper"),
        "format": read_cell(READABLE_FORMATS.get(name, ""), CellKind.TEXT),
    }


def join_model(row: ListRow) -> ListRow:
    """A row of the review's Table 1 with its tasks and its address."""
    name = row["name"].printed
    return {**row, TASK_LIST: tasks_of_model(name), "url": _linked(_find_link("MLLM", name), "MLLM URL")}


def tasks_of_model(name: str) -> PrintedCell:
    """The tasks that the review's Table 5 names for a model."""
    return _tasks_by_model().get(folded(_IN_TABLE_5.get(name, name)), NOT_LISTED)


@cache
def _tasks_by_model() -> Mapping[str, PrintedCell]:
    return {folded(row["Name"]): _task_cell(row) for row in read_table("review_table_5")}


def _task_cell(row: Mapping[str, str]) -> PrintedCell:
    cell = read_cell(row["Vision-Language Task"], CellKind.TASKS, CellState.UNREADABLE)
    return replace(cell, is_partial=row["Name"] in PARTIAL_LISTS)


def task_rows() -> tuple[ListRow, ...]:
    """A row for each task of the review's Table 5, that of most models first."""
    spellings: defaultdict[str, dict[str, None]] = defaultdict(dict)
    models: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for row in read_table("review_table_5"):
        for spelling in read_cell(row["Vision-Language Task"], CellKind.LIST).value or ():  # type: ignore[union-attr]
            spellings[folded_task(spelling)][spelling] = None
            models[folded_task(spelling)][row["Name"]] = None
    return tuple(
        {
            "name": read_cell(task, CellKind.TEXT),
            "spellings": given_list(tuple(spellings[task])),
            "models": given_list(tuple(models[task])),
            "count": read_cell(str(len(models[task])), CellKind.NUMBER),
        }
        for task in sorted(spellings, key=lambda task: (-len(models[task]), task.casefold()))
    )


def _find_link(heading: str, name: str) -> Mapping[str, str] | None:
    """The row of a dataset or a model in the list of addresses."""
    return _links(heading).get(folded(_IN_LINKS[heading].get(name, name)))


@cache
def _links(heading: str) -> Mapping[str, Mapping[str, str]]:
    return {folded(row[heading]): row for row in reversed(read_table("links")) if row[heading] != "-"}


def _linked(link: Mapping[str, str] | None, heading: str) -> PrintedCell:
    """A cell of the list of addresses, in which an empty one means that there is none."""
    return NOT_LISTED if link is None else read_cell(link[heading], CellKind.TEXT, CellState.NOT_GIVEN)
