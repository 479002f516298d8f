"""Balance: how different the numbers of instructions of the tasks are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.arrays import Floats
from vlitqa.algorithms.pairs import chance_of_one_label
from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import group_of
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, Table
from vlitqa.results.evidence import TypedEvidence, evidence_of


class BalanceEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The turns of a record that have an instruction."""

    turns: Sequence[int]
    group: str


@dataclass(frozen=True)
class Balance:
    """Evenness of the instructions over the tasks.

    Measures: nothing in a record; in the dataset, how much the number of instructions differs between tasks.
    Reads: the labels of `tasks`, and its tags.
    Range: 0 and up, `pairs of one task` 0 to 1; less is better.
    Caveats: `original` is the variance of the numbers, over the labels that the dataset has. It grows with the square
    of the size, so that only datasets of one size compare, and no published number does. `pairs of one task` is the
    chance that two instructions about different images ask for the same task (Simpson's index). No size changes it,
    and it rises where tasks are lost. It takes tags that mean nearly the same for one task, however rare they are. An
    instruction with several counts once for each in `original`; for `pairs of one task` one of them is drawn. Those
    without a tag, such as those in a script that the tagger does not read, are left out.
    Source: the review, section 4.2.3; Simpson 1949.
    """

    card: ClassVar[Card] = Card(
        name="balance",
        version=3,
        headline=FigureName("pairs of one task", "sound"),
        principle=Principle.BALANCE,
        sentence="Of two instructions about different images, a task drawn from each is the same in {value} of cases.",
        symbol="Balance",
        in_table_4="balance",
        follows_size=(FigureName("balance", "original"),),
        shares={"pairs of one task": "of pairs of instructions ask for the same task"},
        better="none",
        tools_of_original=("tagger", "sentences"),
        reads=("tasks",),
    )
    evidence: ClassVar[type[TypedEvidence]] = BalanceEvidence

    def measure(self, records: Sequence[Record], _tools: Tools) -> Sequence[Measurement]:
        """Notes which turns have an instruction; a record alone has no balance."""
        return [_measured(record) for record in records]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        """Compares the numbers of instructions of the tasks."""
        asked = _Asked(measurements, context)
        labelled = [labels for labels in asked.labels if labels]
        tasks = sorted({task for labels in labelled for task in labels})
        whole, parts = _counts(labelled, tasks)
        variance = Figure(
            "balance",
            "original",
            float(whole.var()) if labelled else None,
            direction="down",
            measured=len(labelled),
            left_out=dict(asked.left_out),
            reason="" if labelled else "no instruction has a label",
        )
        return Summary((variance, asked.pairs_of_one_task(variance)), tables=_shares(tasks, parts))


class _Asked:
    """The labels of every instruction of a dataset, and the group that it stands in."""

    def __init__(self, measurements: Iterable[Measurement], context: Context) -> None:
        self.left_out: Counter[str] = Counter()
        self.labels: list[tuple[str, ...]] = []
        self._tags: list[tuple[str, ...]] = []
        groups: list[str] = []
        for measurement in sorted(measurements, key=lambda measurement: measurement.place.row):
            if not measurement.evidence:
                self.left_out.update([measurement.status.value])
                continue
            evidence, row = evidence_of(measurement, BalanceEvidence), measurement.place.row
            for labels, of_turns in ((context.labels, self.labels), (context.tags, self._tags)):
                of_row = labels.get("tasks", {}).get(row, ())
                of_turns += [of_row[turn] if turn < len(of_row) else () for turn in evidence.turns]
            groups += [evidence.group or f"row {row}"] * len(evidence.turns)
        self._groups = np.unique(np.array(groups, np.str_), return_inverse=True)[1]

    def pairs_of_one_task(self, variance: Figure) -> Figure:
        """The chance that two instructions with a tag ask for the same task."""
        unknown = replace(variance, name="pairs of one task", variant="sound", value=None, measured=0)
        tagged = [place for place, tags in enumerate(self._tags) if tags]
        if not tagged:
            return replace(unknown, reason="no instruction has a tag")
        untagged = len(self._tags) - len(tagged)
        left_out = {**variance.left_out, **({"instructions without a tag": untagged} if untagged else {})}
        unknown = replace(unknown, measured=len(tagged), left_out=left_out)
        pairs = chance_of_one_label([self._tags[place] for place in tagged], self._groups[tagged])
        if pairs is None:
            return replace(unknown, reason="all instructions are about one image")
        return replace(unknown, value=pairs.value, interval=pairs.interval, reason="")


def _measured(record: Record) -> Measurement:
    turns = [place for place, turn in enumerate(record.turns) if turn.instruction and turn.instruction.strip()]
    if not turns:
        return Measurement(None, Status.EMPTY_TEXT, "the record has no instruction", {}, record.place, record.id)
    evidence = msgspec.to_builtins(BalanceEvidence(turns=turns, group=group_of(record)))
    why = "only a dataset has a balance"
    return Measurement(None, Status.NOT_APPLICABLE, why, evidence, record.place, record.id)


def _counts(labelled: Sequence[Sequence[str]], tasks: Sequence[str]) -> tuple[Floats, Floats]:
    """The instructions of each task: those of several labels counted once for each, and in parts."""
    place_of = {task: place for place, task in enumerate(tasks)}
    whole, parts = np.zeros(len(tasks)), np.zeros(len(tasks))
    for labels in labelled:
        for task in labels:
            whole[place_of[task]] += 1
            parts[place_of[task]] += 1 / len(labels)
    return whole, parts


def _shares(tasks: Sequence[str], parts: Floats) -> tuple[Table, ...]:
    """The share of the dataset that the largest tasks take."""
    if not tasks:
        return ()
    cumulative = np.cumsum(np.sort(parts)[::-1]) / parts.sum()
    rows = tuple((most, float(cumulative[most - 1])) for most in (1, 5, 10, 50, 100) if most <= len(tasks))
    return (
        Table(
            "share of the most frequent tasks", ("tasks", "share of instructions, those of k labels as 1/k each"), rows
        ),
    )
