"""MME: two questions about each image, one to say yes to and one to say no to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from evaluators.benchmarks.data_root import DataRoot, opened
from evaluators.benchmarks.figures import Floats, ratio_figure
from evaluators.marking.yes_no import NO, OTHER, PARSERS, YES
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
_PAIR = 2


@dataclass(frozen=True)
class MME:
    """Accuracy and accuracy+, in percent and added: of single questions, and of images with both right."""

    rules: str = "official"
    root: Path | None = None
    seed: int = 0

    @property
    def card(self) -> BenchmarkCard:
        return BenchmarkCard(
            "mme",
            "MME",
            "perception",
            rules=tuple(PARSERS),
            files=("<subtask>/*.txt",),
            sizes=_SIZES,
            right_answers=(YES, NO),
        )

    def questions(self) -> Sequence[ExamQuestion]:
        root = opened(self.root, self.card.title, self.card.files)
        folders = [path for name in SUBTASKS if (path := root.folder / name).is_dir()]
        if not folders:
            raise UsageError(
                f"MME: none of its subtasks is a folder of {root.folder}.",
                repair=f"It should hold {', '.join(SUBTASKS[:4])} and so on, as in MME_Benchmark_release_version.",
            )
        return list(chain.from_iterable(_questions(root, folder) for folder in folders))

    def mark(self, question: ExamQuestion, answer: ExamAnswer) -> Mark:
        said = PARSERS[self.rules](answer.text)
        right = said in [each.strip().lower() for each in question.references]
        quirks = [NEITHER] if said == OTHER else []
        if any(parse(answer.text) != said for parse in PARSERS.values()):
            quirks.append(READ_OTHERWISE)
        return Mark(question, answer.text, float(right), quirks=tuple(quirks))

    def conclude(self, marks: Sequence[Mark]) -> Conclusion:
        """The score of perception; then those of cognition and of every subtask."""
        groups: defaultdict[str, list[Mark]] = defaultdict(list)
        for mark in marks:
            groups[mark.question.group].append(mark)
        parts = {"perception": PERCEPTION, "cognition": COGNITION}
        totals = [self._score(name, own, groups) for name, own in parts.items()]
        single = [self._score(name, (name,), groups) for name in SUBTASKS if groups.get(name)]
        return Conclusion(totals[0], (totals[1], *single))

    def _score(self, name: str, subtasks: Sequence[str], groups: Mapping[str, Sequence[Mark]]) -> Figure:
        """The sum over subtasks; none where a subtask was not answered at all."""
        unit = f"of {200 * len(subtasks):,}"
        if lost := [each for each in subtasks if not groups.get(each)]:
            return Figure.without(name, self.rules, f"no answers of {', '.join(lost)}", direction="up", unit=unit)
        marks = [mark for each in subtasks for mark in groups[each]]
        columns = np.concatenate([
            np.pad(_columns(groups[each]), ((0, 0), (4 * place, 4 * (len(subtasks) - place - 1))))
            for place, each in enumerate(subtasks)
        ])  # fmt: skip
        return ratio_figure(name, self.rules, (marks, columns), _sum_of_scores, seed=self.seed, unit=unit)


def _columns(marks: Sequence[Mark]) -> Floats:
    """By mark: right, asked, and at the first mark of an image whether both were right, and one.  # (marks, 4)"""
    images: defaultdict[str, list[int]] = defaultdict(list)
    for at, mark in enumerate(marks):
        images[mark.question.image].append(at)
    columns = np.zeros((len(marks), 4))
    columns[:, 0] = [mark.value for mark in marks]
    columns[:, 1] = 1
    for members in images.values():
        columns[members[0], 2] = len(members) >= _PAIR and columns[members, 0].all()
        columns[members[0], 3] = 1
    return columns


def _sum_of_scores(sums: Floats) -> Floats:
    """Accuracy and accuracy+ of each subtask, added.  # (draws, 4 x subtasks)"""
    right, asked, both, images = (sums[:, at::4] for at in range(4))
    with np.errstate(invalid="ignore"):
        found: Floats = (100 * right / asked + 100 * both / images).sum(axis=1)
    return found


def _questions(root: DataRoot, folder: Path) -> list[ExamQuestion]:
    """Beside each image, or in a folder of their own, a text with two lines of question and answer."""
    own = folder / "questions_answers_YN"
    found = []
    for path in sorted((own if own.is_dir() else folder).glob("*.txt")):
        with root.reading(path):
            for line in path.read_text(encoding="utf-8").split("\n"):
                if line.strip():
                    text, right = line.rsplit("\t", 1)
                    if right.strip().lower() not in (YES, NO):
                        raise ValueError(f"{right!r} is neither yes nor no")
                    found.append(
                        ExamQuestion(
                            f"{folder.name}/{path.stem}",
                            text,
                            (right.strip(),),
                            image=path.stem,
                            group=folder.name,
                            part=folder.name,
                        )
                    )
    return found
