"""Balance: how different the numbers of instructions of the tasks are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.hill import evenness, squared_variation
from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import Tools
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table, unmeasured
from vlitqa.results.evidence import NoEvidence, TypedEvidence


@dataclass(frozen=True)
class Balance:
    """Evenness of the instructions over the tasks.

    Measures: nothing in a record; in the dataset, how much the number of instructions differs between tasks.
    Reads: the labels of `tasks`, only those that the dataset has.
    Range: 0 and up; less variance is better, more evenness is better.
    Caveats: `original` is the variance of the numbers. It grows with the square of the size, so do not compare it
    between sizes. `sound` is the variance divided by the squared mean, and evenness (0: all of one task, 1: all tasks
    equally often). Both count the labels that the dataset has, so they change with its size, and a dataset that loses
    its rare tasks looks more even. Do not rank datasets by them. An instruction with several labels counts once for
    each in `original`, in part for each in `sound`.
    Source: the review, section 4.2.3; Chao & Ricotta 2019 for evenness.
    """

    card: ClassVar[Card] = Card(
        name="balance",
        version=1,
        headline=FigureName("balance", "original"),
        principle=Principle.BALANCE,
        symbol="Balance",
        misleading={
            FigureName(name, "sound"): "a dataset that loses its rare tasks looks more even"
            for name in ("balance", "evenness of order 1", "evenness of order 2")
        },
        follows_size=(FigureName("balance", "original"),),
        better="none",
        reads=("tasks",),
    )
    evidence: ClassVar[type[TypedEvidence]] = NoEvidence

    def measure(self, records: Sequence[Record], _tools: Tools) -> Sequence[Measurement]:
        """Measures nothing: a record alone has no balance."""
        why = "only a dataset has a balance"
        return [unmeasured(record, Status.NOT_APPLICABLE, why) for record in records]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        """Compares the numbers of instructions of the tasks."""
        labelled = [labels for turns in context.labels.get("tasks", {}).values() for labels in turns if labels]
        tasks = sorted({task for labels in labelled for task in labels})
        whole, parts = _counts(labelled, tasks)
        statuses = Counter(one.status.value for one in measurements if one.status is not Status.NOT_APPLICABLE)
        variance = Figure(
            "balance",
            "original",
            float(whole.var()) if labelled else None,
            direction="down",
            measured=len(labelled),
            left_out=dict(statuses),
            reason="" if labelled else "no instruction has a label",
        )
        variation = replace(variance, variant="sound", value=squared_variation(parts), unit="variance / mean²")
        figures = (variance, variation, _evenness(parts, 1, variance), _evenness(parts, 2, variance))
        return Summary(figures, tables=_shares(tasks, parts))


def _counts(labelled: Sequence[Sequence[str]], tasks: Sequence[str]) -> tuple[Floats, Floats]:
    """The instructions of each task: those of several labels counted once for each, and in parts."""
    place_of = {task: place for place, task in enumerate(tasks)}
    whole, parts = np.zeros(len(tasks)), np.zeros(len(tasks))
    for labels in labelled:
        for task in labels:
            whole[place_of[task]] += 1
            parts[place_of[task]] += 1 / len(labels)
    return whole, parts


def _evenness(parts: Floats, order: int, variance: Figure) -> Figure:
    value = evenness(parts, order) if len(parts) else None
    reason = variance.reason or ("" if value is not None else "there is only one task")
    return replace(
        variance,
        name=f"evenness of order {order}",
        variant="sound",
        value=value,
        direction="up",
        reason=reason,
    )


def _shares(tasks: Sequence[str], parts: Floats) -> tuple[Table, ...]:
    """The share of the dataset that the largest tasks take."""
    if not tasks:
        return ()
    cumulative = np.cumsum(np.sort(parts)[::-1]) / parts.sum()
    rows = tuple((most, float(cumulative[most - 1])) for most in (1, 5, 10, 50, 100) if most <= len(tasks))
    return (Table("share of the most frequent tasks", ("tasks", "share of labelled instructions"), rows),)
