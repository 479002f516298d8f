"""Correct responses, by the votes of a judge that sees the images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar

import msgspec

from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import JudgeQuestion, Picture, Tools, Verdict
from vlitqa.errors import ImageFault
from vlitqa.metrics.corrected_share import GoldTurns, correct_share
from vlitqa.metrics.grouped_turns import group_of, turns_of, with_mean
from vlitqa.metrics.judge_sight import doubt_of_sight, is_tested, with_blank_images
from vlitqa.metrics.parameters import check_parameters
from vlitqa.metrics.rubrics import retryable_verdict, rubric, sample_of
from vlitqa.records import Record, Turn
from vlitqa.results import FaultyRow, Figure, Measurement, Status, Summary, unmeasured
from vlitqa.results.evidence import AccuracyEvidence, JudgedTurn, TypedEvidence, VoteCount
from vlitqa.results.faults import ANSWER_FAULTS
from vlitqa.results.findings import finding

_SIDE = 448
"""Pixels of the shorter edge: more than the judges that are in use read."""
_HALF, _INCORRECT = 0.5, "judged_incorrect"
_WHOLE = "records without an incorrect response"
RIGHT, WRONG = "correct", "incorrect"
_AS_IT_IS, _BLANK = "as it is", "blank"
"""A turn; the same with blank images."""
_Votes = dict[str, list[Verdict]]
"""The verdicts on a turn as it is, and on its copy."""


@dataclass(frozen=True)
class Accuracy:
    """Share of right responses, by the votes of a judge that sees the images.

    Measures: in a record, the share of its turns that most votes call correct; in the dataset, the share of turns.
    Reads: images, instructions and responses, through the judge.
    Range: 0 to 1, more is better.
    Caveats: the votes of one model share its errors, and models like to agree: `original` is the share that the judge
    calls correct, and not the share that is. `sound` is corrected by people's verdicts on a random sample of the turns
    (`vlitqa gold` draws one, `--gold` reads it); without them it has no value, because nothing else knows what is
    right. In a fifth of the records the judge is asked again with blank images: one that calls as many responses
    correct there does not look at the images, and no page shows its share as a result. `agreement of votes` says how
    often two votes on a turn agree, by those that are cast before a majority can be sure; `chance of correct` is the
    judge's own probability, if it gives any. `records without an incorrect response` falls with the number of turns, as
    TextBind's rule does, by which a conversation is poor if any of its turns is. A turn whose text addresses a judge is
    counted (`suspicious turns`) and kept.
    Source: the review, section 4.2.3; TextBind, Table 2, for whole conversations; POPE (2023) on models that agree too
    easily; Angelopoulos et al. 2023 on predictions that are corrected by a sample of the truth.
    """

    card: ClassVar[Card] = Card(
        name="accuracy",
        version=5,
        headline=FigureName("correct responses", "sound"),
        principle=Principle.CORRECTNESS,
        sentence="{value} of the responses are correct, by a judge whose errors people measured.",
        symbol="C",
        tiles=(FigureName("agreement of votes", "sound"),),
        shares={
            "correct responses": "of responses are correct, by the judge",
            _WHOLE: "of records have no response that the judge calls incorrect",
            "sensitivity of the judge": "of right responses are called correct",
            "specificity of the judge": "of wrong responses are called incorrect",
            "correct with blank images": "of responses are called correct where the images are blank",
            "chance of correct": "is the judge's own probability of correct, in the mean",
            "agreement of votes": "of pairs of votes on a turn agree",
        },
        counts="turns that most votes call correct",
        highest=1.0,
        packages=("pillow", "xxhash"),
        tools=("judge",),
        finds=ANSWER_FAULTS,
        votes=True,
        gold=True,
    )
    evidence: ClassVar[type[TypedEvidence]] = AccuracyEvidence
    prompt: str = "accuracy-1"
    votes: int = 5
    sample: int = 9_604
    """Records that are judged, drawn by a seed: a share is then right within a hundredth, however many there are."""
    blanked: float = 0.2
    """The share of records that are judged with blank images too, drawn by a digest of their text."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("votes", "sample"), shares=("blanked",))
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
                tested = is_tested(record, self.blanked, self.seed)
                for _, turn in turns:
                    question = JudgeQuestion(rubric(self.prompt), sample_of(turn), (RIGHT, WRONG), pictures=pictures)
                    asked.append((place, _AS_IT_IS, question))
                    if tested:
                        asked.append((place, _BLANK, with_blank_images(question)))
        verdicts_of = self._vote([question for *_, question in asked], tools)
        judged: list[list[_Votes]] = [[] for _ in records]
        for (place, kind, _), verdicts in zip(asked, verdicts_of, strict=True):
            if kind == _AS_IT_IS:
                judged[place].append({})
            judged[place][-1][kind] = verdicts
        return [
            refusal or _judged(record, votes, self._majority_size)
            for refusal, record, votes in zip(refusals, records, judged, strict=True)
        ]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        """Sums up the votes on turns, and corrects them by what people say of some."""
        measurements = list(measurements)
        wrong = [one.place for one in measurements if one.value is not None and one.value < _HALF]
        turns = turns_of(measurements, AccuracyEvidence, lambda evidence: evidence.turns)
        why = "the judge gives no probabilities" if turns.turns else turns.why_none("no turn was judged")
        blank = Figure.without("correct responses", "original", why, direction="up", left_out=turns.left_out)
        sound = replace(blank, variant="sound")
        doubt, gold = doubt_of_sight(turns, self.seed), GoldTurns.of(turns, context.gold)
        findings = (replace(finding(_INCORRECT, wrong), detail=doubt),) if wrong else ()
        unseen = replace(sound, name="correct with blank images", direction="down", reason="none was judged with them")
        called = replace(blank, doubt=doubt)
        figures = (
            with_mean(called, turns.values(lambda turn: float(turn.right)), self.seed),
            correct_share(sound, turns, gold, self.seed) if turns.turns else sound,
            with_mean(replace(called, name=_WHOLE), turns.least_by_record(lambda turn: float(turn.right)), self.seed),
            *gold.rates(sound, self.seed),
            with_mean(unseen, turns.values(lambda turn: turn.blank), self.seed),
            with_mean(replace(sound, name="chance of correct"), turns.values(lambda turn: turn.chance), self.seed),
            with_mean(replace(sound, name="agreement of votes"), turns.values(lambda turn: turn.agreed), self.seed),
        )
        return Summary(
            figures,
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


def _answered_turns(record: Record) -> list[tuple[int, Turn]]:
    """The turns with a response, and their places in the record."""
    return [(place, turn) for place, turn in enumerate(record.turns) if turn.response and turn.response.strip()]


def _pictures(record: Record, tools: Tools) -> tuple[tuple[Picture, ...], str]:
    """All images of a record, or what is wrong with one: a judge that sees only some would judge something else."""
    try:
        return tuple(tools.images.look(ref, _SIDE) for ref in record.images), ""
    except ImageFault as fault:
        return (), fault.code


def _refusal(record: Record, turns: Sequence[tuple[int, Turn]], fault: str) -> Measurement | None:
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
    turns = [judged for (place, _), votes in pairs if (judged := _judged_turn(place, votes, surely_cast)) is not None]
    failure = retryable_verdict(everything)
    if failure or not turns:
        tie = Verdict(None, Status.JUDGE_UNPARSABLE, "the votes are tied")
        failure = failure or next((verdict for verdict in everything if verdict.answer is None), tie)
        return unmeasured(record, failure.status, failure.reason)
    share = sum(turn.right for turn in turns) / len(turns)
    evidence = AccuracyEvidence(turns=turns, group=group_of(record), unjudged=len(votes_by_turn) - len(turns))
    return Measurement(share, Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)


def _judged_turn(place: int, votes: _Votes, surely_cast: int) -> JudgedTurn | None:
    """The verdict of the votes on one turn; None where none of them is an answer, or as many are for as against."""
    verdicts = votes[_AS_IT_IS]
    answers = [verdict.answer for verdict in verdicts if verdict.answer is not None]
    if (right := _majority(verdicts)) is None:
        return None
    return JudgedTurn(
        turn=place,
        right=right,
        agreed=_agreement(verdicts[:surely_cast]),
        votes=VoteCount(answers.count(RIGHT), answers.count(WRONG)),
        blank=_majority(votes.get(_BLANK, ())),
        chance=verdicts[0].probabilities[RIGHT] if verdicts[0].probabilities else None,
        suspicions=list(verdicts[0].suspicions) or (),
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
