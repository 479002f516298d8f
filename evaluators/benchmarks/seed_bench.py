"""SEED-Bench: questions of four choices about images and videos, in twelve dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.benchmarks.data_root import opened
from evaluators.benchmarks.figures import mean_figure
from vlitqa.contracts import BenchmarkCard
from vlitqa.results.exams import READ_OTHERWISE, Conclusion, ExamAnswer, ExamQuestion, Mark

LETTERS = "ABCD"
_FILE = "SEED-Bench.json"
_IMAGE, _VIDEO = "image", "video"
_IDS, _VIDEOS, _TWICE = 14_232, 3_757, 1
"""Of the 14,233 questions about images two have the same id."""
NO_LETTER = "the answer is no letter from A to D: wrong"
TIED = "several choices are the likeliest: the first of them"
NOT_A_NUMBER = "the likelihood of a choice is not a number: never chosen"


def exact(said: str) -> str:
    """The leaderboard's: the answer is the letter."""
    return said.strip()


def first_letter(said: str) -> str:
    """lmms-eval's: the first character, small or large."""
    return said.strip()[:1].upper()


PARSERS: Mapping[str, Callable[[str], str]] = {"official": exact, "lmms": first_letter}


@dataclass(frozen=True)
class SeedBench:
    """Percent of right choices: of all questions about images, and of every dimension by the name its file gives it."""

    rules: str = "official"
    root: Path | None = None
    seed: int = 0

    @property
    def card(self) -> BenchmarkCard:
        sizes, beside = {_IMAGE: _IDS}, {_VIDEO: _VIDEOS}
        return BenchmarkCard(
            "seed",
            "SEED-Bench",
            _IMAGE,
            rules=tuple(PARSERS),
            files=(_FILE,),
            sizes=sizes,
            optional_sizes=beside,
            twice=_TWICE,
            right_answers=tuple("abcd"),
        )

    def questions(self) -> Sequence[ExamQuestion]:
        root = opened(self.root, self.card.title, self.card.files)
        whole = root.json(_FILE)
        with root.reading(root.find(_FILE)):
            names = {number: name for name, number in whole["question_type"].items()}
            return [
                ExamQuestion(
                    str(row["question_id"]),
                    str(row["question"]),
                    (str(row["answer"]),),
                    image=str(row["data_id"]),
                    group=names[row["question_type_id"]],
                    part=str(row["data_type"]),
                    options=tuple(str(row[f"choice_{letter.lower()}"]) for letter in LETTERS),
                    right_option=_place(row["answer"]),
                )
                for row in whole["questions"]
            ]

    def mark(self, question: ExamQuestion, answer: ExamAnswer) -> Mark:
        if answer.scores:
            chosen, quirks = _likeliest(answer.scores)
        else:
            read = {name: parse(answer.text) for name, parse in PARSERS.items()}
            chosen = read[self.rules]
            quirks = [] if chosen in tuple(LETTERS) else [NO_LETTER]
            if len(set(read.values())) > 1:
                quirks.append(READ_OTHERWISE)
        return Mark(question, answer.text, float(chosen in question.references), quirks=tuple(quirks))

    def conclude(self, marks: Sequence[Mark]) -> Conclusion:
        """Every total is over questions, not over dimensions, which differ in size by a factor of fifty."""
        videos = [mark for mark in marks if mark.question.part == _VIDEO]
        wanted = [(_IMAGE, [mark for mark in marks if mark.question.part != _VIDEO])]
        if videos:
            wanted += [(_VIDEO, videos), ("all", list(marks))]
        names = {mark.question.group for mark in marks} - {""}
        wanted += [(name, [mark for mark in marks if mark.question.group == name]) for name in sorted(names)]
        figures = [mean_figure(name, self.rules, own, seed=self.seed, percent=True) for name, own in wanted]
        return Conclusion(figures[0], tuple(figures[1:]))


def _likeliest(scores: Sequence[float]) -> tuple[str, list[str]]:
    """The letter of the choice with the highest score; none where there are not four, or none is a number."""
    known = [-math.inf if math.isnan(each) else each for each in scores]
    best = max(known)
    if len(known) != len(LETTERS) or best == -math.inf:
        return "", [NO_LETTER]
    quirks = [TIED] if known.count(best) > 1 else []
    if any(map(math.isnan, scores)):
        quirks.append(NOT_A_NUMBER)
    return LETTERS[known.index(best)], quirks


def _place(letter: str) -> int:
    if letter not in tuple(LETTERS):
        raise ValueError(f"the answer {letter!r} is none of {LETTERS}")
    return LETTERS.index(letter)
