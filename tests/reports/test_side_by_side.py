"""Several datasets beside each other."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from reports.blocks import Block, Grid, Notice, Strong
from reports.names import different_names, names_of_runs
from reports.quality import REPORT
from reports.sections import side_by_side
from tests.given.run_cli import vlitqa
from tests.given.runs import bare_run, row, scored
from vlitqa.cli.scorecards import show_scorecards
from vlitqa.results import Figure, Scored, Summary
from vlitqa.runs.finished import FinishedRun

pytestmark = pytest.mark.slow


def run(name: str, *figures: Figure, metric: str = "accuracy", tool: str = "a judge") -> FinishedRun:
    """A run with nothing but one metric."""
    made = Scored(metric, {"version": 1, "tools": {"judge": tool}}, Summary(figures))
    return bare_run(Path(name), [made], name)


def right(value: float | None, low: float, high: float, reason: str = "") -> Figure:
    interval = None if value is None else (low, high)
    return Figure("correct responses", "sound", value, direction="up", interval=interval, measured=10, reason=reason)


def grids(blocks: list[Block]) -> dict[str, Grid]:
    return {block.title: block for block in blocks if isinstance(block, Grid)}


def test_a_winner_is_named_only_where_its_interval_lies_apart_from_all_others() -> None:
    apart = side_by_side.build([run("a", right(0.9, 0.85, 0.95)), run("b", right(0.7, 0.6, 0.8))])
    ((*_, first, second, _),) = grids(list(apart))["every figure"].rows
    assert first == Strong("90.0 % [85.0 %, 95.0 %]", "best")
    assert second == "70.0 % [60.0 %, 80.0 %]"
    together = side_by_side.build([run("a", right(0.9, 0.75, 0.95)), run("b", right(0.7, 0.6, 0.8))])
    ((*_, first, second, _),) = grids(list(together))["every figure"].rows
    assert (first, second) == ("90.0 % [75.0 %, 95.0 %]", "70.0 % [60.0 %, 80.0 %]")


def test_less_wins_where_less_is_better() -> None:
    figures = [
        Figure("repeated", "sound", value, direction="down", interval=(value, value + 0.1), measured=10)
        for value in (0.5, 0.1)
    ]
    blocks = side_by_side.build([run("a", figures[0]), run("b", figures[1])])
    ((*_, first, second, _),) = grids(list(blocks))["every figure"].rows
    assert isinstance(second, Strong)
    assert not isinstance(first, Strong)


def test_nobody_wins_over_a_dataset_that_was_not_measured() -> None:
    blocks = side_by_side.build([run("a", right(0.9, 0.85, 0.95)), run("b", right(None, 0, 0, "no judge"))])
    ((*_, first, second, _),) = grids(list(blocks))["every figure"].rows
    assert (first, second) == ("90.0 % [85.0 %, 95.0 %]", "not measured: no judge")


def test_the_principles_stand_as_in_the_paper_a_row_for_each_dataset() -> None:
    blocks = side_by_side.build([run("a", right(0.9, 0.85, 0.95)), run("b", right(0.7, 0.6, 0.8))])
    table = grids(list(blocks))["the same, repaired"]
    assert table.columns == ("dataset", "C ↑")
    assert [cells[0] for cells in table.rows] == ["a", "b"]


def test_other_tools_are_said_before_anything_else() -> None:
    blocks = side_by_side.build([run("a", right(0.9, 0.8, 1)), run("b", right(0.7, 0.6, 0.8), tool="another judge")])
    assert isinstance(blocks[0], Notice)
    assert blocks[0].text.startswith("These metrics were measured by different tools in these runs")
    assert ": accuracy. " in blocks[0].text


def test_runs_of_one_dataset_have_names_of_their_own() -> None:
    def names(*times: str) -> list[str]:
        runs = [run("data.jsonl", right(0.9, 0.8, 1)) for _ in times]
        timed = [replace(run, info=replace(run.info, started=time)) for run, time in zip(runs, times, strict=True)]
        return names_of_runs(timed)

    assert names("2026-11-01T10:00:01+00:00", "2026-11-02T10:00:01+00:00") == [
        "data.jsonl, 2026-11-01 10:00",
        "data.jsonl, 2026-11-02 10:00",
    ]
    assert names("2026-11-01T10:00:01+00:00", "2026-11-01T10:00:01+00:00") == ["data.jsonl (1)", "data.jsonl (2)"]
    assert different_names(["a", "b", "a"], ["x/a", "x/b", "y/a"]) == ["x/a", "b", "y/a"]


def test_the_terminal_names_the_dataset_in_which_a_metric_was_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    cards = [run("a", right(0.9, 0.85, 0.95)).card, run("b", right(None, 0, 0, "no judge")).card]
    show_scorecards(["a", "b"], cards, details=False)
    assert "Not measured in b: accuracy: no judge" in capsys.readouterr().out
    show_scorecards(["b"], cards[1:], details=False)
    assert "Not measured: accuracy: no judge" in capsys.readouterr().out


def test_what_an_exam_shares_with_a_dataset_is_counted(tmp_path: Path) -> None:
    rows = [row(number, f"What is thing {number}?", f"It is thing {number}.") for number in range(6)]
    runs = []
    for name, own in (("data", rows), ("exam", [*rows[:2], row(9, "Who is it?", "A man.")])):
        (tmp_path / name).mkdir()
        runs.append(scored(tmp_path / name, own))
    done = vlitqa("report", *runs, "--output", "both.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "both.html").read_text(encoding="utf-8")
    overlap = text.split("<caption>overlap</caption>")[1].split("</table>")[0]
    numbers = [int(number) for number in re.findall(r'data-value="(\d+)"', overlap)]
    assert numbers == [2, 0, 6, 2, 0, 3], "of 6 records 2 are in the exam, of its 3 as many are in the data"
    assert "data/data.jsonl" in text, "datasets of one name are told apart by their folders"
    assert "exam/data.jsonl" in text
    assert not (tmp_path / REPORT).exists()
