"""Which tasks the instructions of a dataset ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vlitqa.algorithms.hill import chao1, coverage, rarefied_hill
from vlitqa.algorithms.resampling import subsample
from vlitqa.algorithms.tag_vocabulary import build_vocabulary, nearest_tags, rank_tags
from vlitqa.contracts import ALONE, Card, Context, Fit
from vlitqa.contracts.tools import Tools
from vlitqa.errors import UsageError
from vlitqa.metrics.parameters import check
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured

Vector = np.ndarray[Any, np.dtype[np.float32]]
_GENERATIVE, _SELECTIVE = "generative", "selective"
_OFFERED = 10
"""Labels from which the tagger may choose, as in TagGPT."""
_TOP = 20


@dataclass(frozen=True)
class Tasks:
    """Which tasks the instructions ask for, and how many: a label for each, made from the data itself.

    Measures: in a record, the different tags that were thought of for its instructions; in the dataset, the labels
    of a vocabulary that all datasets of a run share.
    Reads: instructions. The tagger thinks of tags; those that came less than three times are dropped, then those
    whose meaning is nearly that of a more frequent one. An instruction has the labels that are near its own tags
    (`assignment=generative`), or those that the tagger chooses among the ten that are nearest to it (`selective`).
    Range: 0 and up, more is more varied.
    Caveats: `original` is the number of labels, which grows with the dataset; `sound` is how many labels are expected
    among the same number of labelled instructions (Hill numbers of order 0, 1 and 2: all labels, and those that count
    when rare ones count less). Labels depend on the tagger, and on the datasets that are scored together.
    Source: the review, section 4.2.3; TagGPT, and its published main.py for the cuts; Chao et al. 2014.
    """

    card: ClassVar[Card] = Card(name="tasks", version=1, tools=("tagger", "sentences"))
    min_count: int = 3
    """Coverage: how often a tag must have come."""
    redundant: float = 0.95
    """Redundancy: the cosine over which the rarer of two tags is dropped."""
    near: float = 0.9
    """The cosine to a tag over which its label is given."""
    assignment: str = _GENERATIVE
    """Or `selective`."""
    budget: int = 300
    """Labelled instructions that `sound` draws."""
    seed: int = 0

    def __post_init__(self) -> None:
        check(self, counts=("min_count", "budget"), shares=("redundant", "near"))
        if self.assignment not in (_GENERATIVE, _SELECTIVE):
            raise UsageError(f"tasks.assignment is {_GENERATIVE} or {_SELECTIVE}, not {self.assignment!r}.")

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        texts = [turn.instruction or "" for record in records for turn in record.turns]
        tags = iter(tools.tagger.candidates(texts))
        selective = self.assignment == _SELECTIVE
        return [_measured(record, [list(next(tags)) for _ in record.turns], selective) for record in records]

    def fit(self, measurements: Iterable[Measurement], tools: Tools) -> Fit:
        counts: Counter[str] = Counter()
        texts: set[str] = set()
        for each in measurements:
            counts.update(tag for tags in each.evidence.get("tags", ()) for tag in dict.fromkeys(tags))
            texts.update(filter(str.strip, each.evidence.get("texts", ())))
        names = sorted(counts)
        vectors = dict(zip(names, tools.sentences.encode(names), strict=True)) if names else {}
        covered = rank_tags(counts, self.min_count)
        kept = build_vocabulary(covered, _stacked([vectors[tag] for tag in covered]), self.redundant).tags
        if self.assignment == _SELECTIVE:
            return {"labels": list(kept), "of": self._chosen(sorted(texts), kept, vectors, tools)}
        near = nearest_tags(
            _stacked([vectors[tag] for tag in names]), _stacked([vectors[tag] for tag in kept]), self.near, 5
        )
        return {
            "labels": list(kept),
            "of": {tag: [kept[at] for at in found] for tag, found in zip(names, near, strict=True) if found},
        }

    def _chosen(
        self, texts: Sequence[str], labels: Sequence[str], vectors: Mapping[str, Vector], tools: Tools
    ) -> dict[str, list[str]]:
        """By instruction: what the tagger chose among the labels that are nearest to it."""
        if not texts or not labels:
            return {}
        near = nearest_tags(
            tools.sentences.encode(texts), _stacked([vectors[label] for label in labels]), -2.0, _OFFERED
        )
        said = tools.tagger.choose(texts, [[labels[at] for at in places] for places in near])
        return {text: list(chosen) for text, chosen in zip(texts, said, strict=True) if chosen}

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        known = context.fit.get("of", {})
        labels: dict[int, list[tuple[str, ...]]] = {}
        left_out: Counter[str] = Counter()
        asked = 0
        for each in sorted(measurements, key=lambda each: each.place.row):
            if each.value is None:
                left_out[each.status.value] += 1
                continue
            turns = [
                tuple(dict.fromkeys(label for tag in tags for label in known.get(tag, ())))
                for tags in (
                    [[text] for text in each.evidence["texts"]]
                    if self.assignment == _SELECTIVE
                    else each.evidence["tags"]
                )
            ]
            labels[each.place.row] = turns
            asked += each.evidence["asked"]
        given = [turn for turns in labels.values() for turn in turns if turn]
        figures = self._figures(given, asked, dict(left_out))
        frequent = Counter(label for turn in given for label in turn).most_common()
        top = sorted(frequent, key=lambda each: (-each[1], each[0]))[:_TOP]
        tables = (Table("task labels given most often", ("label", "instructions"), tuple(top)),) if top else ()
        return Summary(figures, tables=tables, counts={"vocabulary": len(context.fit.get("labels", ()))}, labels=labels)

    def _figures(self, given: list[tuple[str, ...]], asked: int, left_out: dict[str, int]) -> tuple[Figure, ...]:
        """`given` holds the labels of each instruction that has any."""
        numbers = {label: at for at, label in enumerate(sorted({label for turn in given for label in turn}))}
        counts = np.bincount([numbers[label] for turn in given for label in turn], minlength=len(numbers))
        none = "" if given else "no instruction has a label"
        common: dict[str, Any] = {"direction": "up", "measured": len(given), "left_out": left_out}
        figures = [
            Figure("task labels", "original", float(len(numbers)) if given else None, reason=none, **common),
            self._rarefied(given, numbers, common),
        ]
        for order in (1, 2):
            value = rarefied_hill(counts, self.budget, order, records=len(given)) if given else None
            reason = none if value is not None else none or self._too_few(len(given))
            figures.append(Figure(f"task labels of order {order}", "sound", value, reason=reason, **common))
        for name, value in (("task labels, unseen too", chao1(counts)), ("coverage of tasks", coverage(counts))):
            figures.append(
                Figure(name, "sound", value, reason="" if value is not None else none or "too few labels", **common)
            )
        share = len(given) / asked if asked else None
        reason = "" if asked else "there are no instructions"
        figures.append(Figure("labelled instructions", "sound", share, direction="up", measured=asked, reason=reason))
        return tuple(figures)

    def _rarefied(self, given: list[tuple[str, ...]], numbers: dict[str, int], common: dict[str, Any]) -> Figure:
        """How many labels are expected among so many instructions, each with all its labels."""
        owned = [[numbers[label] for label in turn] for turn in given]

        def different(places: np.ndarray[Any, np.dtype[np.int64]]) -> float:
            return float(len({label for place in places for label in owned[place]}))

        found = subsample(different, len(owned), self.budget, 20, self.seed) if owned else None
        reason = "" if found else self._too_few(len(given))
        value, interval = (found.mean, found.interval) if found else (None, None)
        return Figure(
            "task labels",
            "sound",
            value,
            interval=interval,
            reason=reason,
            unit=f"among {self.budget:,} instructions",
            **common,
        )

    def _too_few(self, count: int) -> str:
        return f"{count:,} labelled instructions are fewer than {self.budget:,}"


def _measured(record: Record, tags: list[list[str]], selective: bool) -> Measurement:
    asked = sum(bool(turn.instruction and turn.instruction.strip()) for turn in record.turns)
    if not asked:
        return unmeasured(record, Status.EMPTY_TEXT, "the record has no instruction")
    different = {tag for turn in tags for tag in turn}
    evidence: dict[str, Any] = {"tags": tags, "asked": asked}
    if selective:
        evidence["texts"] = [turn.instruction or "" for turn in record.turns]
    return Measurement(float(len(different)), Status.OK, "", evidence, record.place, record.id)


def _stacked(rows: Sequence[Vector]) -> Vector:
    return np.stack(rows) if rows else np.empty((0, 0), np.float32)
