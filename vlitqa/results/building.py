"""What a build came to: where its rows come from, and how many of them each step kept."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

COUNTED_AS: Mapping[str, str] = {
    "adaption": "tasks of turns",
    "self-instruct": "rows by kind",
    "textbind": "rows by kind",
    "mix": "rows by dataset",
}
"""By strategy: what is counted by name; a turn that combines two tasks counts for both."""


class BuildSource(Struct, frozen=True, kw_only=True):
    """One file of annotations."""

    name: str
    licence: str = ""
    file: str = ""
    sha256: str = ""
    unplaced: int = 0
    """Annotations of images that no source gives a file for."""


class BuildCost(Struct, frozen=True, kw_only=True):
    """What the writer of a build was paid for, in all runs of it."""

    writer: str
    """Its fingerprint."""
    replies: int
    prompt_tokens: int
    reply_tokens: int
    is_estimate: bool = False
    """True where the server counted no tokens."""
    money: float | None = None
    """By the user's prices; None without them."""


class BuildTopics(Struct, frozen=True, kw_only=True):
    """What became of images that were sorted into topics."""

    unopened: int
    """Images whose file is missing or broken."""
    unfitting: int
    """Images whose caption does not fit them."""
    threshold: float | None = None
    """The least matching degree of an image and its caption; None where none was asked for."""
    clusters: int
    """Clusters that were asked for."""
    topics: int
    """Clusters that are large enough."""
    left_out: int
    """Images of clusters that are too small."""


class BuildResult(Struct, frozen=True, kw_only=True):
    """All counts of a build; the same bytes for the same recipe and files."""

    version: str
    """That of vlitqa."""
    strategy: str
    recipe: str
    """The digest of the recipe."""
    data: str
    """The name of the file of rows in the folder of the build."""
    format: str
    principles: Mapping[str, bool]
    """The review's principles, and whether the rows were made by them."""
    sources: tuple[BuildSource, ...]
    images: int
    """Images with annotations."""
    drafted: int
    """Rows that the strategy made."""
    faulty: Mapping[str, int]
    """By code: rows that were dropped for a fault; one with several counts for the first."""
    controlled: Mapping[str, int] = {}
    """By rule of quality control: rows that it dropped."""
    rows: int
    turns: int
    tasks: Mapping[str, int]
    """Turns of the rows that were kept by task, or written conversations by kind."""
    licences: Mapping[str, int]
    """Rows by licence; a row counts for each licence of its image and annotations."""
    unlicensed: int
    """Rows of whose image or annotations no licence is given."""
    cost: BuildCost | None = None
    """None where no writer was asked."""
    topics: BuildTopics | None = None
    """None for a strategy that has none."""
    relaxed: Mapping[str, int] = {}
    """Drafts by the condition that no three examples of the pool kept."""
    stopped: str = ""
    """Why the build ended before it had all rows; empty where it has them."""


class BuildReport(BuildResult, frozen=True, kw_only=True):
    """What a build came to, and its folder."""

    folder: str


class DroppedDraft(Struct, frozen=True):
    """A row that was drafted and dropped."""

    id: str
    code: str
    """Its fault."""
    detail: str
    content: str
    """The raw reply of a writer, or the texts of the row."""


def build_result_from_json(content: bytes) -> BuildResult:
    """A result as the folder of a build keeps it; raises msgspec.DecodeError, which names the field that is wrong."""
    return msgspec.json.decode(content, type=BuildResult)
