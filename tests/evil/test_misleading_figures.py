"""Figures that are known to mislead: none is a headline, is called best or stands beside one of another dataset."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import orjson
import pytest

from reports.blocks import Grid, Strong
from reports.comparability import why_unlike_published
from reports.principle_blocks import Principles
from reports.references import reference
from reports.sections import metrics, principles, side_by_side
from tests.given.runs import bare_run, row, scored
from vlitqa.catalogue import METRICS, card_of
from vlitqa.cli.scorecards import show_scorecards
from vlitqa.contracts import FigureName
from vlitqa.results import Figure, Scored, Summary
from vlitqa.runs.finished import FinishedRun, open_run

RANKS_NOTHING = [
    ("instructions", "instruction clusters"),
    ("elements", "elements in 100 tokens"),
    ("matching", "worst sentence"),
    ("matching", "share of text that is read"),
]


def run(name: str, metric: str, value: float, shown_name: str, records: int = 100, **provenance: object) -> FinishedRun:
    """A run of one figure whose interval is narrow."""
    return run_of(name, metric, narrow(value, shown_name, records), records, **provenance)


def narrow(value: float, shown_name: str, records: int = 100, variant: str = "sound") -> Figure:
    interval = (value - 0.1, value + 0.1)
    return Figure(shown_name, variant, value, direction="up", interval=interval, measured=records)


def run_of(name: str, metric: str, only: Figure, records: int = 100, **provenance: object) -> FinishedRun:
    run = bare_run(Path(name), [Scored(metric, {"version": 1, **provenance}, Summary((only,)))], name)
    return replace(run, card=replace(run.card, rows=records, records=records))


def rows_of(runs: list[FinishedRun]) -> list[tuple[object, ...]]:
    grids = [block for block in side_by_side.build(runs) if isinstance(block, Grid)]
    return list(next(grid for grid in grids if grid.title == "every figure").rows)


def test_the_first_screen_then_shows_the_share_that_is_not_corrected_and_why() -> None:
    figures = (
        Figure("correct responses", "original", 0.7, measured=300, interval=(0.6, 0.8)),
        Figure.without("correct responses", "sound", "no response is known to be right or wrong"),
    )
    (screen,) = principles.build(bare_run(Path("a"), [Scored("accuracy", {}, Summary(figures))]))
    assert isinstance(screen, Principles)
    measure = dict(screen.panels)["correctness"][0]
    assert (measure.name, measure.value) == ("correct responses, original", "70.0 %")
    assert measure.note.startswith("of responses are correct, by the judge. No sound value: no response is known")
    assert not measure.sentence, "the sentence of the card is about the share that people corrected"


@pytest.mark.parametrize("name", METRICS)
def test_no_headline_and_no_tile_is_a_figure_that_ranks_no_datasets(name: str) -> None:
    card = card_of(name)
    assert card
    assert not {card.headline, *card.tiles} & set(card.misleading)


@pytest.mark.parametrize(("metric", "name"), RANKS_NOTHING)
def test_a_misleading_figure_is_never_called_best_and_says_why(metric: str, name: str) -> None:
    ((*_, first, second, reason),) = rows_of([run("a", metric, 9.0, name), run("b", metric, 5.0, name)])
    assert not isinstance(first, Strong)
    assert not isinstance(second, Strong)
    assert reason


def test_longer_instructions_are_not_called_better_by_the_number_of_their_elements() -> None:
    runs = [
        run_of(name, "elements", narrow(value, "elements of an instruction", variant="original"))
        for name, value in (("long", 9.0), ("short", 5.0))
    ]
    blocks = [block for block in side_by_side.build(runs) if isinstance(block, Grid)]
    assert not any(isinstance(cell, Strong) for grid in blocks for cells in grid.rows for cell in cells)
    assert rows_of(runs)[0][-1] == "it changes with the length of the texts, whatever they say"


def test_the_terminal_says_once_which_headlines_compare_no_datasets(capsys: pytest.CaptureFixture[str]) -> None:
    headlines = [("duplicates", "repeated records"), ("tasks", "task labels"), ("difficulty", "difficulty")]
    scored_metrics = [Scored(metric, {}, Summary((narrow(5.0, name),))) for metric, name in headlines]
    show_scorecards(["a"], [bare_run(Path("a"), scored_metrics).card], details=False)
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count("Do not compare") == 1
    assert "Do not compare datasets by the figure of duplicates: it changes with the number of records." in printed


@pytest.mark.parametrize(("metric", "name"), RANKS_NOTHING)
def test_no_figure_of_another_dataset_stands_beside_a_misleading_one(metric: str, name: str) -> None:
    only = Figure(name, "sound", 9.0)
    card = run_of("a", metric, only).card
    assert reference(card, card.scored[0], only) == ""


@pytest.mark.slow
def test_the_page_says_why_nothing_stands_beside_a_figure_that_follows_the_size(tmp_path: Path) -> None:
    run_folder = scored(tmp_path, [row(0, "What is it?", "A cat.")])
    (grid, *_) = metrics.build(open_run(run_folder))
    assert isinstance(grid, Grid)
    cells = next(cells for cells in grid.rows if str(cells[1]).startswith("repeated records"))
    assert cells[-1] == "not comparable: it changes with the number of records"


def test_a_figure_that_follows_the_size_is_best_only_among_datasets_of_one_size() -> None:
    def best(records: int) -> bool:
        runs = [
            run_of(name, "lexical", narrow(value, "diversity of overall", variant="original"), size)
            for name, value, size in (("a", 9.0, 100), ("b", 5.0, records))
        ]
        ((*_, first, _second, _reason),) = rows_of(runs)
        return isinstance(first, Strong)

    assert best(100)
    assert not best(2_000)


def test_a_figure_that_was_fitted_elsewhere_is_never_called_best() -> None:
    runs = [
        run_of(name, "tasks", narrow(value, "task labels", variant="original"), **{"fitted on": [name]})
        for name, value in (("a", 9.0), ("b", 5.0))
    ]
    ((*_, first, _second, reason),) = rows_of(runs)
    assert not isinstance(first, Strong)
    assert "fitted on" in str(reason)


def test_the_vendi_score_of_runs_that_were_scored_apart_may_be_best() -> None:
    name = "Vendi score of responses"
    runs = [
        run(run_name, "responses", value, name, **{"fitted on": [run_name]})
        for run_name, value in (("a", 9.0), ("b", 5.0))
    ]
    ((*_, first, _second, reason),) = rows_of(runs)
    assert isinstance(first, Strong)
    assert not reason


def test_no_stored_reference_is_of_a_figure_that_does_not_compare() -> None:
    stored = orjson.loads((resources.files("reports") / "references.json").read_bytes())
    for metric, entry in stored["metrics"].items():
        for name, _, variant in (key.rpartition(", ") for key in entry["figures"]):
            assert why_unlike_published(metric, FigureName(name, variant)) == "", f"{metric}: {name}, {variant}"
