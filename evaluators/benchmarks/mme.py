"""MME: two questions about each image, one to say yes to and one to say no to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from evaluators.benchmarks.data_root import DataRoot, open_data_root
from evaluators.benchmarks.figures import CountedMarks, statistic_of_marks
from evaluators.benchmarks.prompts import AS_IT_STANDS
from evaluators.marking.yes_no import NO, OTHER, YES, YES_NO_READERS
from vlitqa.algorithms.arrays import Floats
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import UsageError
from vlitqa.results import Figure
from vlitqa.results.exams import READ_OTHERWISE, Conclusion, ExamAnswer, ExamQuestion, Mark

PERCEPTION = (
    "existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR",
)  # fmt: skip
COGNITION = ("commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning")
SUBTASKS = (*PERCEPTION, *COGNITION)
_SIZES: Mapping[str, int] = {
    **dict.fromkeys(("existence", "count", "position", "color"), 60), "posters": 294, "celebrity": 340, "scene": 400,
    "landmark": 400, "artwork": 400, "OCR": 40, "commonsense_reasoning": 140, "numerical_calculation": 40,
    "text_translation": 40, "code_reasoning": 40,
}  # fmt: skip
NEITHER = "the answer is neither yes nor no: wrong"
_POINTS = 200
"""The most that a subtask gives: 100 for accuracy, and 100 for accuracy+."""
_PAIR = 2
_COUNTS = 4


@dataclass(frozen=True, kw_only=True)
class MME:
    """Accuracy and accuracy+, in percent and added: of single questions, and of images with both right."""

    name: str = "mme"
    rules: str = "official"
    root: Path | None = None
    seed: int = 0

    @property
    def card(self) -> BenchmarkCard:
        """The facts that MME states of itself."""
        return BenchmarkCard(
            self.name,
            "MME",
            "perception",
            highest=_POINTS * len(PERCEPTION),
            rules=tuple(YES_NO_READERS),
            files=("<subtask>/*.txt",),
            sizes=_SIZES,
            right_answers=(YES, NO),
            prompts={"question": AS_IT_STANDS},
            pictures=("{group}/{image}", "{group}/images/{image}", "{group}/images/toy_dataset/{image}"),
        )

    def questions(self) -> Sequence[ExamQuestion]:
        """The questions of all subtasks that are folders of the data root."""
        root = open_data_root(self.root, self.card.title, self.card.files)
        folders = [path for subtask in SUBTASKS if (path := root.folder / subtask).is_dir()]
        if not folders:
            raise UsageError(
                f"MME: none of its subtasks is a folder of {root.folder}.",
                repair=f"It should hold {', '.join(SUBTASKS[:4])} and so on, as in MME_Benchmark_release_version.",
            )
        return list(chain.from_iterable(_read_subtask(root, folder) for folder in folders))

    def mark(self, question: ExamQuestion, answer: ExamAnswer) -> Mark:
        """1 for the right one of yes and no, read by the rules; 0 for the other, and for neither."""
        choice = YES_NO_READERS[self.rules](answer.text)
        is_right = choice in [reference.strip().lower() for reference in question.references]
        quirks = [NEITHER] if choice == OTHER else []
        if any(read(answer.text) != choice for read in YES_NO_READERS.values()):
            quirks.append(READ_OTHERWISE)
        return Mark(question, answer.text, float(is_right), quirks=tuple(quirks))

    def conclude(self, marks: Sequence[Mark]) -> Conclusion:
        """The score of perception; then those of cognition and of every subtask."""
        groups: defaultdict[str, list[Mark]] = defaultdict(list)
        for mark in marks:
            groups[mark.question.group].append(mark)
        perception = self._score("perception", PERCEPTION, groups)
        cognition = self._score("cognition", COGNITION, groups)
        subtasks = [self._score(subtask, (subtask,), groups) for subtask in SUBTASKS if groups.get(subtask)]
        return Conclusion(perception, (cognition, *subtasks))

    def _score(self, name: str, subtasks: Sequence[str], groups: Mapping[str, Sequence[Mark]]) -> Figure:
        """The sum over subtasks; none where a subtask was not answered at all."""
        blank = Figure(name, self.rules, None, direction="up", unit=f"of {_POINTS * len(subtasks):,}")
        if unanswered := [subtask for subtask in subtasks if not groups.get(subtask)]:
            return replace(blank, reason=f"no answers of {', '.join(unanswered)}")
        marks = [mark for subtask in subtasks for mark in groups[subtask]]
        counts = np.zeros((len(marks), _COUNTS * len(subtasks)))  # (marks, 4 x subtasks)
        row = 0
        for column, subtask in enumerate(subtasks):
            group = groups[subtask]
            counts[row : row + len(group), _COUNTS * column : _COUNTS * (column + 1)] = _counts(group)
            row += len(group)
        return statistic_of_marks(blank, CountedMarks(marks, counts), _sum_of_scores, self.seed)


def _counts(marks: Sequence[Mark]) -> Floats:
    """By mark: right, asked, and at the first mark of an image whether both were right, and one.  # (marks, 4)"""
    images: defaultdict[str, list[int]] = defaultdict(list)
    for place, mark in enumerate(marks):
        images[mark.question.image].append(place)
    counts = np.zeros((len(marks), _COUNTS))
    counts[:, 0] = [mark.value for mark in marks]
    counts[:, 1] = 1
    for places in images.values():
        counts[places[0], 2] = len(places) >= _PAIR and counts[places, 0].all()
        counts[places[0], 3] = 1
    return counts


def _sum_of_scores(sums: Floats) -> Floats:
    """Accuracy and accuracy+ of each subtask, added.  # (draws, 4 x subtasks)"""
    right, asked, both_right, images = (sums[:, column::_COUNTS] for column in range(_COUNTS))
    with np.errstate(invalid="ignore"):
        scores: Floats = (100 * right / asked + 100 * both_right / images).sum(axis=1)
    return scores


def _read_subtask(root: DataRoot, folder: Path) -> Iterator[ExamQuestion]:
    """Beside each image, or in a folder of their own, a text with two lines of question and answer."""
    texts = folder / "questions_answers_YN"
    for path in sorted((texts if texts.is_dir() else folder).glob("*.txt")):
        with root.reading(path):
            for line in root.content(path).decode().split("\n"):
                if line.strip():
                    yield _read_line(line, path.stem, folder.name)


def _read_line(line: str, image: str, subtask: str) -> ExamQuestion:
    text, right = line.rsplit("\t", 1)
    if right.strip().lower() not in (YES, NO):
        raise ValueError(f"{right!r} is neither yes nor no")
    return ExamQuestion(f"{subtask}/{image}", text, (right.strip(),), image=image, group=subtask, part=subtask)
