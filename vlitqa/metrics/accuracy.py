"""Correct responses, by the votes of a judge that sees the images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar

import msgspec

from vlitqa.algorithms.negation import states_several_facts
from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import JudgeQuestion, Picture, Tools, Verdict
from vlitqa.errors import ImageFault
from vlitqa.metrics.grouped_turns import group_of, turns_of, with_mean
from vlitqa.metrics.judge_checks import AS_IT_IS, BLANK, OPPOSITE, RIGHT, WRONG, correct_share, is_checked, questions_of
from vlitqa.metrics.parameters import check_parameters
from vlitqa.metrics.rubrics import retryable_verdict, rubric
from vlitqa.records import Record, Turn
from vlitqa.results import FaultyRow, Figure, Measurement, Status, Summary, unmeasured
from vlitqa.results.evidence import AccuracyEvidence, JudgedTurn, TypedEvidence, VoteCount
from vlitqa.results.findings import ANSWER_FAULTS, finding

_SIDE = 448
"""Pixels of the shorter edge: more than the judges that are in use read."""
_HALF, _INCORRECT = 0.5, "judged_incorrect"
_Votes = dict[str, list[Verdict]]
"""The verdicts on a turn as it is, and on copies of it."""


@dataclass(frozen=True)
class Accuracy:
    """Share of right responses, by the votes of a judge that sees the images.

    Measures: in a record, the share of its turns that most votes call correct; in the dataset, the share of turns.
    Reads: images, instructions and responses, through the judge.
    Range: 0 to 1, more is better.
    Caveats: the votes of one model share its errors, and models like to agree. `sound` corrects for that by Rogan and
    Gladen. In half of the records, responses that state one fact are judged twice more: negated, and with blank images,
    where no response about an image can be right. This assumes that the judge errs as often on the dataset's faults as
    on blank images; it misses subtle faults more easily. Where over 5 % of the responses state several facts, `sound`
    has no value: the negation of a response with one wrong fact is wrong, too. Nor has it one where the judge does no
    better than a coin on these copies: then what it calls correct says nothing, and no page shows it as a result.
    `agreement of votes` says how often two votes on a turn agree, by those that are cast before a majority can be sure;
    `chance of correct` is the judge's own probability, if it gives any. A turn whose text addresses a judge is counted
    (`suspicious turns`) and kept.
    Source: the review, section 4.2.3; POPE (2023) on models that agree too easily; Rogan and Gladen 1978.
    """

    card: ClassVar[Card] = Card(
        name="accuracy",
        version=4,
        headline=FigureName("correct responses", "sound"),
        principle=Principle.CORRECTNESS,
        symbol="C",
        tiles=(
            FigureName("correct responses", "sound"),
            FigureName("agreement of votes", "sound"),
        ),
        shares={
            "correct responses": "of responses are correct, by the judge",
            "sensitivity of the judge": "of right responses are called correct",
            "specificity of the judge": "of wrong responses are called incorrect",
            "chance of correct": "is the judge's own probability of correct, in the mean",
            "agreement of votes": "of pairs of votes on a turn agree",
        },
        counts="turns that most votes call correct",
        highest=1.0,
        packages=("pillow", "xxhash"),
        tools=("judge",),
        finds=ANSWER_FAULTS,
        votes=True,
    )
    evidence: ClassVar[type[TypedEvidence]] = AccuracyEvidence
    prompt: str = "accuracy-1"
    votes: int = 5
    sample: int = 9_604
    """Records that are judged, drawn by a seed: a share is then right within a hundredth, however many there are."""
    checked: float = 0.5
    """The share of records whose copies are judged too, drawn by a digest of their text."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("votes", "sample"), shares=("checked",))
        rubric(self.prompt)

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Lets the judge vote on the turns of each record."""
        refusals: list[Measurement | None] = []
        asked: list[tuple[int, str, JudgeQuestion]] = []
        for place, record in enumerate(records):
            pictures, fault = _pictures(record, tools)
            turns = _answered_turns(record)
            refusals.append(_refusal(record, turns, fault))
            if refusals[-1] is None:
                copied = is_checked(record, self.checked, self.seed)
                for turn in turns:
                    questions = questions_of(rubric(self.prompt), turn, pictures, copied=copied)
                    asked += [(place, kind, question) for kind, question in questions]
        verdicts_of = self._vote([question for *_, question in asked], tools)
        judged: list[list[_Votes]] = [[] for _ in records]
        for (place, kind, _), verdicts in zip(asked, verdicts_of, strict=True):
            if kind == AS_IT_IS:
                judged[place].append({})
            judged[place][-1][kind] = verdicts
        return [
            refusal or _judged(record, votes, self._majority_size)
            for refusal, record, votes in zip(refusals, records, judged, strict=True)
        ]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Sums up the votes on turns, and corrects them by those on copies."""
        measurements = list(measurements)
        wrong = [one.place for one in measurements if one.value is not None and one.value < _HALF]
        turns = turns_of(measurements, AccuracyEvidence, lambda evidence: evidence.turns)
        why = "the judge gives no probabilities" if turns.turns else turns.why_none("no turn was judged")
        blank = Figure.without("correct responses", "original", why, direction="up", left_out=turns.left_out)
        correction = correct_share(replace(blank, variant="sound"), turns, self.seed)
        called = replace(blank, doubt=correction.doubt)
        chance = replace(called, name="chance of correct", variant="sound")
        agreement = replace(blank, name="agreement of votes", variant="sound")
        findings = (replace(finding(_INCORRECT, wrong), detail=correction.doubt),) if wrong else ()
        return Summary(
            (
                with_mean(called, turns.values(lambda turn: float(turn.right)), self.seed),
                correction.share,
                *correction.rates,
                with_mean(chance, turns.values(lambda turn: turn.chance), self.seed),
                with_mean(agreement, turns.values(lambda turn: turn.agreed), self.seed),
            ),
            findings=findings,
            counts={"suspicious turns": sum(bool(turn.suspicions) for turn in turns.turns)},
            faulty=tuple(FaultyRow(row, _INCORRECT) for row in sorted(place.row for place in wrong)),
        )

    def _vote(self, questions: Sequence[JudgeQuestion], tools: Tools) -> list[list[Verdict]]:
        """The verdicts on each question, which end when nothing can change the majority any more."""
        verdicts: list[list[Verdict]] = [[] for _ in questions]
        for vote in range(self.votes):
            undecided = [place for place, votes in enumerate(verdicts) if not self._is_decided(votes)]
            again = [replace(questions[place], vote=vote) for place in undecided]
            for place, verdict in zip(undecided, tools.judge.ask(again) if again else (), strict=True):
                verdicts[place].append(verdict)
        return verdicts

    def _is_decided(self, verdicts: Sequence[Verdict]) -> bool:
        counts = Counter(verdict.answer for verdict in verdicts)
        return max(counts[RIGHT], counts[WRONG]) >= self._majority_size

    @property
    def _majority_size(self) -> int:
        """The votes that make a majority sure: so many are cast in any case."""
        return self.votes // 2 + 1


