"""Lexical diversity: the share of word sequences that are unique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.moses import MOSES_CHARACTER_CAP, TEXTBIND_IMAGE, moses_tokens
from vlitqa.algorithms.ngrams import Corpus, corpus_of, diversity
from vlitqa.algorithms.rarefaction import RarefiedDiversity, rarefied_diversity
from vlitqa.algorithms.resampling import Grouping
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import group_of
from vlitqa.metrics.parameters import check_parameters
from vlitqa.records import Record, Turn, with_image_marks
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import EvidenceRow, TypedEvidence, evidence_of

_SIDES = (("instructions", (0,)), ("responses", (1,)), ("overall", (0, 1)))
_CURVE = (1_000, 3_000, 10_000, 30_000, 100_000)


class TurnTokens(EvidenceRow, frozen=True):
    """The Moses tokens of both halves of a turn, with spaces between them."""

    instruction: str
    response: str
    marked: Sequence[str] = ()
    """The same of both texts with TextBind's mark for each image; none for a turn without images."""


class LexicalEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The tokens of a record."""

    turns: Sequence[TurnTokens]
    group: str
    cut: int = 0
    """Texts that were too long to be read whole."""


@dataclass(frozen=True)
class Lexical:
    """Variety of the language: the share of unique word sequences, for instructions, responses and both.

    Measures: the sum over n = 2, 3, 4 of unique / total n-grams; in a record, of its own text.
    Reads: the Moses tokens of instructions and responses.
    Range: 0 to 3, more is more varied.
    Caveats: `original` counts the mark of an image as three tokens, as TextBind does; it falls as the dataset grows and
    gives rare late turns the weight of the first. `sound` leaves marks out and takes the same number of tokens from
    every dataset, so only its values can be compared between datasets. The number of tokens still matters: the table
    shows the curve.
    Source: TextBind, section 4.3 and Table 4; McCarthy & Jarvis 2010 on fixed sample sizes.
    """

    card: ClassVar[Card] = Card(
        name="lexical",
        version=3,
        headline=FigureName("diversity of overall", "sound"),
        follows_size=tuple(FigureName(f"diversity of {side}", "original") for side, _ in _SIDES),
        counts="unique word sequences, at most 3",
        highest=3.0,
        packages=("sacremoses",),
    )
    evidence: ClassVar[type[TypedEvidence]] = LexicalEvidence
    budget: int = 10_000
    """Tokens that `sound` draws."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("budget",))

    def measure(self, records: Sequence[Record], _tools: Tools) -> Sequence[Measurement]:
        """Takes the diversity of the text of each record."""
        return [_measured(record) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the diversity of the instructions, of the responses and of both."""
        texts = _Texts(measurements)
        figures, columns = [], []
        for side, halves in _SIDES:
            part = texts.plain.part(halves)
            figures += [self._original(side, texts.marked.part(halves), texts), self._sound(side, part, texts)]
            columns.append([part.rarefied(budget, self.seed) for budget in _CURVE])
        curve = [
            (budget, *(rarefied.value if rarefied else None for rarefied in row))
            for budget, *row in zip(_CURVE, *columns, strict=True)
            if any(row)
        ]
        titles = ("tokens", *(side for side, _ in _SIDES))
        tables = (Table("diversity by number of tokens", titles, tuple(curve)),) if curve else ()
        return Summary(tuple(figures), tables=tables, counts={"cut_texts": texts.cut})

    def _original(self, side: str, part: _Part, texts: _Texts) -> Figure:
        """TextBind's number: one ratio for each turn position, then their mean."""
        values = part.by_turn()
        diversities = [value for value in values if value is not None]
        return Figure(
            f"diversity of {side}",
            "original",
            sum(diversities) / len(diversities) if diversities else None,
            direction="up",
            measured=texts.measured,
            left_out=dict(texts.left_out),
            reason="" if diversities else "no turn position has four words in a row",
            unit=f"mean over {len(diversities)} of {len(values)} turn positions",
        )

    def _sound(self, side: str, part: _Part, texts: _Texts) -> Figure:
        rarefied = part.rarefied(self.budget, self.seed)
        return Figure(
            f"diversity of {side}",
            "sound",
            rarefied.value if rarefied else None,
            direction="up",
            interval=rarefied.interval if rarefied else None,
            measured=texts.measured,
            left_out=dict(texts.left_out),
            reason="" if rarefied else self._why_not(part.corpus.tokens),
            unit=f"at {self.budget:,} tokens",
        )

    def _why_not(self, tokens: int) -> str:
        if tokens < self.budget:
            return f"needs {self.budget:,} tokens, there are {tokens:,}"
        return "a draw had no four words in a row"


@dataclass(frozen=True, slots=True)
class _Part:
    """Instructions, responses or both: their corpus, and the record, the image and the turn of each segment."""

    corpus: Corpus
    grouping: Grouping
    turns: Ints

    def by_turn(self) -> list[float | None]:
        """The diversity of each turn position."""
        return [diversity(self.corpus.select(np.flatnonzero(self.turns == turn))) for turn in np.unique(self.turns)]

    def rarefied(self, budget: int, seed: int) -> RarefiedDiversity | None:
        return rarefied_diversity(self.corpus, self.grouping, budget, seed)


class _Texts:
    """The tokens of a dataset, in the order of its rows whatever the order they came in."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self.measured = self.cut = 0
        self.left_out: Counter[str] = Counter()
        rows: list[tuple[int, Sequence[TurnTokens]]] = []
        image_of: dict[int, str] = {}
        for measurement in measurements:
            if not measurement.evidence:
                self.left_out[measurement.status.value] += 1
                continue
            evidence = evidence_of(measurement, LexicalEvidence)
            self.measured += 1
            self.cut += evidence.cut
            rows.append((measurement.place.row, evidence.turns))
            image_of[measurement.place.row] = evidence.group or f"row {measurement.place.row}"
        rows.sort(key=lambda pair: pair[0])
        self.plain = self.marked = _Segments(rows, image_of, lambda turn: (turn.instruction, turn.response))
        if any(turn.marked for _, turns in rows for turn in turns):
            self.marked = _Segments(rows, image_of, lambda turn: turn.marked or (turn.instruction, turn.response))


class _Segments:
    """The texts of rows, one of the two halves of each turn after the other."""

    def __init__(
        self,
        rows: Sequence[tuple[int, Sequence[TurnTokens]]],
        image_of: Mapping[int, str],
        halves_of: Callable[[TurnTokens], Sequence[str]],
    ) -> None:
        segments = [
            (row, turn, half, text)
            for row, turns in rows
            for turn, tokens in enumerate(turns)
            for half, text in enumerate(halves_of(tokens))
            if text
        ]
        self._whole = corpus_of(text.split(" ") for *_, text in segments)
        self._places = np.array([place for *place, _ in segments], np.int64).reshape(-1, 3)  # (segments, row turn half)
        images = np.array([image_of[row] for row, *_ in segments], np.str_)
        self._images = np.unique(images, return_inverse=True)[1]

    def part(self, halves: tuple[int, ...]) -> _Part:
        """The texts of one half of the turns, or of both."""
        chosen = np.flatnonzero(np.isin(self._places[:, 2], halves))
        grouping = Grouping(self._places[chosen, 0], self._images[chosen])
        return _Part(self._whole.select(chosen), grouping, self._places[chosen, 1])


def _measured(record: Record) -> Measurement:
    halves = [(turn.instruction, turn.response) for turn in record.turns]
    turns = [
        TurnTokens(_tokens(turn.instruction), _tokens(turn.response), _marked_tokens(turn)) for turn in record.turns
    ]
    texts = [tokens.split(" ") for turn in turns for tokens in (turn.instruction, turn.response) if tokens]
    if not texts:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no text")
    cut = sum(len(text or "") > MOSES_CHARACTER_CAP for turn in halves for text in turn)
    evidence = msgspec.to_builtins(LexicalEvidence(turns=turns, group=group_of(record), cut=cut))
    value = diversity(corpus_of(texts))
    if value is None:
        reason = "no text of the record has four words in a row"
        return Measurement(None, Status.NOT_APPLICABLE, reason, evidence, record.place, record.id)
    return Measurement(value, Status.OK, "", evidence, record.place, record.id)


def _marked_tokens(turn: Turn) -> list[str]:
    has_images = turn.instruction_images or turn.response_images
    return [_tokens(text) for text in with_image_marks(turn, TEXTBIND_IMAGE)] if has_images else []


def _tokens(text: str | None) -> str:
    return " ".join(moses_tokens(text)) if text else ""
