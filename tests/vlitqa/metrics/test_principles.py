"""The figures of the review's principles, worked out by hand on labels, elements and vectors that are given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from vlitqa.algorithms.packed_vectors import pack_vector, unpack_vectors
from vlitqa.contracts import Context
from vlitqa.errors import UsageError
from vlitqa.metrics.balance import Balance
from vlitqa.metrics.elements import Elements
from vlitqa.metrics.instructions import Instructions
from vlitqa.metrics.responses import Responses
from vlitqa.metrics.tasks import Tasks
from vlitqa.records import Place, Record, Turn
from vlitqa.results import Figure, Labels, Measurement, Summary


def figure(summary: Summary, name: str, variant: str) -> Figure:
    return next(each for each in summary.figures if (each.name, each.variant) == (name, variant))


def value(summary: Summary, name: str, variant: str) -> float | None:
    return figure(summary, name, variant).value


def measured(*evidence: dict[str, object]) -> list[Measurement]:
    return [Measurement(1.0, evidence=each, place=Place(row, row + 1)) for row, each in enumerate(evidence)]


def unit(*numbers: float) -> str:
    vector = np.array(numbers, np.float32)
    return pack_vector(vector / np.linalg.norm(vector))


def test_a_vector_comes_back_as_it_was_packed() -> None:
    vectors = np.random.default_rng(0).normal(size=(5, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    again = unpack_vectors([pack_vector(vector) for vector in vectors])
    assert again.dtype == np.float32
    assert np.abs(again @ vectors.T - vectors @ vectors.T).max() < 5e-4
    assert np.linalg.norm(again, axis=1) == pytest.approx(1, abs=1e-6)


LABELS: Labels = {0: [("a",), ("a",)], 1: [("a", "b")], 2: [("b",), ()], 3: [("c",)]}


class Chooser:
    """A tagger that chooses the first label offered, and an encoder that knows four texts."""

    PLACES: ClassVar[dict[str, tuple[float, float]]] = {
        "count": (1, 0), "hue": (0, 1), "How many?": (0.8, 0.6), "Which hue?": (0.6, 0.8),
    }  # fmt: skip

    def __init__(self) -> None:
        self.sentences = self.tagger = self
        self.offered: list[Sequence[str]] = []

    def encode(self, texts: Sequence[str]) -> Any:
        return np.array([self.PLACES[text] for text in texts], np.float32)

    def candidates(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        return [("hue",) if "hue" in text else ("count",) for text in texts]

    def choose(self, _texts: Sequence[str], offered: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
        self.offered += offered
        return [tuple(each[:1]) for each in offered]


def test_a_selective_label_is_chosen_among_those_that_are_nearest_to_the_instruction() -> None:
    asked = ["How many?", "Which hue?", "How many?"]
    records = [Record((Turn(text, "so"),), place=Place(row, row + 1)) for row, text in enumerate(asked)]
    metric, tools = Tasks(min_count=1, assignment="selective"), Chooser()
    made = metric.measure(records, tools)  # type: ignore[arg-type]  # the other tools are not asked
    fit = metric.fit(made, tools)  # type: ignore[arg-type]
    assert tools.offered == [["count", "hue"], ["hue", "count"]], "each instruction once, the nearest label first"
    assert metric.combine(made, Context(fit)).labels == {0: [("count",)], 1: [("hue",)], 2: [("count",)]}
    with pytest.raises(UsageError, match="generative or selective"):
        Tasks(assignment="selctive")


def test_balance_is_the_variance_over_labels_and_its_scale_free_twin() -> None:
    # whole counts: a 3, b 2, c 1: variance 2/3. In parts: a 2.5, b 1.5, c 1: mean 5/3, variance 0.3889
    found = Balance().combine([], Context(labels={"tasks": LABELS}))
    assert value(found, "balance", "original") == pytest.approx(2 / 3)
    assert value(found, "balance", "sound") == pytest.approx((35 / 90) / (25 / 9))
    squares = (2.5 / 5) ** 2 + (1.5 / 5) ** 2 + (1 / 5) ** 2
    assert value(found, "evenness of order 2", "sound") == pytest.approx((1 / squares - 1) / 2)


def test_a_dataset_of_one_task_has_no_evenness_and_one_without_labels_no_balance() -> None:
    one = Balance().combine([], Context(labels={"tasks": {0: [("a",)]}}))
    assert value(one, "balance", "original") == 0
    assert figure(one, "evenness of order 1", "sound").reason == "there is only one task"
    none = Balance().combine([], Context(labels={"tasks": {0: [()]}}))
    assert {each.value for each in none.figures} == {None}


def test_task_labels_are_those_that_an_instructions_tags_are_near_to() -> None:
    fit = {"labels": ["count objects", "name colour"], "of": {"count": ["count objects"], "hue": ["name colour"]}}
    made = measured(
        {"tags": [["count", "tally"], ["hue"]], "asked": 2},
        {"tags": [["tally"]], "asked": 1},
        {"tags": [[]], "asked": 0},
    )
    found = Tasks(budget=2).combine(made, Context(fit))
    assert found.labels == {0: [("count objects",), ("name colour",)], 1: [()], 2: [()]}
    assert value(found, "task labels", "original") == 2
    assert value(found, "task labels", "sound") == 2
    assert value(found, "labelled instructions", "sound") == pytest.approx(2 / 3)


def test_elements_are_counted_by_instruction_and_by_hundred_tokens() -> None:
    made = measured(
        {"turns": [(4, 8), (2, 10)], "group": "a.jpg", "unit": "proxy"},
        {"turns": [(3, 4)], "group": "", "unit": "proxy"},
    )
    found = Elements().combine(made)
    assert value(found, "elements of an instruction", "original") == 3
    assert value(found, "elements in 100 tokens", "sound") == pytest.approx((50 + 20 + 75) / 3)
    assert {each.unit for each in found.figures} == {"proxy"}


def test_instruction_clusters_are_counted_by_label_and_averaged() -> None:
    # label a: the bowtie of two triangles that share a word is two clusters; label b: one edge is one cluster
    texts = ["dog cat fence", "dog bird tree", "lake boat"]
    turns = [{"turns": [(0, text, unit(1, row))]} for row, text in enumerate(texts)]
    labels: Labels = {0: [("a",)], 1: [("a",)], 2: [("b",)]}
    found = Instructions(budget=2).combine(measured(*turns), Context(labels={"tasks": labels}))
    assert value(found, "instruction clusters", "original") == pytest.approx(1.5)
    # the largest cluster of a holds 3 of 5 words, that of b both of 2
    assert value(found, "degenerate labels", "sound") == 1


def test_an_instruction_lies_in_the_cluster_of_its_words() -> None:
    texts = ["dog cat fence", "dog cat bird", "lake boat", "lake", "lake boat tree"]
    turns = [{"turns": [(0, text, unit(1, row))]} for row, text in enumerate(texts)]
    labels: Labels = {row: [("a",)] for row in range(4)} | {4: [("b",)]}
    found = Instructions(budget=2).combine(measured(*turns), Context(labels={"tasks": labels})).labels
    assert found[0] == found[1] != found[2]  # the first two share an edge, so a triangle links them
    assert 3 not in found, "one word is no edge"
    assert found[4] == [("b 1",)]


def _responses_of(directions: Sequence[tuple[float, ...]]) -> list[Measurement]:
    return measured(*[{"turns": [(0, unit(*direction))]} for direction in directions])


def test_the_logarithm_of_the_number_of_response_clusters() -> None:
    three = [(1, 0, 0, step / 1000) for step in range(6)]
    three += [(0, 1, 0, step / 1000) for step in range(6)] + [(0, 0, 1, step / 1000) for step in range(6)]
    alone = [(-1, -1, 0, 0), (0, -1, -1, 0)]
    found = Responses(budget=5).combine(_responses_of([*three, *alone]))
    assert value(found, "response clusters", "original") == pytest.approx(math.log(3))
    assert value(found, "responses in no cluster", "sound") == pytest.approx(2 / 20)
    assert [turns[0] for _, turns in sorted(found.labels.items())] == [
        *[("0",)] * 6, *[("1",)] * 6, *[("2",)] * 6, (), (),
    ]  # fmt: skip


def test_a_response_in_no_cluster_is_a_group_of_its_own_and_one_that_comes_again_is_not() -> None:
    often, thrice, once = [(1, 0, 0, 0)] * 15, [(0, 1, 0, 0)] * 3, [(0, 0, 1, 0), (0, 0, 0, 1)]
    found = Responses(budget=20).combine(_responses_of([*often, *thrice, *once]))
    assert value(found, "response clusters", "sound") == pytest.approx(math.log(1 + 1 + 2))


def test_no_cluster_has_no_logarithm_and_says_so() -> None:
    found = Responses(budget=2).combine(_responses_of([(1, 0), (0, 1), (-1, 0)]))
    original = figure(found, "response clusters", "original")
    assert original.value is None
    assert "no logarithm of 0" in original.reason


def test_equal_responses_are_counted_once_where_texts_are_what_counts() -> None:
    found = Responses(budget=1).combine(_responses_of([(1, 0)] * 3 + [(0, 1)]))
    assert value(found, "different responses", "sound") == pytest.approx(2 / 4)


def test_the_threshold_is_learned_from_all_datasets_and_the_same_in_any_order() -> None:
    dice = np.random.default_rng(0)
    centres = dice.normal(size=(6, 16))
    made = _responses_of([tuple(centres[row % 6] + dice.normal(size=16) * 0.3) for row in range(120)])
    fit = Responses().fit(made, None)  # type: ignore[arg-type]  # it needs no tool to learn
    assert fit == Responses().fit(made[::-1], None)  # type: ignore[arg-type]
    found = Responses(budget=60).combine(made, Context(fit))
    assert value(found, "response clusters", "original") is not None
    assert len({turns[0] for turns in found.labels.values()} - {()}) == 6
