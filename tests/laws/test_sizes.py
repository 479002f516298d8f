"""The promise of `sound`: 1,000 and 20,000 records of one source have the same figures."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest

from tests.given.open_tools import opened_with_models
from vlitqa.catalogue import METRICS, card_of, load_metric
from vlitqa.contracts import Context, FittedMetric
from vlitqa.contracts.tools import JudgeQuestion, Picture, Tools, Vectors, Verdict
from vlitqa.errors import ImageFault
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import Figure, Measurement, Summary

SEEING_METRICS = [
    name for name in METRICS
    if (card := card_of(name)) and ({"judge", "critic", "matcher"} & set(card.tools) or name == "integrity")
]  # fmt: skip
"""Those that open an image or ask a judge on every row."""
TEXT_METRICS = [name for name in METRICS if name not in SEEING_METRICS]
SIZES = ((1, 1_000), (2, 20_000))
"""Seeds and numbers of records."""
NOUNS = [
    *("dog", "cat", "horse", "car", "bus", "train", "tree", "flower", "house", "bridge", "boat", "child", "player"),
    *("guitar", "table", "chair", "lamp", "window", "cake", "bottle", "phone", "clock", "umbrella", "sheep", "tower"),
]
ASKED = [
    *("What colour is the {}?", "How many {}s are there?", "Where is the {}?", "Describe the {}.", "Is there a {}?"),
    *("Why is the {} there?", "What is the {} made of?", "Compare the {} with what stands beside it.", "Name the {}."),
    *("Write a story about the {}.", "Explain how a {} works.", "What happens to the {} next?", "Count the {}s."),
    *("Read the sign on the {}.", "Identify the kind of {}.", "How large is the {}?", "List what is near the {}."),
]
ANSWERED = [
    *("The {} is red.", "There are two {}s in the picture.", "The {} is on the left side.", "No, I cannot see a {}."),
    *("It is an old {} that nobody has used for years.", "Beside the {} stands a man with a hat.", "Yes, a small {}."),
    *("The {} will soon be gone.", "A {} like this one is made of wood and of iron.", "The {} is larger than a man."),
]


WISHES = [
    " Please answer in one short sentence.",
    " Say no more than you can see in the picture.",
    " Be brief, please.",
]


def draw(dice: random.Random, things: list[str]) -> str:
    """One of several things, of which few are frequent."""
    return things[min(int(dice.paretovariate(0.9)) - 1, len(things) - 1)]


def records_of(seed: int, count: int) -> list[Record]:
    """Conversations of one to three turns, each about one thing."""
    dice = random.Random(seed)
    records = []
    for row in range(count):
        noun = draw(dice, NOUNS)
        turns = [
            Turn(
                draw(dice, ASKED).format(noun) + draw(dice, WISHES),
                draw(dice, ANSWERED).format(noun),
                (0,) if turn == 0 else (),
            )
            for turn in range(dice.randint(1, 3))
        ]
        image = ImageRef(f"{seed} {row}.png", caption=f"a {noun}, {row} of {seed}")
        records.append(Record(tuple(turns), (image,), str(row), place=Place(row, row + 1)))
    return records


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    with opened_with_models(tmp_path_factory.mktemp("models")) as tools:
        yield tools


class DrawnTools:
    """Images, an image-text encoder and judges that answer by chance, the same way for the same question."""

    max_tokens = 8

    def __init__(self) -> None:
        self.images = self.judge = self.critic = self
        self.matcher = _DrawnMatcher()
        self._pixels = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)

    def look(self, ref: ImageRef, _side: int) -> Picture:
        if _chance(ref.name) < 0.03:
            raise ImageFault("image_missing", "it is not there")
        return Picture(width=48, height=48, format="PNG", frames=1, digest=ref.name, pixels=self._pixels)

    def ask(self, questions: Sequence[JudgeQuestion]) -> list[Verdict]:
        return [self._answer(question) for question in questions]

    def _answer(self, question: JudgeQuestion) -> Verdict:
        opinion = _chance(question.sample) * 0.7 + _chance(f"{question.vote} {question.sample}") * 0.3
        chosen = question.answers[min(int(opinion**2 * len(question.answers)), len(question.answers) - 1)]
        rest = 0.4 / (len(question.answers) - 1)
        return Verdict(chosen, probabilities={answer: 0.6 if answer == chosen else rest for answer in question.answers})


class _DrawnMatcher:
    """Vectors around one of five directions, texts near their image more often than not."""

    max_tokens = 8

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        return _directions([picture.digest for picture in pictures])

    def texts(self, texts: Sequence[str]) -> Vectors:
        return _directions(texts)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def _chance(text: str) -> float:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest()) / 2**32


def _directions(texts: Sequence[str]) -> Vectors:
    raw = np.array([[_chance(f"{axis} {text}") - 0.5 for axis in range(12)] for text in texts])
    raw[:, 0] += 1
    raw[np.arange(len(raw)), [1 + int(5 * _chance(text)) for text in texts]] += 1
    return (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)


def scored(names: Sequence[str], records: list[Record], tools: Tools) -> Mapping[tuple[str, str], Figure]:
    """The figures in `sound` of records that are scored alone, but for those that are said to follow the size."""
    read: dict[str, Summary] = {}
    figures = {}
    for name in sorted(names, key=lambda name: name != "tasks"):
        metric = load_metric(name)
        measurements: list[Measurement] = []
        for start in range(0, len(records), 1_000):
            measurements += metric.measure(records[start : start + 1_000], tools)
        fit = metric.fit(measurements, tools) if isinstance(metric, FittedMetric) else {}
        labels, tags = (
            {other: getattr(read[other], what) for other in metric.card.all_read} for what in ("labels", "tags")
        )
        summary = metric.combine(measurements, Context(fit, labels, tags))
        read[name] = summary
        follows_size = {(shown.name, shown.variant) for shown in metric.card.follows_size}
        for figure in summary.figures:
            if figure.variant == "sound" and (figure.name, "sound") not in follows_size:
                figures[name, figure.name] = figure
    return figures


def differ(one: Figure, other: Figure) -> bool:
    """True if two figures lie further apart than a twentieth, and than their intervals explain in 99.6 of 100 cases."""
    if one.value is None or other.value is None:
        return one.value is not other.value
    halves = [(high - low) / 2 for low, high in (figure.interval or (0.0, 0.0) for figure in (one, other))]
    apart = abs(one.value - other.value)
    return apart > 0.05 * max(abs(one.value), abs(other.value)) and apart > 1.5 * math.hypot(*halves)


@pytest.mark.model
@pytest.mark.slow
def test_a_sample_of_1_000_records_has_the_figures_of_one_of_20_000(tools: Tools) -> None:
    small, large = (scored(TEXT_METRICS, records_of(seed, count), tools) for seed, count in SIZES)
    assert small.keys() == large.keys()
    assert {("tasks", "task labels"), ("balance", "pairs of one task"), ("responses", "response clusters")} <= set(
        small
    )
    wrong = {name: (small[name], large[name]) for name in small if differ(small[name], large[name])}
    assert not wrong, wrong


@pytest.mark.slow
def test_so_has_one_of_which_every_image_is_seen_and_every_answer_judged() -> None:
    tools: Tools = DrawnTools()  # type: ignore[assignment]  # no other tool is asked
    small, large = (scored(SEEING_METRICS, records_of(seed, count), tools) for seed, count in SIZES)
    assert {metric for metric, _ in small} == set(SEEING_METRICS)
    assert {metric for (metric, _), figure in small.items() if figure.value is not None} == set(SEEING_METRICS)
    wrong = {name: (small[name], large[name]) for name in small if differ(small[name], large[name])}
    assert not wrong, wrong
