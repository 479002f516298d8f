"""A random control of a selection: as many rows as it kept, and as many turns of each label."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.results import Labels
from vlitqa.selection.label_rules import turns_of_labels

_SWEEPS = 20
"""The most times that all rows are offered for an exchange."""


@dataclass(frozen=True, slots=True)
class Control:
    """Rows that were drawn at random."""

    rows: frozenset[int]
    difference: float
    """The share of the labels of turns by which the counts differ from those of the selection; 0 where none does."""


def draw_control(rows: Sequence[int], kept: AbstractSet[int], labels: Labels, seed: int) -> Control:
    """Draws a control of the rows that a selection kept.

    Where the labels leave no other rows than the selection itself, rows are drawn whatever their labels are.

    It is exact where a row has one label. Rows of several turns are drawn by their rarest label, and then exchanged for
    others that have it too, unless that takes the counts of the other labels apart.
    """
    counts = {row: turns_of_labels(labels, row) for row in rows}
    control = _draw_like(kept, counts, _by_rarest_label(counts), seed)
    return _draw_like(kept, counts, [list(rows)], seed, sweeps=0) if control.rows == kept else control


def _draw_like(
    kept: AbstractSet[int],
    counts: Mapping[int, Counter[str]],
    strata: Sequence[Sequence[int]],
    seed: int,
    sweeps: int = _SWEEPS,
) -> Control:
    """Draws as many rows of each stratum as were kept, and exchanges them so often."""
    drawn: set[int] = set()
    for stratum in strata:
        ordered = sorted(stratum, key=lambda row: shuffle_key("control", seed, row))
        drawn.update(ordered[: sum(row in kept for row in stratum)])
    surplus = Counter[str]()
    for row in drawn:
        surplus.update(counts[row])
    for row in kept:
        surplus.subtract(counts[row])
    for sweep in range(sweeps):
        if not any(surplus.values()):
            break
        _exchange(strata, drawn, surplus, counts, (seed, sweep))
    wanted = sum(counts[row].total() for row in kept)
    return Control(frozenset(drawn), sum(map(abs, surplus.values())) / (wanted or 1))


def _by_rarest_label(counts: Mapping[int, Counter[str]]) -> list[list[int]]:
    """Rows with the same rarest label; those without any are together too."""
    totals = Counter[str]()
    for of_row in counts.values():
        totals.update(of_row)
    strata = defaultdict[str, list[int]](list)
    for row, of_row in counts.items():
        strata[min(of_row, key=lambda label: (totals[label], label), default="")].append(row)
    return list(strata.values())


def _exchange(
    strata: Sequence[Sequence[int]],
    drawn: set[int],
    surplus: Counter[str],
    counts: Mapping[int, Counter[str]],
    key: tuple[int, int],
) -> None:
    """Offers every row once for another one."""
    for stratum in strata:
        ordered = sorted(stratum, key=lambda row: shuffle_key("exchange", *key, row))
        for out, into in zip(
            [row for row in ordered if row in drawn], [row for row in ordered if row not in drawn], strict=False
        ):
            change = Counter(counts[into])
            change.subtract(counts[out])
            if sum(abs(surplus[label] + step) - abs(surplus[label]) for label, step in change.items()) <= 0:
                surplus.update(change)
                drawn.symmetric_difference_update((out, into))
