"""How varied the language of a dataset is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.moses import MOSES_CHARACTER_CAP, moses_tokens
from vlitqa.algorithms.ngrams import Corpus, corpus_of, diversity
from vlitqa.algorithms.rarefaction import RarefiedDiversity, rarefied_diversity
from vlitqa.contracts import ALONE, Card, Context
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.parameters import check
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured

_SIDES = (("instructions", (0,)), ("responses", (1,)), ("overall", (0, 1)))
_CURVE = (1_000, 3_000, 10_000, 30_000, 100_000)


@dataclass(frozen=True)
class Lexical:
    """How varied the language is: unique word sequences among all, for instructions, responses and both.

    Measures: the sum over n = 2, 3, 4 of unique / total n-grams; in a record, of its own text.
    Reads: the Moses tokens of instructions and responses.
    Range: 0 to 3, more is more varied.
    Caveats: `original` falls with the size of the dataset alone and gives rare late turns the weight of the first;
    `sound` takes the same number of tokens from every dataset, so only its values can be compared between datasets.
    Its size still matters: the table shows the curve.
    Source: TextBind, section 4.3 and Table 4; McCarthy & Jarvis 2010 on fixed sample sizes.
    """

    card: ClassVar[Card] = Card(name="lexical", version=1, highest=3.0, packages=("sacremoses",))
    budget: int = 10_000
    """Tokens that `sound` draws."""
    seed: int = 0

    def __post_init__(self) -> None:
        check(self, counts=("budget",))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        return [_measured(record) for record in records]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        texts = _Texts(measurements)
        figures, columns = [], []
        for side, halves in _SIDES:
            part = texts.part(halves)
            figures += [self._original(side, part, texts), self._sound(side, part, texts)]
            columns.append([part.rarefied(budget, self.seed) for budget in _CURVE])
        curve = [
            (budget, *(each.value if each else None for each in row))
            for budget, *row in zip(_CURVE, *columns, strict=True)
            if any(row)
        ]
        titles = ("tokens", *(side for side, _ in _SIDES))
        tables = (Table("diversity by number of tokens", titles, tuple(curve)),) if curve else ()
        return Summary(tuple(figures), tables=tables, counts={"cut_texts": texts.cut})

    def _original(self, side: str, part: _Part, texts: _Texts) -> Figure:
        """TextBind's number: one ratio for each turn position, then their mean."""
        values = part.by_turn()
        known = [value for value in values if value is not None]
        return Figure(
            f"diversity of {side}",
            "original",
            sum(known) / len(known) if known else None,
            direction="up",
            measured=texts.measured,
            left_out=dict(texts.left_out),
            reason="" if known else "no turn position has four words in a row",
            unit=f"mean over {len(known)} of {len(values)} turn positions",
        )

    def _sound(self, side: str, part: _Part, texts: _Texts) -> Figure:
        found = part.rarefied(self.budget, self.seed)
        return Figure(
            f"diversity of {side}",
            "sound",
            found.value if found else None,
            direction="up",
            interval=found.interval if found else None,
            measured=texts.measured,
            left_out=dict(texts.left_out),
            reason="" if found else self._why_not(part.corpus.tokens),
            unit=f"at {self.budget:,} tokens",
        )

    def _why_not(self, tokens: int) -> str:
        if tokens < self.budget:
            return f"needs {self.budget:,} tokens, there are {tokens:,}"
        return "a draw had no four words in a row"


@dataclass(frozen=True, slots=True)
class _Part:
    """Instructions, responses or both: their corpus, and the record and turn of each segment."""

    corpus: Corpus
    records: Ints
    turns: Ints

    def by_turn(self) -> list[float | None]:
        """The diversity of each turn position."""
        return [diversity(self.corpus.select(np.flatnonzero(self.turns == turn))) for turn in np.unique(self.turns)]

    def rarefied(self, budget: int, seed: int) -> RarefiedDiversity | None:
        return rarefied_diversity(self.corpus, self.records, budget, seed)


class _Texts:
    """The tokens of a dataset, in the order of its rows whatever the order they came in."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self.measured = self.cut = 0
        self.left_out: Counter[str] = Counter()
        rows: list[tuple[int, list[list[str]]]] = []
        for each in measurements:
            if not each.evidence:
                self.left_out[each.status.value] += 1
                continue
            self.measured += 1
            self.cut += each.evidence.get("cut", 0)
            rows.append((each.place.row, each.evidence["turns"]))
        segments = [
            (row, turn, half, text)
            for row, turns in sorted(rows, key=lambda each: each[0])
            for turn, pair in enumerate(turns)
            for half, text in enumerate(pair)
            if text
        ]
        self._whole = corpus_of(text.split(" ") for _, _, _, text in segments)
        self._where = np.array([each[:3] for each in segments], np.int64).reshape(-1, 3)

    def part(self, halves: tuple[int, ...]) -> _Part:
        chosen = np.flatnonzero(np.isin(self._where[:, 2], halves))
        return _Part(self._whole.select(chosen), self._where[chosen, 0], self._where[chosen, 1])


def _measured(record: Record) -> Measurement:
    pairs = [
        [" ".join(moses_tokens(text)) if text else "" for text in (t.instruction, t.response)] for t in record.turns
    ]
    texts = [half.split(" ") for pair in pairs for half in pair if half]
    if not texts:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no text")
    cut = sum(
        len(text or "") > MOSES_CHARACTER_CAP for turn in record.turns for text in (turn.instruction, turn.response)
    )
    evidence: dict[str, object] = {"turns": pairs, **({"cut": cut} if cut else {})}
    value = diversity(corpus_of(texts))
    if value is None:
        reason = "no text of the record has four words in a row"
        return Measurement(None, Status.NOT_APPLICABLE, reason, evidence, record.place, record.id)
    return Measurement(value, evidence=evidence, place=record.place, record_id=record.id)
