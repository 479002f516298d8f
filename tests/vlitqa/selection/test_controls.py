"""A control has the size of a selection and its labels, and is drawn at random otherwise."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlitqa.selection.controls import draw_control

_LABELS = st.lists(st.lists(st.sampled_from("abcdef"), max_size=3, unique=True).map(tuple), max_size=4)


def counts(labels: dict[int, list[tuple[str, ...]]], rows: set[int] | frozenset[int]) -> Counter[str]:
    return Counter(label for row in rows for turn in labels[row] for label in turn)


@pytest.mark.parametrize("seed", range(20))
def test_rows_of_one_label_are_drawn_with_the_counts_of_the_selection(seed: int) -> None:
    dice = random.Random(seed)
    labels = {row: [(dice.choice("aab"),)] for row in range(80)}
    kept = set(dice.sample(sorted(labels), 30))
    control = draw_control(sorted(labels), kept, labels, seed)
    assert control.difference == 0
    assert counts(labels, control.rows) == counts(labels, kept)
    assert control.rows != kept


def test_where_labels_leave_no_other_rows_any_are_drawn() -> None:
    labels = {row: [("a" if row < 20 else "b",)] for row in range(40)}
    control = draw_control(sorted(labels), set(range(20)), labels, seed=0)
    assert len(control.rows) == 20
    assert control.rows != set(range(20))
    assert control.difference > 0, "it is said how far its labels are from those of the selection"


@settings(deadline=None)
@given(st.lists(_LABELS, min_size=1, max_size=40), st.data())
def test_the_difference_is_that_of_the_counts(of_rows: list[list[tuple[str, ...]]], data: st.DataObject) -> None:
    labels = dict(enumerate(of_rows))
    kept = data.draw(st.sets(st.sampled_from(sorted(labels))))
    control = draw_control(sorted(labels), kept, labels, seed=0)
    wanted, drawn = counts(labels, kept), counts(labels, control.rows)
    apart = sum(abs(wanted[label] - drawn[label]) for label in wanted | drawn)
    assert abs(control.difference * (wanted.total() or 1) - apart) < 1e-9
    assert len(control.rows) == len(kept)
    assert draw_control(sorted(labels), kept, labels, seed=0) == control


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000))
def test_rows_of_several_turns_come_near_and_stay_random(seed: int) -> None:
    """Half of all rows, those with one label twice as often: a plain draw would differ by a fifth of all."""
    labels = {row: [("ab"[row % 2],), ("cdefg"[(row * 7 + 3) % 5],), ("hij"[row % 3],)] for row in range(400)}
    kept = {row for row in labels if row % 2 == 0 or row % 8 == 1}
    control = draw_control(sorted(labels), kept, labels, seed)
    assert control.difference < 0.02
    shared = len(control.rows & kept) / len(kept)
    assert shared < 0.95, "it is the selection itself"


def test_without_labels_rows_are_drawn_plainly() -> None:
    control = draw_control(range(1_000), set(range(500)), {}, seed=3)
    assert control.difference == 0
    assert 200 < len(control.rows & set(range(500))) < 300
