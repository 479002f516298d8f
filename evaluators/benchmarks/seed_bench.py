"""SEED-Bench: questions of four choices about images and videos, in twelve dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from evaluators.benchmarks.data_root import open_data_root
from evaluators.benchmarks.figures import PERCENT, mean_of_marks
from evaluators.benchmarks.prompts import LETTERS, LIKELIHOODS
from vlitqa.contracts import BenchmarkCard
from vlitqa.results import Figure
from vlitqa.results.exams import READ_OTHERWISE, Conclusion, ExamAnswer, ExamQuestion, Mark, RankedBy

_LETTERS = "ABCD"
_FILE = "SEED-Bench.json"
_IMAGE, _VIDEO = "image", "video"
_IMAGE_QUESTIONS, _VIDEO_QUESTIONS, _TWICE = 14_232, 3_757, 1
"""Of the 14,233 questions about images two have the same id."""
NO_LETTER = "the answer is no letter from A to D: wrong"
TIED_CHOICES = "several choices are the likeliest: the first of them"
NOT_A_NUMBER = "the likelihood of a choice is not a number: never chosen"


def whole_answer(text: str) -> str:
    """The letter as the leaderboard reads it: the answer is the letter."""
    return text.strip()


def first_letter(text: str) -> str:
    """The letter as lmms-eval reads it: the first character, in upper or lower case."""
    return text.strip()[:1].upper()


LETTER_READERS: Mapping[str, Callable[[str], str]] = {"official": whole_answer, "lmms": first_letter}


@dataclass(frozen=True, kw_only=True)
class SeedBench:
    """Percent of right choices: of all questions about images, and of every dimension by the name its file gives it."""

    name: str = "seed"
    rules: str = "official"
    root: Path | None = None
    seed: int = 0

    @property
    def card(self) -> BenchmarkCard:
        """The facts that SEED-Bench states of itself."""
        return BenchmarkCard(
            self.name,
            "SEED-Bench",
            _IMAGE,
            rules=tuple(LETTER_READERS),
            files=(_FILE,),
            sizes={_IMAGE: _IMAGE_QUESTIONS},
            optional_sizes={_VIDEO: _VIDEO_QUESTIONS},
            twice=_TWICE,
            right_answers=tuple(_LETTERS.lower()),
            prompts={**LIKELIHOODS, **LETTERS},
            pictures=("SEED-Bench-image/{image}",),
            unasked={_VIDEO: "they are about videos, which no reference model sees"},
        )

    def questions(self) -> Sequence[ExamQuestion]:
        """All questions of the one file, about images and about videos."""
        root = open_data_root(self.root, self.card.title, self.card.files)
        content = root.json(_FILE)
        with root.reading(root.find(_FILE)):
            dimensions = {number: name for name, number in content["question_type"].items()}
            return [_question(row, dimensions) for row in content["questions"]]

    def mark(self, question: ExamQuestion, answer: ExamAnswer) -> Mark:
        """1 for the right letter: the likeliest where choices were ranked, otherwise the one that the rules read."""
        if answer.scores:
            letter, quirks = _likeliest(answer.scores)
            if len(_letters_by_rule(answer)) > 1:
                quirks.append(READ_OTHERWISE)
        else:
            letters = {rules: read(answer.text) for rules, read in LETTER_READERS.items()}
            letter = letters[self.rules]
            quirks = [] if letter in tuple(_LETTERS) else [NO_LETTER]
            if len(set(letters.values())) > 1:
                quirks.append(READ_OTHERWISE)
        return Mark(question, answer.text, float(letter in question.references), quirks=tuple(quirks))

    def conclude(self, marks: Sequence[Mark]) -> Conclusion:
        """Totals and dimensions; a total is over questions, because dimensions differ in size by a factor of fifty."""
        videos = [mark for mark in marks if mark.question.part == _VIDEO]
        parts = {_IMAGE: [mark for mark in marks if mark.question.part != _VIDEO]}
        if videos:
            parts |= {_VIDEO: videos, "all": list(marks)}
        totals = [self._percent(name, part) for name, part in parts.items()]
        dimensions = sorted({mark.question.group for mark in marks} - {""})
        figures = [
            self._percent(dimension, [mark for mark in marks if mark.question.group == dimension])
            for dimension in dimensions
        ]
        return Conclusion(totals[0], (*totals[1:], *figures))

    def _percent(self, name: str, marks: Sequence[Mark]) -> Figure:
        return mean_of_marks(Figure(name, self.rules, None, direction="up", unit=PERCENT), marks, self.seed)


def _question(row: Mapping[str, Any], dimensions: Mapping[int, str]) -> ExamQuestion:
    return ExamQuestion(
        str(row["question_id"]),
        str(row["question"]),
        (str(row["answer"]),),
        image=str(row["data_id"]),
        group=dimensions[row["question_type_id"]],
        part=str(row["data_type"]),
        options=tuple(str(row[f"choice_{letter.lower()}"]) for letter in _LETTERS),
        right_option=_place_of(row["answer"]),
    )


def _place_of(letter: object) -> int:
    if letter not in tuple(_LETTERS):
        raise ValueError(f"the answer {letter!r} is none of {_LETTERS}")
    return _LETTERS.index(str(letter))


def _letters_by_rule(answer: ExamAnswer) -> set[str]:
    """The likeliest choices by sums and by means; none where their likelihoods are not known."""
    rules = get_args(RankedBy) if answer.likelihoods else ()
    return {_likeliest([likelihood.score(rule) for likelihood in answer.likelihoods])[0] for rule in rules}


def _likeliest(scores: Sequence[float]) -> tuple[str, list[str]]:
    """The letter of the choice with the highest score; none where there are not four, or none is a number."""
    numbers = [-math.inf if math.isnan(score) else score for score in scores]
    best = max(numbers)
    if len(numbers) != len(_LETTERS) or best == -math.inf:
        return "", [NO_LETTER]
    quirks = [TIED_CHOICES] if numbers.count(best) > 1 else []
    if any(map(math.isnan, scores)):
        quirks.append(NOT_A_NUMBER)
    return _LETTERS[numbers.index(best)], quirks
