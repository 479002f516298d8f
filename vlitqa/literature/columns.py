"""Columns of the published lists: what they are called, what they hold, and what that means."""

from __future__ import annotations

from msgspec import Struct

from vlitqa.literature.cells import CellKind, CellState
from vlitqa.literature.task_names import TASK_LIST


class ListColumn(Struct, frozen=True):
    """One column of a list."""

    name: str
    kind: CellKind
    meaning: str
    heading: str = ""
    """The heading in the paper; empty for a column that the paper's table does not have."""


_TEXT, _TICK, _NUMBER, _SET = CellKind.TEXT, CellKind.TICK, CellKind.NUMBER, CellKind.SET

_REFERENCE = ListColumn("reference", _TEXT, "the paper that it comes from, as cited", "Reference")
_NOTE = ListColumn("note", _TEXT, "what is damaged in our copy of the paper, and slips of the paper itself", "Note")
_URL = ListColumn("url", _TEXT, "its address, by the public list of the review's authors")
_TASKS = ListColumn(TASK_LIST, CellKind.TASKS, "tasks of the model, by the review's Table 5")
_SOURCE = ListColumn("source", _TEXT, "the table or file that the row comes from")

DATASET_COLUMNS = (
    ListColumn("name", _TEXT, "the dataset", "Name"),
    _REFERENCE,
    ListColumn("model", _TEXT, "the model that was tuned on it", "Model"),
    ListColumn("inst", _SET, "how it was constructed: AA annotation adaption, SI self-instruct", "Inst"),
    ListColumn("global", _TICK, "it asks about whole images", "Img G"),
    ListColumn("region", _TICK, "it asks about regions of images", "Img R"),
    ListColumn("interleaved", _TICK, "it has images between the texts", "Img I"),
    ListColumn("images", _NUMBER, "number of images; some papers count an image once for each row", "#Imgs"),
    ListColumn("video", _TICK, "it has videos", "Vid"),
    ListColumn("videos", _NUMBER, "number of videos", "#Vids"),
    ListColumn("rows", _NUMBER, "number of instruction-response pairs; some papers count rows, others turns", "#I-R"),
    _NOTE,
    _TASKS,
    _URL,
    ListColumn("paper", _TEXT, "the title of its paper, by the same list"),
    ListColumn("format", _TEXT, "the format by which vlitqa reads its published rows"),
    _SOURCE,
)
MODEL_COLUMNS = (
    ListColumn("name", _TEXT, "the model", "Name"),
    _REFERENCE,
    ListColumn("training", _TEXT, "its stages: FA feature alignment, VLIT instruction tuning", "Training Paradigm"),
    ListColumn("pure-text", _TICK, "its data have instructions without images", "Pure Text"),
    ListColumn("data-source", _TEXT, "Pure, or Hybrid where it takes instructions of others too", "Data Source"),
    ListColumn("self-construction", _TICK, "its authors constructed data", "Self Construction"),
    ListColumn("url-model", _TICK, "the table has a link to the model", "URL Model"),
    ListColumn("url-data", _TICK, "the table has a link to the data", "URL Data"),
    _NOTE,
    _TASKS,
    _URL,
    _SOURCE,
)
TASK_COLUMNS = (
    ListColumn("name", _TEXT, "the task"),
    ListColumn("spellings", CellKind.LIST, "its spellings in the table"),
    ListColumn("models", CellKind.LIST, "models that name it"),
    ListColumn("count", _NUMBER, "number of these models"),
    _SOURCE,
)
FEATURE_COLUMNS = (
    ListColumn("name", _TEXT, "the dataset", "Dataset"),
    ListColumn("multi-turn", _TICK, "its conversations have several turns", "Multi-turn"),
    ListColumn("interleaved", _TICK, "images stand anywhere between the texts", "Arbitrarily Interleaved"),
    ListColumn("multimodal", _TICK, "it has images", "Multimodal"),
    ListColumn("instruction-following", _TICK, "it has instructions", "Instruction Following"),
    ListColumn("image-generation", _TICK, "its responses have images", "Image Generation"),
    _SOURCE,
)
DIVERSITY_COLUMNS = (
    ListColumn("name", _TEXT, "the dataset", "Dataset"),
    ListColumn("instruct", _NUMBER, "distinct n-grams of instructions, shares for n = 2 to 4 summed up", "Instruct"),
    ListColumn("response", _NUMBER, "the same of responses", "Response"),
    ListColumn("overall", _NUMBER, "the same of both", "Overall"),
    _SOURCE,
)
EMPTY_CELLS = {"note": CellState.GIVEN}
"""What an empty cell of the papers' tables is, if not unreadable: no note is a note without words."""
