"""Whether what a response says is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from vlitqa.contracts import ALONE, Card, Context
from vlitqa.contracts.tools import JudgeQuestion, Picture, Tools, Verdict
from vlitqa.errors import ImageFault
from vlitqa.metrics.evidence import group_of, mean_figure, turns_of
from vlitqa.metrics.judge_checks import AS_IT_IS, BLANK, OPPOSITE, RIGHT, WRONG, corrected, is_checked, questions_of
from vlitqa.metrics.parameters import check
from vlitqa.metrics.rubrics import hindrance, rubric
from vlitqa.records import Place, Record, Turn
from vlitqa.results import Figure, Measurement, Status, Summary, unmeasured
from vlitqa.results.findings import finding

_SIDE = 448
"""Pixels of the shorter edge: more than the judges that are in use read."""
_HALF, WRONGED = 0.5, "judged_incorrect"
Votes = dict[str, list[Verdict]]
"""On a turn as it is, and on copies of it."""


@dataclass(frozen=True)
class Accuracy:
    """Whether what a response says is right, as a judge that sees the images votes.

    Measures: in a record, the share of its turns that most votes call correct; in the dataset, the share of turns.
    Reads: images, instructions and responses, through the judge.
    Range: 0 to 1, more is better.
    Caveats: the votes of one model share its errors, and models like to agree. `sound` corrects for that by Rogan and
    Gladen: a half of the records is judged twice more, with their responses turned into the opposite, and with blank
    images, where nothing that is said of an image can be right. It holds as far as the opposite of a wrong response is
    right and the judge errs on the dataset's faults as often as on blank images; subtle faults escape it more easily.
    `agreement of votes` says how often all votes were the same; `chance of correct` is the judge's own probability,
    where it gives any. A turn whose text speaks to a judge is counted (`suspicious turns`) and kept.
    Source: the review, section 4.2.3; POPE (2023) on models that agree too easily; Rogan and Gladen 1978.
    """

    card: ClassVar[Card] = Card(
        name="accuracy", version=2, highest=1.0, packages=("pillow", "xxhash"), tools=("judge",)
    )
    prompt: str = "accuracy-1"
    votes: int = 5
    sample: int = 9_604
    """Records that are judged, drawn by a seed: a share is then right within a hundredth, however many there are."""
    checked: float = 0.5
    """The share of records whose copies are judged too, drawn by a digest of their text."""
    seed: int = 0

    def __post_init__(self) -> None:
        check(self, counts=("votes", "sample"), shares=("checked",))
        rubric(self.prompt)

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        made: list[Measurement | None] = []
        asked: list[tuple[int, str, JudgeQuestion]] = []
        for at, record in enumerate(records):
            pictures, fault = _pictures(record, tools)
            turns = [turn for turn in record.turns if turn.response and turn.response.strip()]
            made.append(_unasked(record, turns, fault))
            if made[-1] is None:
                copied = is_checked(record, self.checked, self.seed)
                for turn in turns:
                    asked += [(at, *each) for each in questions_of(rubric(self.prompt), turn, pictures, copied)]
        voted = self._votes([question for *_, question in asked], tools)
        own: list[list[Votes]] = [[] for _ in records]
        for (at, kind, _), verdicts in zip(asked, voted, strict=True):
            if kind == AS_IT_IS:
                own[at].append({})
            own[at][-1][kind] = verdicts
        return [each or _measured(record, found) for each, record, found in zip(made, records, own, strict=True)]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        wrong: list[Place] = []
        turns = turns_of(_noting(measurements, wrong))
        pairs = list(zip(turns.kept, turns.groups, strict=True))
        right = [(float(turn["right"]), group) for turn, group in pairs]
        chance = [(turn["chance"], group) for turn, group in pairs if "chance" in turn]
        agreed = [(float(turn["agreed"]), group) for turn, group in pairs]
        why = "the judge gives no probabilities" if right else "no turn was judged"
        blank = Figure("correct responses", "original", None, direction="up", left_out=turns.left_out, reason=why)
        return Summary(
            (
                mean_figure(blank, right, self.seed),
                *corrected(replace(blank, variant="sound"), pairs, self.seed),
                mean_figure(replace(blank, name="chance of correct", variant="sound"), chance, self.seed),
                mean_figure(replace(blank, name="agreement of votes", variant="sound"), agreed, self.seed),
            ),
            findings=(finding(WRONGED, wrong),) if wrong else (),
            counts={"suspicious turns": sum(bool(turn.get("suspicions")) for turn in turns.kept)},
            labels={place.row: [(WRONGED,)] for place in wrong},
        )

    def _votes(self, questions: Sequence[JudgeQuestion], tools: Tools) -> list[list[Verdict]]:
        """The votes on each question, which end when nothing can change the majority any more."""
        verdicts: list[list[Verdict]] = [[] for _ in questions]
        for vote in range(self.votes):
            open_ones = [at for at, found in enumerate(verdicts) if not self._is_decided(found)]
            again = [replace(questions[at], vote=vote) for at in open_ones]
            for at, verdict in zip(open_ones, tools.judge.ask(again) if again else (), strict=True):
                verdicts[at].append(verdict)
        return verdicts

    def _is_decided(self, verdicts: Sequence[Verdict]) -> bool:
        counts = Counter(each.answer for each in verdicts)
        return max(counts[RIGHT], counts[WRONG]) > self.votes // 2


def _noting(measurements: Iterable[Measurement], wrong: list[Place]) -> Iterator[Measurement]:
    """The measurements as they pass, and where most responses of a record are called incorrect."""
    for each in measurements:
        if each.value is not None and each.value < _HALF:
            wrong.append(each.place)
        yield each


def _pictures(record: Record, tools: Tools) -> tuple[tuple[Picture, ...], str]:
    """All images of a record, or what is wrong with one: a judge that sees only some would judge something else."""
    try:
        return tuple(tools.images.look(ref, _SIDE) for ref in record.images), ""
    except ImageFault as fault:
        return (), fault.code


def _unasked(record: Record, turns: Sequence[Turn], fault: str) -> Measurement | None:
    """Why a record is not judged; None if it is."""
    if fault:
        status = Status.MISSING_IMAGE if fault == "image_missing" else Status.BAD_IMAGE
        return unmeasured(record, status, f"an image cannot be opened ({fault})")
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no response")
    return None


def _measured(record: Record, voted: Sequence[Votes]) -> Measurement:
    """The share of turns that are right; a turn without a majority is left out, a record without any says why."""
    everything = [verdict for votes in voted for verdicts in votes.values() for verdict in verdicts]
    turns = [turn for votes in voted if (turn := _turn(votes)) is not None]
    if (lost := hindrance(everything)) or not turns:
        tie = Verdict(None, Status.JUDGE_UNPARSABLE, "as many votes are for as against")
        lost = lost or next((each for each in everything if each.answer is None), tie)
        return unmeasured(record, lost.status, lost.reason)
    value = sum(turn["right"] for turn in turns) / len(turns)
    evidence: dict[str, Any] = {"turns": turns, "group": group_of(record)}
    if len(turns) < len(voted):
        evidence["unjudged"] = len(voted) - len(turns)
    return Measurement(float(value), Status.OK, "", evidence, record.place, record.id)


def _turn(votes: Votes) -> dict[str, Any] | None:
    """What the votes on one turn come to; None where none of them is an answer, or as many are for as against."""
    verdicts = votes[AS_IT_IS]
    counts = Counter(each.answer for each in verdicts if each.answer is not None)
    if (right := _majority(counts)) is None:
        return None
    turn: dict[str, Any] = {
        "right": right,
        "agreed": int(len(counts) == 1),
        "votes": [counts[RIGHT], counts[WRONG]],
    }
    for copy in (OPPOSITE, BLANK):
        if copy in votes and (called := _majority(Counter(each.answer or "" for each in votes[copy]))) is not None:
            turn[copy] = called
    first = verdicts[0]
    if first.probabilities:
        turn["chance"] = first.probabilities[RIGHT]
    if first.suspicions:
        turn["suspicions"] = list(first.suspicions)
    return turn


def _majority(counts: Counter[str]) -> int | None:
    """Whether more votes are for than against; None where as many are."""
    return None if counts[RIGHT] == counts[WRONG] else int(counts[RIGHT] > counts[WRONG])
