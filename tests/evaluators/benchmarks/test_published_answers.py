"""Published answers get their published scores."""

from __future__ import annotations

import json

import pytest

from evaluators.answers.files import read_answers
from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.benchmarks.zero_shot.marking_rules import EMPTY_LEFT_OUT, EMPTY_RIGHT, REFERENCE_INSIDE_WRONG
from evaluators.exams.grading import grade_answers
from tests.given.shared_data import shared
from vlitqa.results.exams import ExamResult

pytestmark = pytest.mark.slow

MME_SCORES = {
    "existence": 185.00, "count": 88.33, "position": 63.33, "color": 75.00, "posters": 79.59, "celebrity": 47.35,
    "scene": 136.75, "landmark": 93.50, "artwork": 87.25, "OCR": 107.50, "commonsense_reasoning": 87.14,
    "numerical_calculation": 65.00, "text_translation": 47.50, "code_reasoning": 50.00,
}  # fmt: skip


def result(name: str, rules: str, path: str) -> ExamResult:
    answers = read_answers(shared(f"golden/{path}")).answers
    return grade_answers(load_benchmark(name, rules), "published", answers, by_data_root=False).result


@pytest.mark.parametrize(
    ("file", "name", "empty"),
    [
        ("ct80", "cute80", 0),
        ("svt", "svt", 0),
        ("svtp", "svtp", 0),
        ("IC13_857", "ic13", 0),
        ("WordArt", "wordart", 13),
        ("ctw", "ctw", 2),
        ("FUNSD", "vqa", 3),
        ("textVQA", "textvqa", 27),
    ],
)
def test_ehub_gives_the_published_number(file: str, name: str, empty: int) -> None:
    published = json.loads(shared("golden/ocr_vqa/published_result.json").read_text())
    exam = result(name, "ehub", f"ocr_vqa/{file}.json")
    assert exam.headline.value == pytest.approx(published[file], abs=1e-9)
    assert exam.quirks.get(EMPTY_RIGHT, 0) == empty
    assert exam.coverage.is_whole or file == "FUNSD", "what is marked as `vqa` is held against no release"


@pytest.mark.parametrize(
    ("file", "name", "left_out"), [("WordArt", "wordart", 13), ("ctw", "ctw", 2), ("FUNSD", "funsd", 14)]
)
def test_the_standard_leaves_empty_references_out(file: str, name: str, left_out: int) -> None:
    exam = result(name, "standard", f"ocr_vqa/{file}.json")
    assert exam.headline.left_out == {EMPTY_LEFT_OUT: left_out}
    assert exam.headline.measured == exam.coverage.answered + exam.coverage.twice - left_out


def test_no_answer_is_right_because_a_reference_is_empty() -> None:
    """Of the 27 questions that LVLM-eHub calls right whatever is said, none is right by the standard."""
    answers = read_answers(shared("golden/ocr_vqa/textVQA.json")).answers
    ehub, standard = (load_benchmark("textvqa", rules) for rules in ("ehub", "standard"))
    pairs = [(written.question, written.answer) for written in answers if written.question]
    empty = [pair for pair in pairs if EMPTY_RIGHT in ehub.mark(*pair).quirks]
    assert len(empty) == 27
    assert all(ehub.mark(*pair).value for pair in empty)
    assert not any(standard.mark(*pair).value for pair in empty)
    exam = result("textvqa", "standard", "ocr_vqa/textVQA.json")
    assert exam.headline.value == 0.0, "a model that talks in sentences agrees with no annotator"
    assert exam.quirks[REFERENCE_INSIDE_WRONG] > 1400


def test_mme_by_its_own_tool() -> None:
    exam = result("mme", "official", "mme_lavin")
    cognition, *subtasks = exam.breakdown
    assert exam.headline.value == pytest.approx(963.6114445778312, abs=1e-9)
    assert cognition.value == pytest.approx(249.64285714285714, abs=1e-9)
    assert {subtask.name: round(subtask.value or 0, 2) for subtask in subtasks} == MME_SCORES
    assert exam.quirks["the answer is neither yes nor no: wrong"] == 12
    assert exam.coverage.is_whole
    assert exam.coverage.questions == 2374


def test_mme_by_the_other_rules_in_use() -> None:
    lmms, words = (result("mme", rules, "mme_lavin") for rules in ("lmms", "words"))
    assert lmms.breakdown[0].value == pytest.approx(249.64285714285714)
    assert words.headline.value == pytest.approx(963.6114445778312)
    assert words.breakdown[0].value == pytest.approx(248.929, abs=5e-4)


def test_seed_bench_in_three_totals() -> None:
    exam = result("seed", "official", "seed/gpt4v_predictions.txt")
    figures = {figure.name: figure for figure in (exam.headline, *exam.breakdown)}
    assert list(figures) == ["image", "video", "all"]
    assert [round(figure.value or 0, 4) for figure in figures.values()] == [69.0730, 60.5004, 67.2834]
    assert [figure.measured for figure in figures.values()] == [14_240, 3_757, 17_997]
    assert exam.coverage.repeated == 8
    assert exam.coverage.conflicting == ("34388", "3037", "10526")
