"""An original figure that another tool than the paper's made says so wherever it is shown as a figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.blocks import Grid
from reports.cells import value_cell
from reports.principle_blocks import Principles
from reports.sections import principles, side_by_side
from reports.units import not_of_paper
from tests.given.runs import bare_run
from vlitqa.cli.scorecards import show_scorecards
from vlitqa.results import Figure, Scored, Summary

ORIGINAL = Figure("objects of an instruction", "original", 1.5, direction="up", unit="nouns")
SOUND = Figure("objects of an instruction", "sound", 1.4, direction="up", unit="nouns")
MARK = "by chunks, not the paper's tool"


def elements(**other_tools: str) -> Scored:
    return Scored("elements", {"other tools": other_tools} if other_tools else {}, Summary((ORIGINAL, SOUND)))


def test_the_mark_names_the_tools_and_stands_beside_original_alone() -> None:
    assert not_of_paper(elements(parser="chunks"), ORIGINAL) == MARK
    assert not_of_paper(elements(parser="chunks"), SOUND) == ""
    assert not_of_paper(elements(), ORIGINAL) == ""
    missing = Figure.without("objects of an instruction", "original", "no instruction was read")
    assert not_of_paper(elements(parser="chunks"), missing) == ""
    two = not_of_paper(elements(tagger="phrases", sentences="minilm"), ORIGINAL)
    assert two == "by phrases and minilm, not the paper's tools"


def test_it_stands_behind_the_unit_in_the_table_and_on_the_first_screen() -> None:
    assert getattr(value_cell("elements", ORIGINAL, MARK), "unit", "") == f"nouns; {MARK}"
    (screen,) = principles.build(bare_run(Path("a"), [elements(parser="chunks")]))
    assert isinstance(screen, Principles)
    (measure,) = dict(screen.panels)["object complexity"]
    assert (measure.sentence, measure.note) == ("An instruction names 1.5 objects, on average.", MARK)


def test_a_repaired_figure_of_the_first_screen_names_its_tools_too() -> None:
    variety = Figure("Vendi score of instructions", "sound", 9.0, direction="up")
    instructions = Scored("instructions", {"other tools": {"sentences": "minilm"}}, Summary((variety,)))
    (screen,) = principles.build(bare_run(Path("a"), [instructions]))
    assert isinstance(screen, Principles)
    (measure,) = dict(screen.panels)["instruction diversity"]
    assert (measure.value, measure.note) == ("9", "by minilm")


def test_the_terminal_shows_it_with_all_details_and_not_in_the_summary(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    card = bare_run(Path("a"), [elements(parser="chunks")]).card
    show_scorecards(["a"], [card], details=False)
    assert "not the paper's" not in capsys.readouterr().out
    show_scorecards(["a"], [card], details=True)
    printed = " ".join(capsys.readouterr().out.split())
    assert f"1.5; {MARK}" in printed
    assert "Where a tool is not the paper's, published numbers do not compare." in printed


def test_the_table_of_the_paper_names_the_columns_that_other_tools_filled() -> None:
    runs = [bare_run(Path(name), [elements(parser="chunks")], name) for name in ("a", "b")]
    notes = {block.title: block.note for block in side_by_side.build(runs) if isinstance(block, Grid)}
    assert notes["the principles as the paper measures them"].endswith("Not by the paper's tools: O/G by chunks.")
    assert "Not by" not in notes["the same, repaired"]
