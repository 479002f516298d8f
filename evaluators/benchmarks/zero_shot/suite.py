"""One set of the zero-shot suite as a benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.benchmarks.data_root import open_data_root
from evaluators.benchmarks.zero_shot.marking_rules import STANDARD
from evaluators.benchmarks.zero_shot.rule_sets import RuleSet
from evaluators.benchmarks.zero_shot.sets import SETS, SETS_AND_KINDS, ExamSet
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import UsageError
from vlitqa.results import Figure
from vlitqa.results.exams import Conclusion, ExamAnswer, ExamQuestion, Mark


@dataclass(frozen=True, kw_only=True)
class ZeroShot:
    """A set by its name; `standard` marks as its makers do, `ehub` as LVLM-eHub does, with everything odd about it."""

    name: str
    rules: str = STANDARD
    root: Path | None = None
    seed: int = 0

    @property
    def card(self) -> BenchmarkCard:
        """The facts that the set states of itself."""
        exam_set = self._exam_set
        return BenchmarkCard(
            self.name,
            exam_set.title,
            self._rule_set.headline,
            highest=exam_set.highest,
            rules=tuple(exam_set.rule_sets),
            files=exam_set.files,
            sizes={"": exam_set.size} if exam_set.size else {},
            twice=exam_set.twice,
            references=exam_set.references,
            has_options=exam_set.has_options,
            prompts=exam_set.prompts,
            pictures=exam_set.pictures,
        )

    @property
    def _exam_set(self) -> ExamSet:
        return SETS_AND_KINDS[self.name]

    @property
    def _rule_set(self) -> RuleSet:
        return self._exam_set.rule_sets[self.rules]

    def questions(self) -> Sequence[ExamQuestion]:
        """The questions of the set's files, as the rules read them."""
        exam_set, prepare = self._exam_set, self._rule_set.prepare
        if exam_set.read is None:
            raise UsageError(
                f"{self.name} is a kind of sets and has no files of its own.",
                repair=f"Leave out --data-root, or name one of {', '.join(SETS)}.",
            )
        root = open_data_root(self.root, exam_set.title, exam_set.files)
        questions = exam_set.read(root, exam_set.files)
        return [prepare(question) for question in questions] if prepare else questions

    def mark(self, question: ExamQuestion, answer: ExamAnswer) -> Mark:
        """The mark that the rules give."""
        return self._rule_set.rule(question, answer)

    def conclude(self, marks: Sequence[Mark]) -> Conclusion:
        """The figures that the rules make of all marks."""
        blank = Figure(self._rule_set.headline, self.rules, None, direction="up")
        return self._rule_set.conclude(blank, marks, self.seed)
