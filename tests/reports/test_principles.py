"""The first screen: each principle with its figure, what that says, and where it lies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reports.numbers import rounded
from reports.page import Chapter, Page, render_page
from reports.principle_blocks import Measure, Principles, Strip, Tick
from reports.sections import principles
from reports.strips import draw_strip
from tests.given.runs import bare_run
from vlitqa.contracts import Principle
from vlitqa.results import Figure, Scored, Summary
from vlitqa.runs.finished import FinishedRun

STORED = json.loads((Path(__file__).parents[2] / "reports" / "references.json").read_text(encoding="utf-8"))
NAMES = [principle.value for principle in Principle]


def run_of(*scored: Scored) -> FinishedRun:
    return bare_run(Path("runs/it's"), scored, "it's.jsonl")


def screen(*scored: Scored) -> Principles:
    (block,) = principles.build(run_of(*scored))
    assert isinstance(block, Principles)
    return block


def measures(principle: Principle, *scored: Scored) -> Sequence[Measure]:
    return dict(screen(*scored).panels)[principle.value]


def labels(value: float, parameters: Any = None) -> Scored:
    figure = Figure("task labels", "sound", value, direction="up", interval=(29.7, 31.4), unit="among 300 instructions")
    return Scored("tasks", {"parameters": {"budget": 300} if parameters is None else parameters}, Summary((figure,)))


def variety(value: float, **changed: object) -> Scored:
    figure = Figure("Vendi score of instructions", "sound", value, direction="up", interval=(value - 1, value + 1))
    return Scored("instructions", {**STORED["metrics"]["instructions"]["measured by"], **changed}, Summary((figure,)))


def test_the_seven_principles_stand_in_the_order_of_the_review_and_the_match_beside_correctness() -> None:
    block = screen()
    assert [name for name, _ in block.panels] == NAMES
    assert [name for name, shown in block.panels if len(shown) > 1] == ["correctness"]
    assert [measure.name for measure in block.panels[0][1]] == ["correct responses", "matching degree"]


def test_a_sentence_says_what_a_number_means() -> None:
    (measure,) = measures(Principle.TASK_DIVERSITY, labels(30.55))
    assert (measure.value, measure.better) == ("30.55", "\u2191 more is better")
    assert measure.interval == "95 % interval [29.7, 31.4]"
    assert measure.sentence == "300 instructions carry 31 different task labels, such as a verb and its object."
    (measure,) = measures(Principle.TASK_DIVERSITY, labels(1, {"budget": 50}))
    assert measure.sentence == "50 instructions carry 1 different task label, such as a verb and its object."
    pairs = Figure("pairs of one task", "sound", 0.0792, direction="down", interval=(0.0736, 0.0844))
    (measure,) = measures(Principle.BALANCE, Scored("balance", {}, Summary((pairs,))))
    assert (
        measure.sentence
        == "Of two instructions about different images, a task drawn from each is the same in 7.9 % of cases."
    )
    assert measure.interval == "95 % interval [7.4 %, 8.4 %]"


def test_a_run_without_the_parameter_of_a_sentence_shows_the_unit() -> None:
    (measure,) = measures(Principle.TASK_DIVERSITY, labels(30.55, {}))
    assert (measure.sentence, measure.note) == ("", "among 300 instructions")


@pytest.mark.parametrize(
    ("value", "text"), [(30.55, "31"), (9.96, "10"), (2.5235, "2.5"), (0.7791, "0.78"), (1, "1"), (1234.6, "1,235")]
)
def test_a_sentence_has_no_more_digits_than_are_said(value: float, text: str) -> None:
    assert rounded(value) == text


def test_a_figure_lies_among_published_sets_that_the_same_tools_measured() -> None:
    (measure,) = measures(Principle.INSTRUCTION_DIVERSITY, variety(20))
    assert measure.strip
    assert [tick.name for tick in measure.strip.ticks] == ["MiniGPT-4", "SLAKE", "this dataset", "LLaVA reasoning"]
    assert [tick.name for tick in measure.strip.ticks if tick.is_here] == ["this dataset"]
    assert measure.strip.interval == (19, 21)
    (other,) = measures(Principle.INSTRUCTION_DIVERSITY, variety(20, tools={"sentences": "simcse 0123456789abcdef"}))
    assert other.strip is None
    assert (screen(variety(20)).has_strips, screen().has_strips) == (True, False)


def test_a_strip_places_values_between_its_ends() -> None:
    ticks = (Tick("a", 0, "0"), Tick("here", 5, "5", is_here=True), Tick("b", 10, "10"))
    drawing = draw_strip(Strip(ticks, (4, 6)))
    places = {shape.text: float(shape.attributes["cx"]) for shape in drawing.shapes if shape.kind == "circle"}
    assert places == {"a 0": 7, "b 10": 233, "here 5": 120}, "240 wide, with 7 at both ends"
    (whisker,) = (shape for shape in drawing.shapes if shape.attributes["class"].startswith("whisker"))
    assert (whisker.attributes["x1"], whisker.attributes["x2"]) == ("97.4", "142.6")
    assert drawing.shapes[-1].text == "here 5", "the dot lies above the rings"


def test_datasets_of_one_value_stand_beside_each_other_as_equal() -> None:
    ticks = (Tick("a", 1, "1"), Tick("b", 2, "2"), Tick("this dataset", 2, "2", is_here=True))
    block = Principles((("balance", (Measure("pairs", "2", strip=Strip(ticks)),)),))
    page = render_page(Page("a", (), (Chapter("principles", "Principles", (block,)),))).decode()
    order = page.split('<ol class="order"')[1].split("</ol>")[0]
    assert "<li><span>a 1</span></li>" in order
    assert "<li>&lt; <span>b 2</span></li>" in order
    assert '<li>= <span class="here">this dataset 2</span></li>' in order


def test_a_published_value_in_the_interval_of_the_dataset_is_neither_below_nor_above_it() -> None:
    ticks = (Tick("a", 1, "1"), Tick("b", 4, "4"), Tick("this dataset", 5, "5", is_here=True), Tick("c", 7, "7"))
    assert [Strip(ticks, (4, 6)).sign_before(place) for place in (1, 2, 3)] == ["<", "≈", "<"]
    assert [Strip(ticks).sign_before(place) for place in (1, 2, 3)] == ["<", "<", "<"]


def test_a_principle_that_was_not_asked_for_names_the_command_that_measures_it() -> None:
    (measure,) = measures(Principle.BALANCE)
    assert (measure.value, measure.level) == ("not measured", "warning")
    assert measure.command == """vlitqa score 'it'"'"'s.jsonl' --metrics balance"""


def test_a_principle_whose_tool_is_missing_says_what_it_lacks() -> None:
    lack = Figure.without("difficulty", "sound", "causal-lm: torch is not installed (pip install 'vlitqa[models]')")
    (measure,) = measures(Principle.INSTRUCTION_COMPLEXITY, Scored("difficulty", {}, Summary((lack,))))
    assert (measure.value, measure.note, measure.command) == ("not measured", lack.reason, "")
    (measure,) = measures(Principle.INSTRUCTION_COMPLEXITY, Scored("difficulty", {}, Summary()))
    assert measure.note == "needs critic: see vlitqa doctor"


def test_a_share_that_says_nothing_is_unknown() -> None:
    figure = Figure("correct responses", "sound", 0.5, interval=(0.0, 1.0))
    coin = replace(figure, interval=(0.4, 0.6), doubt="the judge does not look at the images")
    wide, doubtful = (
        measures(Principle.CORRECTNESS, Scored("accuracy", {}, Summary((shown,))))[0] for shown in (figure, coin)
    )
    assert (wide.value, wide.note) == ("unknown", "its interval is 0 to 100 %")
    assert (doubtful.value, doubtful.note, doubtful.sentence) == ("unknown", coin.doubt, "")


def test_what_a_run_lost_stands_before_the_principles() -> None:
    run = bare_run(Path("a"), [])
    notice, block = principles.build(replace(run, card=replace(run.card, cut_off=True)))
    assert "not all of its rows were read" in getattr(notice, "text", "")
    assert isinstance(block, Principles)
