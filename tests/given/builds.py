"""Builds about drawn shapes with a scripted writer, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import orjson

from vlitqa.backends.writers.served import ServedWriter
from vlitqa.construction.budget import WritingBudget
from vlitqa.construction.build_plan import BuildPlan
from vlitqa.construction.building import bring_images, check_drafts
from vlitqa.construction.built_rows import BuiltRows
from vlitqa.construction.recipe import read_recipe
from vlitqa.construction.reply_store import ReplyStore
from vlitqa.construction.source_images import open_source_images
from vlitqa.construction.strategies import OpenStrategy
from vlitqa.construction.writing import WritingDesk
from vlitqa.contracts.writers import Writer
from vlitqa.runs.folder import RunFolder

RECIPE = """\
strategy = "self-instruct"
name = "written"
rows = {rows}
{top}
[images]
scenes = {scenes}
side = 64
[self-instruct]
describe = ["captions"]
generations = 2
{options}
[writer]
{writer}
[checks]
off = ["repeated_answer"]
[control]
metrics = "integrity,duplicates"
"""


def write_recipe(  # noqa: PLR0913 - one for each part of a recipe
    folder: Path, *, rows: int = 20, scenes: int = 40, top: str = "", options: str = "", writer: str = ""
) -> Path:
    """A recipe for conversations about scenes; `top`, `options` and `writer` are further lines of its parts."""
    path = folder / "written.toml"
    text = RECIPE.format(rows=rows, scenes=scenes, top=top, options=options, writer=writer)
    path.write_text(text, encoding="utf-8")
    return path


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of the only build in a folder."""
    (data,) = folder.glob("build-*/written.jsonl")
    return [orjson.loads(line) for line in data.read_bytes().splitlines()]


@contextmanager
def desk_of(plan: BuildPlan, writer: Writer, folder: Path) -> Iterator[WritingDesk]:
    """A writer within the process, with the replies that a folder keeps."""
    store = ReplyStore(folder)
    try:
        yield WritingDesk(writer, store, WritingBudget(plan.file.recipe.writer, store.usage()[1]))
    finally:
        store.close()


def checked_rows(recipe: Path, writer: Writer, folder: Path) -> BuiltRows:
    """The drafts of a recipe, with the images of its scenes drawn into a folder."""
    file = read_recipe(recipe)
    plan = BuildPlan(file=file, sources=open_source_images(file), writer=ServedWriter.of("http://127.0.0.1:9/v1@none"))
    with closing(RunFolder(folder)) as run_folder:
        bring_images(plan, run_folder)
    with desk_of(plan, writer, folder) as desk:
        return check_drafts(plan, OpenStrategy(file, plan.sources, folder, desk), lambda *_: None)
