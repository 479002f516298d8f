"""How evenly a dataset spends its instructions on its tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vlitqa.algorithms.hill import evenness, squared_variation
from vlitqa.contracts import ALONE, Card, Context
from vlitqa.contracts.tools import Tools
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Balance:
    """How evenly the instructions are spread over the tasks.

    Measures: nothing in a record; in the dataset, how different the numbers of instructions of its tasks are.
    Reads: the labels of `tasks`, of those that the dataset has at all.
    Range: 0 and up; less variance is better, more evenness is better.
    Caveats: `original` is the variance of the numbers, which grows with the square of the dataset and must not be
    compared between sizes; `sound` is the variance over the squared mean, and evenness (0: all of one task, 1: all
    tasks equally often). An instruction of several labels is counted once for each in `original`, in parts in `sound`.
    Source: the review, section 4.2.3; Chao & Ricotta 2019 for evenness.
    """

    card: ClassVar[Card] = Card(name="balance", version=1, better="none", reads=("tasks",))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        why = "only a dataset has a balance"
        return [unmeasured(each, Status.NOT_APPLICABLE, why) for each in records]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        given = [labels for turns in context.labels.get("tasks", {}).values() for labels in turns if labels]
        names = sorted({label for labels in given for label in labels})
        number = {name: at for at, name in enumerate(names)}
        whole, parts = np.zeros(len(names)), np.zeros(len(names))
        for labels in given:
            for label in labels:
                whole[number[label]] += 1
                parts[number[label]] += 1 / len(labels)
        reason = "" if given else "no instruction has a label"
        lost = Counter(each.status.value for each in measurements if each.status is not Status.NOT_APPLICABLE)
        common: dict[str, Any] = {"measured": len(given), "left_out": dict(lost), "reason": reason}
        figures = (
            Figure("balance", "original", float(whole.var()) if given else None, direction="down", **common),
            Figure("balance", "sound", squared_variation(parts), direction="down", unit="variance / mean²", **common),
            _evenness(parts, 1, common),
            _evenness(parts, 2, common),
        )
        return Summary(figures, tables=_shares(names, parts))


def _evenness(parts: Floats, order: int, common: dict[str, Any]) -> Figure:
    value = evenness(parts, order) if len(parts) else None
    reason = common["reason"] or ("" if value is not None else "there is only one task")
    return Figure(f"evenness of order {order}", "sound", value, direction="up", **{**common, "reason": reason})


def _shares(names: list[str], parts: Floats) -> tuple[Table, ...]:
    """How much of the dataset the largest tasks take."""
    if not names:
        return ()
    cumulative = np.cumsum(np.sort(parts)[::-1]) / parts.sum()
    rows = tuple((most, float(cumulative[most - 1])) for most in (1, 5, 10, 50, 100) if most <= len(names))
    return (Table("share of the most frequent tasks", ("tasks", "share of labelled instructions"), rows),)
