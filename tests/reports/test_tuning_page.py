"""The page of a tuning says how the loss fell and what the model answered, whatever the dataset holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.chart_blocks import Curve
from reports.page import render_page
from reports.tuning import tuning_page
from tests.given.runs import HOSTILE
from tests.reports.test_page import Elements
from vlitqa.results.tuning import SampleAnswers, TuningResult, TuningStep


def step(number: int, count: int) -> TuningStep:
    return TuningStep(number, 4.0 - 3.0 * number / count, 1e-3, tokens=100, targets=40, seconds=0.5)


def result_of(steps: int) -> TuningResult:
    return TuningResult(
        model="llava",
        source="nano",
        fingerprint="ab12",
        stage="tuning",
        dataset="rows.jsonl",
        dataset_digest="c" * 64,
        recipe={"batch_size": 8, "optimizer": "muon"},
        seed=3,
        trained_parameters=50,
        parameters=90,
        examples=20,
        left_out={"no_response": 2, "too_long": 5},
        steps=tuple(step(number, steps) for number in range(1, steps + 1)),
        samples=(SampleAnswers(6, HOSTILE, "A dog.", HOSTILE, "A <b>cat</b>."),),
        seconds=0.5 * steps,
        device="a processor",
        version="1",
    )


def curves_of(result: TuningResult) -> dict[str, Curve]:
    blocks = (block for chapter in tuning_page(result).chapters for block in chapter.blocks)
    return {block.title: block for block in blocks if isinstance(block, Curve)}


def test_the_first_screen_says_the_last_loss_and_what_was_left_out() -> None:
    text = render_page(tuning_page(result_of(100))).decode()
    assert (
        '<span class="value">1.06</span> <span class="note">3.97 at first</span>' in text
    )  # the mean of the last five
    assert '<span class="value">20</span> <span class="note">7 rows left out</span>' in text
    assert '<span class="value">80 /s</span>' in text
    assert text.index("too_long") < text.index("no_response")


def test_a_curve_ends_with_the_last_step_and_has_few_points_however_long_the_tuning() -> None:
    short = curves_of(result_of(10))["loss of a learned token"]
    assert list(short.lines["of a step"])[-1] == (10, 1.0)
    long = curves_of(result_of(5_000))["loss of a learned token"]
    assert set(long.lines) == {"of a step", "mean of the last 250 steps"}
    assert all(100 <= len(line) <= 200 for line in long.lines.values())
    assert long.lines["mean of the last 250 steps"][0][1] > long.lines["mean of the last 250 steps"][-1][1]


@pytest.mark.parametrize("steps", [1, 2])
def test_the_shortest_tunings_have_a_page(steps: int) -> None:
    assert b"tuned on rows.jsonl" in render_page(tuning_page(result_of(steps)))
    assert b"tuned on rows.jsonl" in render_page(tuning_page(replace(result_of(steps), samples=(), left_out={})))


def test_no_text_of_a_dataset_or_answer_becomes_an_element() -> None:
    tags = [tag for tag, _ in Elements(render_page(tuning_page(result_of(3))).decode()).found]
    assert tags.count("script") == 2
    assert "b" not in tags
