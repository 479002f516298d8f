"""One set of the zero-shot suite as a benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.benchmarks.data_root import opened
from evaluators.benchmarks.zero_shot.sets import EVERY, SETS, STANDARD, RuleSet
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import UsageError
from vlitqa.results.exams import Conclusion, ExamAnswer, ExamQuestion, Mark


@dataclass(frozen=True)
class ZeroShot:
    """A set by its name; `standard` marks as its makers do, `ehub` as LVLM-eHub does, with everything odd about it."""

    name: str
    rules: str = STANDARD
    root: Path | None = None
    seed: int = 0

    @property
    def card(self) -> BenchmarkCard:
        own = EVERY[self.name]
        sizes = {"": own.size} if own.size else {}
        rules = tuple(own.rule_sets)
        return BenchmarkCard(
            self.name,
            own.title,
            self._rule_set.headline,
            rules=rules,
            files=own.files,
            sizes=sizes,
            twice=own.twice,
        )

    @property
    def _rule_set(self) -> RuleSet:
        return EVERY[self.name].rule_sets[self.rules]

    def questions(self) -> Sequence[ExamQuestion]:
        own = EVERY[self.name]
        if own.read is None:
            raise UsageError(
                f"{self.name} is a kind of sets and has no files of its own.",
                repair=f"Leave out --data-root, or name one of {', '.join(SETS)}.",
            )
        found = own.read(opened(self.root, own.title, own.files), own.files)
        takes = self._rule_set.takes
        return [takes(question) for question in found] if takes else found

    def mark(self, question: ExamQuestion, answer: ExamAnswer) -> Mark:
        return self._rule_set.rule(question, answer)

    def conclude(self, marks: Sequence[Mark]) -> Conclusion:
        marking = self._rule_set
        return marking.conclude(marking.headline, self.rules, marks, self.seed)