def _answered_turns(record: Record) -> list[Turn]:
    return [turn for turn in record.turns if turn.response and turn.response.strip()]


def _pictures(record: Record, tools: Tools) -> tuple[tuple[Picture, ...], str]:
    """All images of a record, or what is wrong with one: a judge that sees only some would judge something else."""
    try:
        return tuple(tools.images.look(ref, _SIDE) for ref in record.images), ""
    except ImageFault as fault:
        return (), fault.code


def _refusal(record: Record, turns: Sequence[Turn], fault: str) -> Measurement | None:
    """The measurement of a record that is not judged; None for one that is."""
    if fault:
        status = Status.MISSING_IMAGE if fault == "image_missing" else Status.BAD_IMAGE
        return unmeasured(record, status, f"an image cannot be opened ({fault})")
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no response")
    return None


def _judged(record: Record, votes_by_turn: Sequence[_Votes], surely_cast: int) -> Measurement:
    """The share of turns that are right; a turn without a majority is left out, a record without any says why."""
    everything = [verdict for votes in votes_by_turn for verdicts in votes.values() for verdict in verdicts]
    pairs = zip(_answered_turns(record), votes_by_turn, strict=True)
    turns = [judged for turn, votes in pairs if (judged := _judged_turn(turn, votes, surely_cast)) is not None]
    failure = retryable_verdict(everything)
    if failure or not turns:
        tie = Verdict(None, Status.JUDGE_UNPARSABLE, "the votes are tied")
        failure = failure or next((verdict for verdict in everything if verdict.answer is None), tie)
        return unmeasured(record, failure.status, failure.reason)
    share = sum(turn.right for turn in turns) / len(turns)
    evidence = AccuracyEvidence(turns=turns, group=group_of(record), unjudged=len(votes_by_turn) - len(turns))
    return Measurement(share, Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)


def _judged_turn(turn: Turn, votes: _Votes, surely_cast: int) -> JudgedTurn | None:
    """The verdict of the votes on one turn; None where none of them is an answer, or as many are for as against."""
    verdicts = votes[AS_IT_IS]
    answers = [verdict.answer for verdict in verdicts if verdict.answer is not None]
    if (right := _majority(verdicts)) is None:
        return None
    return JudgedTurn(
        right=right,
        agreed=_agreement(verdicts[:surely_cast]),
        votes=VoteCount(answers.count(RIGHT), answers.count(WRONG)),
        opposite=_majority(votes.get(OPPOSITE, ())),
        blank=_majority(votes.get(BLANK, ())),
        chance=verdicts[0].probabilities[RIGHT] if verdicts[0].probabilities else None,
        suspicions=list(verdicts[0].suspicions) or (),
        several_facts=states_several_facts(turn.response or ""),
    )


def _agreement(verdicts: Sequence[Verdict]) -> float | None:
    """The share of pairs of votes that agree; None where there are no two answers."""
    answers = [verdict.answer for verdict in verdicts if verdict.answer is not None]
    pairs = [first == second for first, second in combinations(answers, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def _majority(verdicts: Sequence[Verdict]) -> int | None:
    """1 where more votes are for than against, 0 where fewer are; None where as many are."""
    counts = Counter(verdict.answer for verdict in verdicts)
    return None if counts[RIGHT] == counts[WRONG] else int(counts[RIGHT] > counts[WRONG])
