"""Negative instructions, yes/no questions and refusals, recognised by the wording of responses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from vlitqa.algorithms.denials import recognise
from vlitqa.algorithms.scripts import is_in_latin_letters
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import GroupedTurns, group_of, turns_of, with_mean
from vlitqa.records import Place, Record
from vlitqa.results import FaultyRow, Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import EvidenceRow, TypedEvidence, evidence_of
from vlitqa.results.faults import REFUSAL, REFUSAL_FAULTS
from vlitqa.results.findings import finding


class ResponseSigns(EvidenceRow, frozen=True, kw_only=True):
    """Signs of one turn: the kind of its question, and what its response says."""

    is_yes_no: bool
    verdict: str
    """The `yes` or `no` with which the response begins; empty for any other beginning."""
    denies: bool
    refuses: bool


class NegativesEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The turns of a record that are in English letters."""

    turns: Sequence[ResponseSigns]
    group: str
    unread: int = 0
    """Further turns, in a script that the rules do not read."""


@dataclass(frozen=True)
class Negatives:
    """Share of negative instructions, which ask about what is not there or not so; of yes/no questions and refusals.

    Measures: in a record, the share of instructions that the response denies; in the dataset, the shares of negative
    instructions, of yes/no questions, of yes among their answers, and of refusals.
    Reads: instructions and responses. No pixels and no model.
    Range: 0 to 1; neither more nor less is better. Data without negative instructions teaches a model to see all that
    it is asked about; half yes is balanced, as in POPE.
    Caveats: English words in the first sentence of a response are looked for, such as `No, ...`, `There is no ...`,
    `is not visible`, `0` and `none`. It is not checked whether the response is right. A yes/no question is known by
    its first word, or by a response that begins with yes or no. A denial in other words, such as `the table is brown`
    for a blue one, is missed. Turns whose letters are not Latin are left out; other languages in Latin letters are
    read as if they denied nothing.
    Source: the review, sections 3.2.3 and 4.2.2 and rule 6 of its system prompt; POPE for the share of yes; LRV-
    Instruction for the kinds of negative instructions. No paper defines these shares.
    """

    card: ClassVar[Card] = Card(
        name="negatives",
        version=1,
        headline=FigureName("negative instructions", "sound"),
        shares={
            "negative instructions": "of responses deny what their instructions ask about",
            "yes/no questions": "of instructions ask for yes or no",
            "yes answers": "of the answers yes or no are yes",
            "refusals": "of responses refuse, or say that they cannot tell",
        },
        counts="negative instructions",
        highest=1.0,
        better="none",
        finds=REFUSAL_FAULTS,
    )
    evidence: ClassVar[type[TypedEvidence]] = NegativesEvidence

    def measure(self, records: Sequence[Record], _tools: Tools) -> Sequence[Measurement]:
        """Looks for yes/no questions, denials and refusals."""
        return [_measured(record) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the shares, and names the rows that refuse."""
        measurements = list(measurements)
        signs = turns_of(measurements, NegativesEvidence, lambda evidence: evidence.turns)
        answered = signs.where(lambda turn: bool(turn.verdict))
        figures = (
            _share("negative instructions", signs, lambda turn: turn.denies),
            _share("yes/no questions", signs, lambda turn: turn.is_yes_no),
            _share("yes answers", answered, lambda turn: turn.verdict == "yes"),
            _share("refusals", signs, lambda turn: turn.refuses),
        )
        refusing = _refusing_places(measurements)
        return Summary(
            figures,
            tables=(_table_of_kinds(signs.turns),) if signs.turns else (),
            findings=(finding(REFUSAL, refusing),) if refusing else (),
            faulty=tuple(FaultyRow(place.row, REFUSAL) for place in refusing),
        )


def _measured(record: Record) -> Measurement:
    texts = [(turn.instruction or "", turn.response or "") for turn in record.turns]
    whole = [(instruction, response) for instruction, response in texts if instruction.strip() and response.strip()]
    if not whole:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction with a response")
    turns = [_signs_of(*texts) for texts in whole if all(map(is_in_latin_letters, texts))]
    if not turns:
        return unmeasured(record, Status.NOT_APPLICABLE, "the rules do not read the script of the record")
    share = sum(turn.denies for turn in turns) / len(turns)
    evidence = NegativesEvidence(turns=turns, group=group_of(record), unread=len(whole) - len(turns))
    return Measurement(share, Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)


def _signs_of(instruction: str, response: str) -> ResponseSigns:
    signs = recognise(instruction, response)
    return ResponseSigns(is_yes_no=signs.is_yes_no, verdict=signs.verdict, denies=signs.denies, refuses=signs.refuses)


def _share(name: str, signs: GroupedTurns[ResponseSigns], is_case: Callable[[ResponseSigns], bool]) -> Figure:
    """The share of turns of which something is true."""
    sentence = "no response begins with yes or no" if name == "yes answers" else "no response was read"
    blank = Figure.without(name, "sound", signs.why_none(sentence), left_out=signs.left_out)
    return with_mean(blank, signs.values(lambda turn: float(is_case(turn))), 0)


def _refusing_places(measurements: Sequence[Measurement]) -> list[Place]:
    """The places of the records of which a response refuses, in the order of the rows."""
    measured = [measurement for measurement in measurements if measurement.value is not None]
    refusing = [
        measurement.place
        for measurement in measured
        if any(turn.refuses for turn in evidence_of(measurement, NegativesEvidence).turns)
    ]
    return sorted(refusing, key=lambda place: place.row)


def _table_of_kinds(turns: Sequence[ResponseSigns]) -> Table:
    """The responses of each kind, every one in one kind."""
    counts = Counter(map(_kind, turns))
    kinds = ("yes", "no", "a denial in other words", "a refusal", "anything else")
    rows = tuple((kind, counts[kind], counts[kind] / len(turns)) for kind in kinds if counts[kind])
    return Table("what responses say", ("says", "responses", "share"), rows)


def _kind(turn: ResponseSigns) -> str:
    if turn.verdict:
        return turn.verdict
    return "a refusal" if turn.refuses else "a denial in other words" if turn.denies else "anything else"
