"""The laws of every benchmark, by each of its rule sets."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest

from evaluators.benchmarks.catalogue import BENCHMARKS, ZERO_SHOT, load_benchmark
from evaluators.benchmarks.zero_shot.rule_sets import OCR
from evaluators.benchmarks.zero_shot.sets import KINDS, SETS, SETS_AND_KINDS
from tests.given.exam_files import WITH_FILES, right_answer, write_exams
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import ExamAnswer, ExamQuestion

EVERY = [(name, rules) for name in WITH_FILES for rules in load_benchmark(name).card.rules]
FULL = {"mme": 2000.0, "seed": 100.0, "sroie": 100.0, "funsd": 100.0}
"""The best headline, where it is not 1."""
LABELS = tuple(name for name, exam_set in SETS.items() if exam_set.rule_sets is OCR)
"""Any line of text is a label."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_exams(tmp_path_factory.mktemp("exams"))


def test_the_suite_has_27_sets() -> None:
    assert len(SETS) == 27
    assert tuple(SETS_AND_KINDS) == ZERO_SHOT
    assert set(BENCHMARKS) == {"seed", "mme", *SETS, *KINDS}


def test_a_benchmark_is_loaded_when_it_is_asked_for_and_not_before() -> None:
    code = "import sys, evaluators.benchmarks.catalogue; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "evaluators.benchmarks.catalogue" in loaded
    assert not loaded & {"evaluators.benchmarks.mme", "evaluators.benchmarks.zero_shot.sets", "rapidfuzz"}


@pytest.mark.parametrize(("name", "rules"), EVERY)
def test_right_answers_have_the_best_headline(name: str, rules: str, root: Path) -> None:
    exam = load_benchmark(name, rules, root)
    marks = [exam.mark(question, right_answer(exam, question)) for question in exam.questions()]
    headline = exam.conclude(marks).headline
    assert headline.name == exam.card.headline
    assert headline.variant == rules
    assert headline.value is not None
    if name in ("nocaps", "flickr30k", "caption"):
        assert headline.value > 2, "a caption that a person wrote is near those of the others"
    elif (name, rules) == ("visdial", "ehub"):
        assert headline.value == pytest.approx((1 / 3 + 1) / 2), "by the place of what was said among the options"
    else:
        assert headline.value == pytest.approx(FULL.get(name, 1.0))


@pytest.mark.parametrize(("name", "rules"), EVERY)
def test_the_order_of_marks_never_matters(name: str, rules: str, root: Path) -> None:
    exam = load_benchmark(name, rules, root)
    dice = random.Random(name)
    marks = [
        exam.mark(
            question,
            right_answer(exam, question) if dice.random() < 0.5 else ExamAnswer(question.key, "yes, it is"),
        )
        for question in exam.questions()
    ]
    mixed = dice.sample(marks, len(marks))
    first, second = exam.conclude(marks), exam.conclude(mixed)
    assert [figure.name for figure in (first.headline, *first.breakdown)] == [
        figure.name for figure in (second.headline, *second.breakdown)
    ]
    for one, other in zip((first.headline, *first.breakdown), (second.headline, *second.breakdown), strict=True):
        assert one.value == pytest.approx(other.value)
        assert one.left_out == other.left_out


@pytest.mark.parametrize(("name", "rules"), EVERY)
def test_no_answer_is_an_exception(name: str, rules: str, root: Path) -> None:
    exam = load_benchmark(name, rules, root)
    strange = ("", " ", "\n", "\x00", "�" * 300, "A", "a" * 10_000, "😀", "\\", "(", "[a-", "٣", "ß", "nan")
    ranked: tuple[tuple[float, ...], ...] = ((), (0.5,), (float("nan"),) * 4, (0.0,) * 4, (float("inf"),) * 100)
    for question in [
        *exam.questions(),
        ExamQuestion("none", "?", ()),
        ExamQuestion("blank", "", (" ",), options=("", ""), right_option=0),
    ]:
        marks = [exam.mark(question, ExamAnswer(question.key, text, scores)) for text in strange for scores in ranked]
        assert all(mark.value is None or 0 <= mark.value <= 1 for mark in marks)
        exam.conclude(marks)


@pytest.mark.parametrize(("name", "rules"), EVERY)
def test_no_marks_give_no_value_and_a_reason(name: str, rules: str) -> None:
    headline = load_benchmark(name, rules).conclude([]).headline
    assert headline.value is None
    assert headline.reason
    assert headline.name == load_benchmark(name, rules).card.headline


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_a_benchmark_says_what_it_looks_for(name: str, tmp_path: Path) -> None:
    card = load_benchmark(name).card
    assert card.name == name
    assert card.title
    assert card.headline
    assert pickle.loads(pickle.dumps(load_benchmark(name))) == load_benchmark(name)
    with pytest.raises(UsageError) as caught:
        load_benchmark(name).questions()
    assert "--data-root" in caught.value.repair
    with pytest.raises(UsageError) as caught:
        load_benchmark(name, root=tmp_path).questions()
    if card.files and name != "mme":
        assert card.files[0] in caught.value.message
        assert str(tmp_path) in caught.value.message


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_a_benchmark_has_prompts_with_a_version_and_a_length(name: str) -> None:
    card = load_benchmark(name).card
    assert card.prompts
    assert card.pictures
    assert all("{image}" in place for place in card.pictures)
    assert set(card.unasked) <= {*card.sizes, *card.optional_sizes}
    asked = ExamQuestion("1", "What {is} it?", ("a",), options=("a cup", "a {dish}"), image="1", group="g")
    for prompt in card.prompts.values():
        text = prompt.put(asked)
        assert prompt.version >= 1
        assert (prompt.longest >= 1) == (prompt.ranked_by is None)
        assert asked.text in text or "{question}" not in prompt.text
        assert "A. a cup\nB. a {dish}" in text or "{options}" not in prompt.text


@pytest.mark.parametrize("name", WITH_FILES)
def test_the_usual_prompt_puts_every_question_of_the_files(name: str, root: Path) -> None:
    exam = load_benchmark(name, root=root)
    usual = next(iter(exam.card.prompts.values()))
    for question in exam.questions():
        assert question.image, "a model of pictures is asked about one"
        text = usual.put(question)
        assert text.strip()
        assert question.text in text
        if "{options}" in usual.text:
            assert all(option in text for option in question.options)


@pytest.mark.parametrize("name", WITH_FILES)
def test_reading_writes_nothing(name: str, tmp_path: Path) -> None:
    root = write_exams(tmp_path)
    before = sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*"))
    load_benchmark(name, root=root).questions()
    assert sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*")) == before


@pytest.mark.parametrize(
    "content", ["{", '{"data": [{}], "questions": [{}], "annotations": [{}], "form": [{"linking": 1}]}']
)
@pytest.mark.parametrize("name", [name for name in WITH_FILES if name not in LABELS])
def test_a_file_that_is_not_as_published_is_named(name: str, content: str, tmp_path: Path) -> None:
    root = write_exams(tmp_path)
    for path in root.rglob("*.*"):
        if path.is_file():
            path.write_text(content)
    if name == "sroie" and content != "{":
        assert not load_benchmark(name, root=root).questions(), "a receipt may lack every field"
        return
    with pytest.raises(DatasetError) as caught:
        load_benchmark(name, root=root).questions()
    assert str(root) in caught.value.message


def test_a_wrong_name_or_wrong_rules_are_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no benchmark 'textvqq'") as caught:
        load_benchmark("textvqq")
    assert "textvqa" in caught.value.repair
    with pytest.raises(UsageError, match="mme has no rules 'ehub'"):
        load_benchmark("mme", "ehub")
