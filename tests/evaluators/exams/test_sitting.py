"""Models sit exams of the shapes world: every question once, whatever stops them, and what is written is read back."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from PIL import Image

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from evaluators.answers.files import read_answers
from evaluators.answers.layouts import WrittenAnswer
from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.benchmarks.seed_bench import NOT_A_NUMBER, TIED_CHOICES
from evaluators.exams.answer_cache import AnswerCache
from evaluators.exams.answer_file import AnswerSheet, write_answers
from evaluators.exams.grading import grade_answers, grade_sitting
from evaluators.exams.paper import ExamPaper, ExamTerms, set_paper
from evaluators.exams.pictures import ExamPictures
from evaluators.exams.sitting import Examinee, SatExam, Sitting
from reference_models.catalogue import MODELS, choose_model, find_saved_model
from tests.given.exam_files import WITH_FILES, write_exams
from vlitqa.contracts.models import Prompt, ReferenceModel
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import READ_OTHERWISE, ExamAnswer, Likelihood
from vlitqa.shapes.files import Studio, write_mme, write_seed_bench

pytestmark = pytest.mark.model

RANKED = ExamTerms()
SEED_QUESTIONS = 36
"""Four in each of nine dimensions: more than one call asks."""


class Counting:
    """A model that counts the prompts it is asked, and can be killed in the middle of an exam."""

    def __init__(self, model: ReferenceModel, calls_until_killed: int = 1_000) -> None:
        self._model, self._calls_left = model, calls_until_killed
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def answer(self, prompts: Sequence[Prompt], *, longest: int) -> list[str]:
        if not self._calls_left:
            raise KeyboardInterrupt
        self._calls_left -= 1
        answers = self._model.answer(prompts, longest=longest)
        self.asked += [prompt.record.turns[0].instruction or "" for prompt in prompts]
        return answers

    def rank(self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]) -> list[list[Likelihood]]:
        if not self._calls_left:
            raise KeyboardInterrupt
        self._calls_left -= 1
        self.asked += [prompt.record.turns[0].instruction or "" for prompt in prompts]
        return self._model.rank(prompts, options)


@pytest.fixture(scope="module")
def exams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("exams")
    write_seed_bench(Studio(folder=root / "seed", side=32), 4)
    write_mme(Studio(folder=root / "mme", side=32), 2)
    return root


@pytest.fixture(scope="module")
def llava() -> ReferenceModel:
    return choose_model("llava", "tiny").open()


def sit(
    model: object, root: Path, cache: Path, terms: ExamTerms | None = None, identity: str = "tiny"
) -> tuple[ExamPaper, SatExam]:
    """The exam that a folder is called after, in a process of its own as far as the cache knows."""
    exam = load_benchmark(root.name, root=root)
    paper = set_paper(exam, terms or (RANKED if root.name == "seed" else ExamTerms(longest=2)))
    with closing(AnswerCache(cache)) as store:
        pictures = ExamPictures(exam.card, root)
        return paper, Sitting(Examinee(model, identity), paper, pictures, store).run(lambda *_: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["seed", "mme"])
@pytest.mark.parametrize("kind", MODELS)
def test_answers_that_are_written_are_read_back_with_the_same_result(
    kind: str, name: str, exams: Path, tmp_path: Path
) -> None:
    paper, sat = sit(choose_model(kind, "tiny").open(), exams / name, tmp_path / "cache")
    assert len(sat.answers) == len(paper.questions) == sat.asked
    sheet = AnswerSheet(model="a/b", identity="tiny", benchmark=name, paper=paper)
    file = read_answers(write_answers(tmp_path, sheet, sat))
    assert (file.layout, file.model, file.answers) == ("vlitqa", "a/b", sat.answers)
    exam = load_benchmark(name, root=exams / name)
    graded = grade_sitting(exam, "a/b", exam.questions(), sat)
    assert graded.result.coverage.is_whole
    again = grade_answers(exam, "a/b", file.answers, by_data_root=True)
    assert again.marks == graded.marks
    assert replace(again.result, remarks=sat.remarks) == graded.result
    assert grade_answers(exam, "a/b", file.answers, by_data_root=False).result.headline == graded.result.headline


@pytest.mark.parametrize("name", WITH_FILES)
def test_every_benchmark_can_be_sat_and_read_back(name: str, llava: ReferenceModel, tmp_path: Path) -> None:
    exam = load_benchmark(name, root=write_exams(tmp_path / "exams"))
    for number, question in enumerate(exam.questions()):
        place = exam.card.pictures[-1].format(image=question.image, group=question.group)
        path = tmp_path / "exams" / (place if Path(place).suffix else f"{place}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number, 0, 0)).save(path)
    paper = set_paper(exam, ExamTerms())
    with closing(AnswerCache(tmp_path)) as cache:
        pictures = ExamPictures(exam.card, tmp_path / "exams")
        sat = Sitting(Examinee(llava, "tiny"), paper, pictures, cache).run(lambda *_: None)
    assert len(sat.answers) == len(paper.questions)
    sheet = AnswerSheet(model="a", identity="tiny", benchmark=name, paper=paper)
    file = read_answers(write_answers(tmp_path, sheet, sat))
    graded = grade_sitting(exam, "a", exam.questions(), sat)
    assert grade_answers(exam, "a", file.answers, by_data_root=True).marks == graded.marks
    assert graded.result.coverage.answered == len(paper.questions)
    assert not graded.result.coverage.by_order


def test_the_same_model_saved_and_opened_gives_the_same_answers(
    llava: ReferenceModel, exams: Path, tmp_path: Path
) -> None:
    llava.save(tmp_path / "tune-1" / "model")
    saved = find_saved_model(tmp_path / "tune-1")
    assert (saved.kind, saved.name, saved.folder) == ("llava", "tune-1", tmp_path / "tune-1" / "model")
    assert saved == find_saved_model(tmp_path / "tune-1" / "model")
    _, first = sit(llava, exams / "seed", tmp_path / "a")
    _, again = sit(saved.open(), exams / "seed", tmp_path / "b")
    assert again.answers == first.answers
    other = find_saved_model(Path(shutil.copytree(saved.folder, tmp_path / "other")))
    assert other.identity == saved.identity
    choose_model("blip2", "tiny").open().save(tmp_path / "blip2")
    assert find_saved_model(tmp_path / "blip2").identity != saved.identity


def test_a_killed_exam_goes_on_with_what_is_left(llava: ReferenceModel, exams: Path, tmp_path: Path) -> None:
    _, undisturbed = sit(llava, exams / "seed", tmp_path / "undisturbed")
    killed = Counting(llava, calls_until_killed=1)
    with pytest.raises(KeyboardInterrupt):
        sit(killed, exams / "seed", tmp_path / "cache")
    assert len(killed.asked) == 32
    resumed = Counting(llava)
    _, sat = sit(resumed, exams / "seed", tmp_path / "cache")
    assert len(resumed.asked) == sat.asked == SEED_QUESTIONS - 32
    assert sat.answers == undisturbed.answers
    again = Counting(llava)
    assert sit(again, exams / "seed", tmp_path / "cache")[1].answers == undisturbed.answers
    assert not again.asked


def test_other_weights_other_lengths_and_another_picture_are_asked_anew(
    llava: ReferenceModel, exams: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(exams / "mme", tmp_path / "mme"))
    sit(llava, root, tmp_path / "cache")
    assert sit(llava, root, tmp_path / "cache", identity="other")[1].asked == 28
    assert sit(llava, root, tmp_path / "cache", ExamTerms(longest=3))[1].asked == 28
    other_picture = max((exams / "seed" / "SEED-Bench-image").iterdir())
    shutil.copy(other_picture, min((root / "count").glob("*.png")))
    assert sit(llava, root, tmp_path / "cache")[1].asked == 2


def test_a_limited_exam_gives_its_answers_to_the_whole_one(llava: ReferenceModel, exams: Path, tmp_path: Path) -> None:
    _, part = sit(llava, exams / "seed", tmp_path, ExamTerms(limit=9))
    assert part.asked == 9
    assert any(remark.startswith("--limit: 9 of 36 questions") for remark in part.remarks)
    assert sit(llava, exams / "seed", tmp_path)[1].asked == SEED_QUESTIONS - 9


def test_questions_without_a_picture_are_not_asked_and_named(
    llava: ReferenceModel, exams: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(exams / "mme", tmp_path / "mme"))
    absent, cut = (sorted((root / group).glob("*.png"))[0] for group in ("count", "color"))
    absent.unlink()
    cut.write_bytes(cut.read_bytes()[:100])
    _, sat = sit(llava, root, tmp_path / "cache")
    assert len(sat.answers) == 24
    name = f"count/{absent.stem}"
    assert f"2 questions not asked, because no picture of them is there: {name}, {name}" in sat.remarks
    assert any("2 questions not asked, because the image" in remark and cut.stem in remark for remark in sat.remarks)
    mme = load_benchmark("mme", root=root)
    graded = grade_sitting(mme, "a", mme.questions(), sat)
    assert (graded.result.coverage.answered, graded.result.coverage.questions) == (24, 28)


def test_an_exam_without_any_picture_is_refused_with_the_places(
    llava: ReferenceModel, exams: Path, tmp_path: Path
) -> None:
    root = tmp_path / "seed"
    root.mkdir()
    shutil.copy(exams / "seed" / "SEED-Bench.json", root)
    with pytest.raises(UsageError, match="was looked for as SEED-Bench-image/") as caught:
        sit(llava, root, tmp_path / "cache")
    assert str(root) in caught.value.message
    (root / "SEED-Bench-image").mkdir()
    for path in (exams / "seed" / "SEED-Bench-image").iterdir():
        (root / "SEED-Bench-image" / path.name).write_bytes(b"no picture")
    with pytest.raises(DatasetError, match="No question could be asked: 36 questions not asked, because the file"):
        sit(llava, root, tmp_path / "cache")


def test_a_prompt_that_a_model_refuses_takes_no_other_with_it(
    llava: ReferenceModel, exams: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(exams / "mme", tmp_path / "mme"))
    path = sorted((root / "count").glob("*.txt"))[0]
    path.write_text(f"Is it {'very ' * 2_000}long?\tYes\nIs there a </s> in it?\tNo\n")
    _, sat = sit(llava, root, tmp_path / "cache")
    assert len(sat.answers) == sat.asked == 26
    reasons = [remark for remark in sat.remarks if "1 question not asked, because" in remark]
    assert any("the model reads 1,024" in reason for reason in reasons)
    assert any("special token" in reason for reason in reasons)


def test_the_likeliest_choice_is_the_answer_and_both_scores_are_kept(
    llava: ReferenceModel, exams: Path, tmp_path: Path
) -> None:
    paper, by_mean = sit(llava, exams / "seed", tmp_path)
    counting = Counting(llava)
    _, by_sum = sit(counting, exams / "seed", tmp_path, ExamTerms(prompt="likelihood-sum"))
    assert not counting.asked, "what ranks the choices changes nothing that the model says"
    differing = 0
    for mean, total in zip(by_mean.answers, by_sum.answers, strict=True):
        likelihoods = mean.answer.likelihoods
        assert likelihoods == total.answer.likelihoods
        assert mean.answer.scores == tuple(one.log_probability / one.tokens for one in likelihoods)
        assert total.answer.scores == tuple(one.log_probability for one in likelihoods)
        assert mean.question is not None
        options = mean.question.options
        assert options.index(mean.answer.text) == mean.answer.scores.index(max(mean.answer.scores))
        differing += mean.answer.text != total.answer.text
    exam = load_benchmark("seed", root=exams / "seed")
    result = grade_sitting(exam, "a", paper.questions, by_mean).result
    assert result.quirks.get(READ_OTHERWISE, 0) == differing
    assert result.headline.value == pytest.approx(
        100
        * sum(
            one.answer.text == one.question.options[one.question.right_option]  # type: ignore[union-attr,index]
            for one in by_mean.answers
        )
        / SEED_QUESTIONS
    )


def test_a_likelihood_that_is_no_number_is_never_the_answer(exams: Path, tmp_path: Path, llava: ReferenceModel) -> None:
    class Diverged(Counting):
        def rank(self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]) -> list[list[Likelihood]]:
            assert len(prompts) == len(options)
            return [[Likelihood(math.nan, 2), *(Likelihood(-9.0, 2) for _ in choices[1:])] for choices in options]

    paper, sat = sit(Diverged(llava), exams / "seed", tmp_path)
    assert all(one.answer.text == one.question.options[1] for one in sat.answers)  # type: ignore[union-attr]
    assert sit(Diverged(llava), exams / "seed", tmp_path)[1].asked == 0
    sheet = AnswerSheet(model="a", identity="tiny", benchmark="seed", paper=paper)
    exam = load_benchmark("seed", root=exams / "seed")
    for answers in (sat.answers, read_answers(write_answers(tmp_path, sheet, sat)).answers):
        quirks = grade_answers(exam, "a", answers, by_data_root=True).result.quirks
        assert quirks[NOT_A_NUMBER] == quirks[TIED_CHOICES] == SEED_QUESTIONS


def test_ranked_answers_without_their_rule_are_refused_with_the_row(tmp_path: Path) -> None:
    row = {"question_id": 1, "question": "", "references": ["A"], "answer": "x", "prompt_version": 1}
    path = tmp_path / "answers.jsonl"
    path.write_bytes(orjson.dumps({**row, "likelihoods": [{"log_probability": -1.0, "tokens": 2}]}))
    with pytest.raises(DatasetError, match="row 1: no field 'ranked_by'"):
        read_answers(path)


def test_no_answer_is_written_where_options_are_ranked(exams: Path) -> None:
    with pytest.raises(UsageError, match="The prompt likelihood of seed ranks options"):
        set_paper(load_benchmark("seed", root=exams / "seed"), ExamTerms(longest=4))


def test_questions_without_options_are_not_ranked(llava: ReferenceModel, exams: Path, tmp_path: Path) -> None:
    exam = load_benchmark("seed", root=exams / "seed")
    paper = set_paper(exam, RANKED)
    paper = replace(paper, questions=(replace(paper.questions[0], options=()), *paper.questions[1:]))
    with closing(AnswerCache(tmp_path)) as cache:
        pictures = ExamPictures(exam.card, exams / "seed")
        sat = Sitting(Examinee(llava, "tiny"), paper, pictures, cache).run(lambda *_: None)
    assert sat.asked == SEED_QUESTIONS - 1
    assert "1 question not asked, because it has no options to rank: 0" in sat.remarks


def test_a_damaged_cache_is_begun_anew(llava: ReferenceModel, exams: Path, tmp_path: Path) -> None:
    (tmp_path / "answers.sqlite").write_bytes(b"no database" * 1_000)
    assert sit(llava, exams / "mme", tmp_path)[1].asked == 28


def test_questions_of_the_data_root_are_never_taken_for_those_of_another_benchmark(tmp_path: Path) -> None:
    """ST-VQA has images in a folder `coco-text`; a sample may hold no others."""
    path = write_exams(tmp_path) / "VQA_Datasets" / "STVQA" / "train_task_3.json"
    path.write_text(path.read_text().replace('"coco"', '"coco-text"'))
    exam = load_benchmark("stvqa", root=tmp_path)
    answers = tuple(WrittenAnswer(ExamAnswer(question.key, "stop"), question) for question in exam.questions())
    with pytest.raises(DatasetError, match="about images of coco-text"):
        grade_answers(exam, "a", answers, by_data_root=True)
    assert grade_sitting(exam, "a", exam.questions(), SatExam(answers, ("a remark",), 2)).result.remarks == (
        "a remark",
    )
