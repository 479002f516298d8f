"""The figures of the review's principles, worked out by hand on labels, elements and vectors that are given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, ClassVar

import numpy as np
import pytest

from vlitqa.algorithms.packed_vectors import pack_vector, unpack_vectors
from vlitqa.backends.parsers.chunks import ChunkParser
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
    return next(shown for shown in summary.figures if (shown.name, shown.variant) == (name, variant))


def value(summary: Summary, name: str, variant: str) -> float | None:
    return figure(summary, name, variant).value


def measured(*evidence: dict[str, object]) -> list[Measurement]:
    return [Measurement(1.0, evidence=of_row, place=Place(row, row + 1)) for row, of_row in enumerate(evidence)]


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
        return [tuple(labels[:1]) for labels in offered]


def test_a_selective_label_is_chosen_among_those_that_are_nearest_to_the_instruction() -> None:
    asked = ["How many?", "Which hue?", "How many?"]
    records = [Record((Turn(text, "so"),), place=Place(row, row + 1)) for row, text in enumerate(asked)]
    metric, tools = Tasks(min_count=1, assignment="selective"), Chooser()
    measurements = metric.measure(records, tools)  # type: ignore[arg-type]  # the other tools are not asked
    fit = metric.fit(measurements, tools)  # type: ignore[arg-type]
    assert tools.offered == [["count", "hue"], ["hue", "count"]], "each instruction once, the nearest label first"
    assert metric.combine(measurements, Context(fit)).labels == {0: [("count",)], 1: [("hue",)], 2: [("count",)]}
    with pytest.raises(UsageError, match="generative or selective"):
        Tasks(assignment="selctive")


def asked(labels: Labels, groups: Mapping[int, str] | None = None) -> list[Measurement]:
    """What balance notes of rows whose turns all have an instruction."""
    return measured(
        *[{"turns": list(range(len(turns))), "group": (groups or {}).get(row, "")} for row, turns in labels.items()]
    )


def context_of(labels: Labels) -> Context:
    """A context in which no tag was left out for being rare."""
    return Context(labels={"tasks": labels}, tags={"tasks": labels})


def test_balance_is_the_variance_over_labels_and_the_chance_that_two_ask_for_one_task() -> None:
    # whole counts: a 3, b 2, c 1: variance 2/3
    summary = Balance().combine(asked(LABELS), context_of(LABELS))
    assert value(summary, "balance", "original") == pytest.approx(2 / 3)
    # rows of 2, 1, 1 and 1 tagged instructions: 2 * (2 * 1 + 2 * 1 + 2 * 1 + 1 + 1 + 1) = 18 ordered pairs. Those
    # of rows 0 and 1 share a by half, 2 * 2 * 0.5; of rows 1 and 2 b by half, 2 * 0.5; the others nothing
    assert value(summary, "pairs of one task", "sound") == pytest.approx(3 / 18)
    assert figure(summary, "pairs of one task", "sound").left_out == {"instructions without a tag": 1}


def test_rows_about_one_image_make_no_pairs() -> None:
    labels: Labels = {0: [("a",)], 1: [("a",)], 2: [("b",)]}
    groups = {0: "1.jpg", 1: "1.jpg", 2: "2.jpg"}
    summary = Balance().combine(asked(labels, groups), context_of(labels))
    assert value(summary, "pairs of one task", "sound") == 0
    one = Balance().combine(asked(labels, dict.fromkeys(range(3), "1.jpg")), context_of(labels))
    assert figure(one, "pairs of one task", "sound").reason == "all instructions are about one image"


def test_a_dataset_that_loses_its_rare_tasks_is_less_balanced() -> None:
    tasks = ["common"] * 60 + [f"rare {task % 20}" for task in range(40)]
    whole: Labels = {row: [(task,)] for row, task in enumerate(tasks)}
    lost = {row: turns for row, turns in whole.items() if row < 60 or row % 2}
    values = [
        value(Balance().combine(asked(labels), context_of(dict(enumerate(labels.values())))),
              "pairs of one task", "sound")
        for labels in (whole, lost)
    ]  # fmt: skip
    assert values == pytest.approx([(60 * 59 + 40) / (100 * 99), (60 * 59 + 20) / (80 * 79)])


def test_a_dataset_of_one_task_is_not_balanced_and_one_without_labels_has_no_balance() -> None:
    labels: Labels = {row: [("a",)] for row in range(3)}
    one = Balance().combine(asked(labels), context_of(labels))
    assert value(one, "balance", "original") == 0
    assert value(one, "pairs of one task", "sound") == 1
    none = Balance().combine(asked({0: [()]}), context_of({0: [()]}))
    assert {shown.value for shown in none.figures} == {None}


def test_task_labels_are_those_that_an_instructions_tags_are_near_to() -> None:
    fit = {
        "labels": ["count objects", "name colour"],
        "of": {"count": ["count objects"], "hue": ["name colour"]},
        "same": {"tally": "count"},
    }
    measurements = measured(
        {"turns": [(0, ["count", "tally"]), (2, ["hue"])], "count": 3, "group": ""},
        {"turns": [(0, ["tally"])], "count": 1, "group": ""},
        {"turns": [(0, [])], "count": 1, "group": ""},
    )
    summary = Tasks(budget=3).combine(measurements, Context(fit))
    assert summary.labels == {0: [("count objects",), (), ("name colour",)], 1: [()], 2: [()]}
    assert value(summary, "task labels", "original") == 2
    assert value(summary, "task labels", "sound") == 2, "tally is another word for count"
    assert value(summary, "task labels of order 2", "sound") == pytest.approx(1 / ((2 / 3) ** 2 + (1 / 3) ** 2))
    assert value(summary, "tagged instructions", "sound") == pytest.approx(3 / 4), "that have a tag"


def test_tags_are_one_where_they_mean_the_same_however_rare_they_are() -> None:
    records = [
        Record((Turn(text, "so"),), place=Place(row, row + 1)) for row, text in enumerate(["How many?", "Which hue?"])
    ]
    tools = Chooser()
    metric = Tasks(min_count=3)
    fit = metric.fit(metric.measure(records, tools), tools)  # type: ignore[arg-type]
    assert fit["labels"] == [], "nothing comes three times"
    assert fit["same"] == {}, "count and hue are two things"
    tools.PLACES = {"count": (1, 0), "hue": (1, 0.01)}  # type: ignore[misc]
    assert metric.fit(metric.measure(records, tools), tools)["same"] == {"hue": "count"}  # type: ignore[arg-type]


def test_objects_and_elements_are_counted_by_instruction_and_elements_by_hundred_tokens() -> None:
    units = {"unit": "phrases", "object_unit": "things"}
    measurements = measured(
        {"turns": [(4, 8, 3, 2, "count"), (2, 10, 0, 0, "")], "group": "a.jpg", **units},
        {"turns": [(3, 4, 3, 3, "describe count")], "group": "", **units},
    )
    summary = Elements(budget=3).combine(measurements)
    assert value(summary, "predicate verbs", "sound") == 2
    assert summary.tables[0].rows == (("count", 2, 2 / 3), ("describe", 1, 1 / 3))
    assert value(summary, "objects of an instruction", "original") == 2
    assert value(summary, "objects of an instruction", "sound") == pytest.approx(5 / 3)
    assert value(summary, "elements of an instruction", "original") == 3
    assert value(summary, "elements in 100 tokens", "sound") == pytest.approx((50 + 20 + 75) / 3)
    units_shown = [figure.unit for figure in summary.figures]
    assert units_shown == ["things", "things", "phrases", "phrases", "among 3 instructions"]
    assert [figure.direction for figure in summary.figures] == ["up", "up", "up", "none", "up"]


class ChunkTools:
    """The chunk parser alone."""

    def __init__(self) -> None:
        self.parser = ChunkParser()


def objects_of(*instructions: str) -> list[tuple[float | None, float | None]]:
    """The objects of each instruction, in both variants."""
    records = [Record((Turn(text, "So."),), place=Place(row, row + 1)) for row, text in enumerate(instructions)]
    measurements = Elements().measure(records, ChunkTools())  # type: ignore[arg-type]  # the other tools are not asked
    summaries = [Elements().combine([measurement]) for measurement in measurements]
    assert [measurement.value for measurement in measurements] == [
        value(summary, "objects of an instruction", "original") for summary in summaries
    ]
    return [
        (value(summary, "objects of an instruction", "original"), value(summary, "objects of an instruction", "sound"))
        for summary in summaries
    ]


def test_three_instructions_put_into_one_have_the_objects_of_all_three() -> None:
    pytest.importorskip("textblob")
    dogs, umbrella, table = "Count the dogs.", "Is the man holding a red umbrella?", "Is there a cup on the table?"
    assert objects_of(dogs, umbrella, table) == [(1, 1), (2, 2), (2, 2)]
    assert objects_of(f"{dogs} {umbrella} {table}") == [(5, 5)]


def test_an_object_that_is_named_again_counts_once_in_sound() -> None:
    pytest.importorskip("textblob")
    assert objects_of("Is the dog near the cat? Is the cat behind the dogs?") == [(4, 2)]
    assert objects_of("Count the dogs. " * 3) == [(3, 1)]


def test_an_instruction_in_another_script_is_left_out_and_not_called_simple() -> None:
    pytest.importorskip("textblob")
    turns = tuple(Turn(text, "So.") for text in ("图片里有什么？", "Count the dogs.", "Опишите картинку."))
    records = [Record(turns, place=Place(0, 1)), Record(turns[:1], place=Place(1, 2))]
    mixed, chinese = Elements().measure(records, ChunkTools())  # type: ignore[arg-type]
    assert (mixed.value, mixed.evidence["unread"]) == (1, 2)
    assert (chinese.value, chinese.reason) == (None, "the parser does not read the script of the instruction")
    objects = figure(Elements().combine([mixed, chinese]), "objects of an instruction", "sound")
    assert (objects.value, objects.measured, objects.left_out) == (1, 1, {"not_applicable": 1})


def test_an_instruction_that_names_nothing_but_the_picture_has_no_object() -> None:
    pytest.importorskip("textblob")
    assert objects_of("Describe the image in detail.") == [(0, 0)]


def test_instruction_clusters_are_counted_by_label_and_averaged() -> None:
    # label a: the bowtie of two triangles that share a word is two clusters; label b: one edge is one cluster
    texts = ["dog cat fence", "dog bird tree", "lake boat"]
    turns = [{"turns": [(0, text, unit(1, row))], "group": ""} for row, text in enumerate(texts)]
    labels: Labels = {0: [("a",)], 1: [("a",)], 2: [("b",)]}
    summary = Instructions(budget=2).combine(measured(*turns), Context(labels={"tasks": labels}))
    assert value(summary, "instruction clusters", "original") == pytest.approx(1.5)
    assert figure(summary, "degenerate labels", "sound").reason == "no label has 50 words", (
        "a small label is one by right"
    )


def test_a_label_of_many_words_is_degenerate_where_one_cluster_holds_over_half_of_them() -> None:
    chain = [f"w{place} w{place + 1} w{place + 2}" for place in range(60)]  # triangles that share edges
    alone = [f"a{place} b{place}" for place in range(30)]  # pairs that share nothing
    turns = [{"turns": [(0, text, unit(1, 0))], "group": ""} for text in (*chain, *alone)]
    labels: Labels = {row: [("a" if row < 60 else "b",)] for row in range(90)}
    summary = Instructions(budget=2).combine(measured(*turns), Context(labels={"tasks": labels}))
    assert value(summary, "degenerate labels", "sound") == 0.5


def test_twenty_templates_of_one_task_are_more_varied_than_twenty_tasks_of_one_template() -> None:
    directions = np.eye(20)
    turns = [{"turns": [(0, "word", unit(*directions[row % 20]))], "group": f"{row}.jpg"} for row in range(200)]
    one_task: Labels = {row: [("a",)] for row in range(200)}
    twenty: Labels = {row: [(f"task {row % 20}",)] for row in range(200)}
    values = [
        value(Instructions().combine(measured(*turns), context_of(labels)), "instructions within a task",
              "sound")
        for labels in (one_task, twenty)
    ]  # fmt: skip
    # of the 199 others 9 are the same instruction; in twenty tasks all of a task are
    assert values == pytest.approx([199 / 9, 1])


def test_an_instruction_lies_in_the_cluster_of_its_words() -> None:
    texts = ["dog cat fence", "dog cat bird", "lake boat", "lake", "lake boat tree"]
    turns = [{"turns": [(0, text, unit(1, row))], "group": ""} for row, text in enumerate(texts)]
    labels: Labels = {row: [("a",)] for row in range(4)} | {4: [("b",)]}
    summary = Instructions(budget=2).combine(measured(*turns), Context(labels={"tasks": labels})).labels
    assert summary[0] == summary[1] != summary[2]  # the first two share an edge, so a triangle links them
    assert 3 not in summary, "one word is no edge"
    assert summary[4] == [("b 1",)]


def _responses_of(directions: Sequence[tuple[float, ...]]) -> list[Measurement]:
    return measured(*[{"turns": [(0, unit(*direction))], "group": ""} for direction in directions])


def test_the_logarithm_of_the_number_of_response_clusters() -> None:
    three = [(1, 0, 0, step / 1000) for step in range(6)]
    three += [(0, 1, 0, step / 1000) for step in range(6)] + [(0, 0, 1, step / 1000) for step in range(6)]
    alone = [(-1, -1, 0, 0), (0, -1, -1, 0)]
    summary = Responses(budget=5).combine(_responses_of([*three, *alone]))
    assert value(summary, "response clusters", "original") == pytest.approx(math.log(3))
    assert value(summary, "responses in no cluster", "sound") == pytest.approx(2 / 20)
    assert [turns[0] for _, turns in sorted(summary.labels.items())] == [
        *[("0",)] * 6, *[("1",)] * 6, *[("2",)] * 6, (), (),
    ]  # fmt: skip


def test_a_response_in_no_cluster_is_a_group_of_its_own_and_one_that_comes_again_is_not() -> None:
    often, thrice, once = [(1, 0, 0, 0)] * 15, [(0, 1, 0, 0)] * 3, [(0, 0, 1, 0), (0, 0, 0, 1)]
    summary = Responses(budget=20).combine(_responses_of([*often, *thrice, *once]))
    assert value(summary, "response clusters", "sound") == pytest.approx(math.log(1 + 1 + 2))


def test_no_cluster_has_no_logarithm_and_says_so() -> None:
    summary = Responses(budget=2).combine(_responses_of([(1, 0), (0, 1), (-1, 0)]))
    original = figure(summary, "response clusters", "original")
    assert original.value is None
    assert "no logarithm of 0" in original.reason


def test_equal_responses_are_counted_once_where_texts_are_what_counts() -> None:
    summary = Responses(budget=4).combine(_responses_of([(1, 0)] * 3 + [(0, 1)]))
    assert value(summary, "different responses", "sound") == pytest.approx(2 / 4)


def test_the_threshold_belongs_to_the_encoder_whatever_the_data_are() -> None:
    lines = [
        line.split(" | ")
        for line in resources.files("vlitqa.metrics").joinpath("wordings.txt").read_text().splitlines()
    ]
    assert len(lines) == 40
    angle = {text: place for line in lines for text, place in zip(line, (0.0, 0.5, 1.0), strict=True)}

    class Angles:
        def encode(self, texts: Sequence[str]) -> Any:
            return np.array([(math.cos(angle[text]), math.sin(angle[text])) for text in texts], np.float32)

    class Tools:
        sentences = Angles()

    # wordings are at cos 0.5 = 0.878, half of the other statements at cos 0.5 too, the others at cos 1 = 0.540
    fit = Responses().fit([], Tools())  # type: ignore[arg-type]
    assert fit == {"cosine": 0.55}, (
        "the lowest cosine at which only the half that is as near as a wording is taken for one"
    )
    assert Responses(cosine=0.8).fit([], Tools()) == {"cosine": 0.8}  # type: ignore[arg-type]
