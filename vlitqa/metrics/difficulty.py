"""Grades of difficulty, by a language model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec

from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import JudgeQuestion, Tools, Verdict
from vlitqa.metrics.grouped_turns import group_of, turns_of, with_mean
from vlitqa.metrics.parameters import check_parameters
from vlitqa.metrics.rubrics import retryable_verdict, rubric, sample_of
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, unmeasured
from vlitqa.results.evidence import DifficultyEvidence, GradedTurn, TypedEvidence

_ANSWERS = tuple(str(grade) for grade in range(1, 11))


@dataclass(frozen=True)
class Difficulty:
    """Reasoning that an instruction needs, graded by a language model from 1 to 10.

    Measures: in a record, the mean grade of its turns; in the dataset, the mean over turns.
    Reads: instructions and responses, through the critic.
    Range: 1 to 10, more is more complex.
    Caveats: a grade depends on the model and the prompt, and is comparable with no other. `original` is the grade that
    the critic gives. `sound` is the expected grade, if the critic gives the probability of each: it has fewer ties and
    no jumps. A turn whose text addresses a grader is counted (`suspicious turns`) and kept.
    Source: the review, section 4.2.3 and Table 4; DEITA for grades from probabilities.
    """

    card: ClassVar[Card] = Card(
        name="difficulty",
        version=1,
        headline=FigureName("difficulty", "sound"),
        principle=Principle.INSTRUCTION_COMPLEXITY,
        sentence="Of 10 grades of reasoning, an instruction needs grade {value}, on average.",
        symbol="I complexity",
        counts="grade from 1 to 10",
        lowest=1.0,
        highest=10.0,
        tools=("critic",),
    )
    evidence: ClassVar[type[TypedEvidence]] = DifficultyEvidence
    prompt: str = "difficulty-1"
    sample: int = 9_604
    """Records that are graded, drawn by a seed.

    The mean of n grades of deviation s is right within 1.96 s / sqrt(n): 0.04 of a grade for s = 2, and 0.09 for the
    largest s, 4.5. Turns of a record are alike, so n is rather the number of records than that of turns.
    """
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("sample",))
        rubric(self.prompt)

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Lets the critic grade the turns of each record."""
        turns = [(place, turn) for place, record in enumerate(records) for turn in record.turns if turn.instruction]
        questions = [JudgeQuestion(rubric(self.prompt), sample_of(turn), _ANSWERS) for _, turn in turns]
        verdicts: list[list[Verdict]] = [[] for _ in records]
        for (place, _), verdict in zip(turns, tools.critic.ask(questions), strict=True):
            verdicts[place].append(verdict)
        return [_graded(*both) for both in zip(records, verdicts, strict=True)]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the mean of the grades."""
        graded = turns_of(measurements, DifficultyEvidence, lambda evidence: evidence.turns)
        why = "the critic gives no probabilities" if graded.turns else graded.why_none("no turn was graded")
        blank = Figure.without("difficulty", "original", why, direction="up", left_out=graded.left_out)
        return Summary(
            (
                with_mean(blank, graded.values(lambda turn: float(turn.grade)), self.seed),
                with_mean(replace(blank, variant="sound"), graded.values(lambda turn: turn.expected), self.seed),
            ),
            counts={"suspicious turns": sum(bool(turn.suspicions) for turn in graded.turns)},
        )


def _graded(record: Record, verdicts: Sequence[Verdict]) -> Measurement:
    """The mean of what was graded; a turn without a grade is left out, a record without any says why."""
    if not verdicts:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    turns = [_graded_turn(verdict) for verdict in verdicts if verdict.answer is not None]
    failure = retryable_verdict(verdicts)
    if failure or not turns:
        failure = failure or verdicts[0]
        return unmeasured(record, failure.status, failure.reason)
    mean = sum(turn.grade if turn.expected is None else turn.expected for turn in turns) / len(turns)
    evidence = DifficultyEvidence(turns=turns, group=group_of(record), ungraded=len(verdicts) - len(turns))
    return Measurement(mean, Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)


def _graded_turn(verdict: Verdict) -> GradedTurn:
    chances = verdict.probabilities
    expected = sum(int(answer) * chance for answer, chance in chances.items()) if chances else None
    return GradedTurn(grade=int(verdict.answer or 0), expected=expected, suspicions=list(verdict.suspicions) or ())
