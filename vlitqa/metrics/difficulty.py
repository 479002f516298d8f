"""How much thinking an instruction asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from vlitqa.algorithms.resampling import grouped_mean_interval
from vlitqa.contracts import ALONE, Card, Context
from vlitqa.metrics.evidence import group_of, groups_of
from vlitqa.metrics.rubrics import hindrance, rubric, sample_of
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary
from vlitqa.tools import Question, Tools, Verdict

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

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        asked = [(at, turn) for at, record in enumerate(records) for turn in record.turns if turn.instruction]
        questions = [Question(rubric(self.prompt), sample_of(turn), _ANSWERS) for _, turn in asked]
        verdicts: list[list[Verdict]] = [[] for _ in records]
        for (at, _), verdict in zip(asked, tools.critic.ask(questions), strict=True):
            verdicts[at].append(verdict)
        return [_measured(record, found) for record, found in zip(records, verdicts, strict=True)]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        turns: list[dict[str, Any]] = []
        groups: list[str] = []
        rows: list[int] = []
        left_out: Counter[str] = Counter()
        for each in sorted(measurements, key=lambda each: each.place.row):
            if each.value is None:
                left_out[each.status.value] += 1
                continue
            turns += each.evidence["turns"]
            groups += [each.evidence["group"]] * len(each.evidence["turns"])
            rows += [each.place.row] * len(each.evidence["turns"])
        names = groups_of(groups, rows)
        expected = [(turn["expected"], name) for turn, name in zip(turns, names, strict=True) if "expected" in turn]
        given = [(float(turn["grade"]), name) for turn, name in zip(turns, names, strict=True)]
        why = "" if turns else "no turn was graded"
        return Summary(
            (
                self._figure("original", given, dict(left_out), why),
                self._figure("sound", expected, dict(left_out), why or "the critic gives no probabilities"),
            ),
            counts={"suspicious turns": sum(bool(turn.get("suspicions")) for turn in turns)},
        )

    def _figure(self, variant: str, found: list[tuple[float, str]], left_out: dict[str, int], why: str) -> Figure:
        values, names = [value for value, _ in found], [name for _, name in found]
        return Figure(
            "difficulty",
            variant,
            sum(values) / len(values) if values else None,
            direction="up",
            interval=grouped_mean_interval(values, names, self.seed) if values else None,
            measured=len(values),
            left_out=left_out,
            reason="" if values else why,
        )


def _measured(record: Record, verdicts: Sequence[Verdict]) -> Measurement:
    """The mean of what was graded; a turn without a grade is left out, a record without any says why."""
    if not verdicts:
        return Measurement(None, Status.EMPTY_TEXT, "the record has no instruction", {}, record.place, record.id)
    graded = [each for each in verdicts if each.answer is not None]
    if (lost := hindrance(verdicts)) or not graded:
        lost = lost or verdicts[0]
        return Measurement(None, lost.status, lost.reason, {}, record.place, record.id)
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
