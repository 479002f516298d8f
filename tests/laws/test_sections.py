"""Every section of a page: pure, free of HTML, and left out where it has nothing to say."""

from __future__ import annotations

import ast
import inspect
import json
import shutil
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reports.quality import SECTIONS
from tests.given.runs import hostile, scored
from vlitqa.contracts import Section
from vlitqa.runs.finished import open_run
from vlitqa.runs.folder import FINDINGS, LABELS, MEASUREMENTS, SCORECARD

pytestmark = pytest.mark.slow

_DRAWING = {"jinja2", "markupsafe", "html", "reports.page", "reports.charts", "reports.drawing", "reports.twins"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scored(tmp_path_factory.mktemp("empty"), [])


@pytest.fixture(scope="module")
def forgotten(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run as if all its metrics had had other names."""
    folder = tmp_path_factory.mktemp("forgotten") / "run"
    shutil.copytree(run, folder)
    card = json.loads((folder / SCORECARD).read_bytes())
    for summary in card["scored"]:
        summary["metric"] = f"old {summary['metric']}"
    (folder / SCORECARD).write_text(json.dumps(card))
    for name in (MEASUREMENTS, LABELS, FINDINGS):
        stored = pq.ParquetFile(run / name)
        with pq.ParquetWriter(folder / name, stored.schema_arrow) as writer:
            for group in range(stored.num_row_groups):
                table = stored.read_row_group(group)
                renamed = [f"old {metric}" for metric in table["metric"].to_pylist()]
                place = table.column_names.index("metric")
                writer.write_table(table.set_column(place, "metric", [pa.array(renamed, pa.string())]))
    return folder


def _same(one: object, other: object) -> bool:
    """Whether two blocks say the same, arrays with their gaps included."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and np.array_equal(one, other, equal_nan=True)
    if isinstance(one, tuple | list):
        return type(one) is type(other) and len(one) == len(other) and all(map(_same, one, other))
    if is_dataclass(one):
        return type(one) is type(other) and all(
            _same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)
        )
    return one == other


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_says_the_same_twice_and_changes_nothing(name: str, run: Path) -> None:
    before = {each.name: each.read_bytes() for each in run.iterdir()}
    first, second = (tuple(SECTIONS[name].build(open_run(run))) for _ in range(2))
    assert _same(first, second)
    assert {each.name: each.read_bytes() for each in run.iterdir()} == before


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_can_speak_of_an_empty_dataset(name: str, empty: Path) -> None:
    assert isinstance(tuple(SECTIONS[name].build(open_run(empty))), tuple)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_can_speak_of_metrics_that_nobody_knows_any_more(name: str, forgotten: Path) -> None:
    assert isinstance(tuple(SECTIONS[name].build(open_run(forgotten))), tuple)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_knows_nothing_of_how_it_is_drawn(name: str) -> None:
    section: Section = SECTIONS[name]
    module = cast(ModuleType, section)
    assert section.title
    assert module.__doc__
    tree = ast.parse(inspect.getsource(module))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not names & _DRAWING
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [text for text in texts if "</" in text or "<p" in text or "<div" in text]
