"""How much thinking an instruction asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from vlitqa.contracts import ALONE, Card, Context
from vlitqa.contracts.tools import JudgeQuestion, Tools, Verdict
from vlitqa.metrics.evidence import group_of, mean_figure, turns_of
from vlitqa.metrics.parameters import check
from vlitqa.metrics.rubrics import hindrance, rubric, sample_of
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, unmeasured

_ANSWERS = tuple(str(grade) for grade in range(1, 11))


@dataclass(frozen=True)
class Difficulty:
    """How much thinking an instruction asks for, as a language model grades it from 1 to 10.

    Measures: in a record, the mean grade of its turns; in the dataset, the mean over turns.
    Reads: instructions and responses, through the critic.
    Range: 1 to 10, more is more complex.
    Caveats: a grade is that of one model under one prompt, and compares with no other. `original` is the grade that the
    critic gives; `sound` is the grade that it expects, where it says how likely each is: fewer ties, and no jumps. A
    turn whose text speaks to a grader is counted (`suspicious turns`) and kept.
    Source: the review, section 4.2.3 and Table 4; DEITA for grades from probabilities.
    """

    card: ClassVar[Card] = Card(name="difficulty", version=1, lowest=1.0, highest=10.0, tools=("critic",))
    prompt: str = "difficulty-1"
    sample: int = 9_604
    """Records that are graded, drawn by a seed: a share is then right within a hundredth, however many there are."""
    seed: int = 0

    def __post_init__(self) -> None:
        check(self, counts=("sample",))
        rubric(self.prompt)

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        asked = [(at, turn) for at, record in enumerate(records) for turn in record.turns if turn.instruction]
        questions = [JudgeQuestion(rubric(self.prompt), sample_of(turn), _ANSWERS) for _, turn in asked]
        verdicts: list[list[Verdict]] = [[] for _ in records]
        for (at, _), verdict in zip(asked, tools.critic.ask(questions), strict=True):
            verdicts[at].append(verdict)
        return [_measured(record, found) for record, found in zip(records, verdicts, strict=True)]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        turns = turns_of(measurements)
        pairs = list(zip(turns.kept, turns.groups, strict=True))
        given = [(float(turn["grade"]), group) for turn, group in pairs]
        expected = [(turn["expected"], group) for turn, group in pairs if "expected" in turn]
        why = "the critic gives no probabilities" if given else "no turn was graded"
        blank = Figure("difficulty", "original", None, direction="up", left_out=turns.left_out, reason=why)
        return Summary(
            (
                mean_figure(blank, given, self.seed),
                mean_figure(replace(blank, variant="sound"), expected, self.seed),
            ),
            counts={"suspicious turns": sum(bool(turn.get("suspicions")) for turn in turns.kept)},
        )


def _measured(record: Record, verdicts: Sequence[Verdict]) -> Measurement:
    """The mean of what was graded; a turn without a grade is left out, a record without any says why."""
    if not verdicts:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    graded = [each for each in verdicts if each.answer is not None]
    if (lost := hindrance(verdicts)) or not graded:
        lost = lost or verdicts[0]
        return unmeasured(record, lost.status, lost.reason)
    turns = [_turn(each) for each in graded]
    value = sum(turn.get("expected", turn["grade"]) for turn in turns) / len(turns)
    evidence: dict[str, Any] = {"turns": turns, "group": group_of(record)}
    if len(graded) < len(verdicts):
        evidence["ungraded"] = len(verdicts) - len(graded)
    return Measurement(value, Status.OK, "", evidence, record.place, record.id)


def _turn(verdict: Verdict) -> dict[str, Any]:
    turn: dict[str, Any] = {"grade": int(verdict.answer or 0)}
    if verdict.probabilities:
        turn["expected"] = sum(int(answer) * chance for answer, chance in verdict.probabilities.items())
    if verdict.suspicions:
        turn["suspicions"] = list(verdict.suspicions)
    return turn
