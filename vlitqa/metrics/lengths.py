"""Lengths of responses: their spread, and whether they keep to the length that the instruction asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.counted import counted
from vlitqa.algorithms.intervals import statistic_interval
from vlitqa.algorithms.requested_lengths import requested_length
from vlitqa.algorithms.scripts import is_in_latin_letters
from vlitqa.algorithms.words import count_words
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import GroupedTurns, group_of, turns_of, with_mean
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import EvidenceRow, TypedEvidence

FEWEST_REQUESTS = 30
"""With fewer instructions that ask for a length, nothing is said of how their responses keep to it."""
_UNREAD = "a script that is not read"


class ResponseLength(EvidenceRow, frozen=True, kw_only=True):
    """The words of a response, and the length that its instruction asks for."""

    words: int
    requested: str
    """The kind of length; empty where the instruction asks for none."""
    is_kept: bool


class LengthsEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The responses of a record."""

    turns: Sequence[ResponseLength]
    group: str


@dataclass(frozen=True)
class Lengths:
    """Spread of the lengths of responses, and share of them that keep to the length that was asked for.

    Measures: in a record, the number of responses that miss the length that their instruction asks for; in the dataset,
    the share that keep to it, how often a length is asked for, and the standard deviation of the logarithm of words.
    Reads: instructions and responses. No pixels and no model.
    Range: of the shares 0 to 1; of the spread 0 and up: 0.7 means that lengths usually differ by a factor of two.
    Caveats: lengths are demanded in English words, such as `a single word or phrase`, `in one sentence`, `briefly`, `in
    detail`, `at most 20 words`. That short is at most 35 words and detailed at least 35 is a convention, and so are 5
    words for a phrase. Neither more nor less spread is better; where all responses are alike in length, a model learns
    that length. The share has no value where fewer than 30 instructions ask for a length.
    Source: the review, section 3.2.3 (methods control the length of responses for their diversity) and 3.2.1 (limiting
    words in instructions); no paper defines these figures.
    """

    card: ClassVar[Card] = Card(
        name="lengths",
        version=1,
        headline=FigureName("spread of response lengths", "sound"),
        shares={
            "requested lengths kept": "of responses have the length that their instruction asks for",
            "instructions with a length": "of instructions ask for a length",
        },
        counts="responses of another length than was asked for",
        better="down",
    )
    evidence: ClassVar[type[TypedEvidence]] = LengthsEvidence

    def measure(self, records: Sequence[Record], _tools: Tools) -> Sequence[Measurement]:
        """Counts the words of responses, and looks for a length in instructions."""
        return [_measured(record) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the shares and the spread."""
        lengths = turns_of(measurements, LengthsEvidence, lambda evidence: evidence.turns)
        figures = (_spread(lengths), _kept(lengths), _requests(lengths))
        return Summary(figures, tables=(_table_of_kinds(lengths.turns),) if lengths.turns else ())


def _measured(record: Record) -> Measurement:
    turns = [
        _length_of(turn.instruction or "", turn.response)
        for turn in record.turns
        if turn.response and turn.response.strip()
    ]
    if not turns:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no response")
    missed = sum(_has_request(turn) and not turn.is_kept for turn in turns)
    evidence = LengthsEvidence(turns=turns, group=group_of(record))
    return Measurement(float(missed), Status.OK, "", msgspec.to_builtins(evidence), record.place, record.id)


def _length_of(instruction: str, response: str) -> ResponseLength:
    words = max(1, count_words(response))
    if not is_in_latin_letters(instruction):
        return ResponseLength(words=words, requested=_UNREAD, is_kept=False)
    request = requested_length(instruction)
    if request is None:
        return ResponseLength(words=words, requested="", is_kept=False)
    return ResponseLength(words=words, requested=request.kind, is_kept=request.is_kept(response))


def _has_request(turn: ResponseLength) -> bool:
    return turn.requested not in ("", _UNREAD)


def _kept(lengths: GroupedTurns[ResponseLength]) -> Figure:
    """The share of responses that keep to the length that was asked for."""
    requests = lengths.where(_has_request)
    count = len(requests.turns)
    reason = lengths.why_none("no response was read")
    if lengths.turns:
        read = sum(turn.requested != _UNREAD for turn in lengths.turns)
        reason = f"{counted(count, 'instruction')} of {read:,} ask for a length: fewer than {FEWEST_REQUESTS}"
    blank = Figure.without("requested lengths kept", "sound", reason, direction="up", left_out=lengths.left_out)
    return blank if count < FEWEST_REQUESTS else with_mean(blank, requests.values(lambda turn: float(turn.is_kept)), 0)


def _requests(lengths: GroupedTurns[ResponseLength]) -> Figure:
    """The share of instructions that ask for a length, of those in a script that is read."""
    reason = lengths.why_none("no response to an instruction in Latin letters was read")
    read = lengths.where(lambda turn: turn.requested != _UNREAD)
    unread = len(lengths.turns) - len(read.turns)
    left_out = {**lengths.left_out, **({"instructions in another script": unread} if unread else {})}
    blank = Figure.without("instructions with a length", "sound", reason, left_out=left_out)
    return with_mean(blank, read.values(lambda turn: float(_has_request(turn))), 0)


def _spread(lengths: GroupedTurns[ResponseLength]) -> Figure:
    """The standard deviation of the logarithm of words."""
    reason = lengths.why_none("fewer than two responses were read")
    blank = Figure.without("spread of response lengths", "sound", reason, left_out=lengths.left_out)
    if len(lengths.turns) < 2:
        return blank
    logarithms = np.log([turn.words for turn in lengths.turns])  # (responses,)
    columns = np.stack([np.ones_like(logarithms), logarithms, logarithms**2], axis=1)  # (responses, 3)
    value = float(_deviation(columns.sum(axis=0, keepdims=True))[0])
    interval = statistic_interval(_deviation, columns, lengths.groups)
    return replace(blank, value=value, interval=interval, measured=len(logarithms), reason="", unit="of ln words")


def _deviation(sums: Floats) -> Floats:
    """The standard deviation from the number, the sum and the sum of squares of values."""
    count, total, squares = sums.T  # (rows,)
    variance: Floats = (squares - total**2 / count) / (count - 1)
    deviation: Floats = np.sqrt(np.maximum(variance, 0.0))
    return deviation


def _table_of_kinds(turns: Sequence[ResponseLength]) -> Table:
    """The words of responses by the length that was asked for, all responses first."""
    kinds = sorted({turn.requested for turn in turns if turn.requested})
    rows = [_row("all responses", turns)]
    if kinds:
        rows += [_row(kind or "no length", [turn for turn in turns if turn.requested == kind]) for kind in ("", *kinds)]
    columns = ("asked for", "responses", "10 % of words", "median", "90 % of words", "keep to it")
    return Table("words in responses", columns, tuple(row for row in rows if row[1]))


def _row(name: str, turns: Sequence[ResponseLength]) -> tuple[str, int, float | None, float | None, float | None, str]:
    """The quantiles of words in these responses, and how many keep to what was asked for."""
    if not turns:
        return name, 0, None, None, None, ""
    low, median, high = np.quantile([turn.words for turn in turns], (0.1, 0.5, 0.9))
    kept = f"{sum(turn.is_kept for turn in turns):,}" if all(map(_has_request, turns)) else ""
    return name, len(turns), float(low), float(median), float(high), kept
