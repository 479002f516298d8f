"""Judges and encoders whose answers a test has thought of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vlitqa.contracts import Metric
from vlitqa.contracts.tools import JudgeQuestion, Picture, Tools, Vectors, Verdict
from vlitqa.records import ImageRef, Record
from vlitqa.results import Figure, Measurement, Summary

PIXELS = np.zeros((2, 2, 3), np.uint8)
PICTURE = Picture(width=2, height=2, format="PNG", frames=1, digest="0" * 16, pixels=PIXELS)


@dataclass
class Given:
    """Tools whose answers a test has thought of."""

    answer: Callable[[JudgeQuestion], Verdict] = lambda _: Verdict("correct")
    vectors: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    max_tokens: int = 4
    asked: list[JudgeQuestion] = field(default_factory=list)

    def look(self, ref: ImageRef, _side: int) -> Picture:
        return replace(PICTURE, digest=ref.name)

    def ask(self, questions: Sequence[JudgeQuestion]) -> list[Verdict]:
        self.asked += questions
        return [self.answer(question) for question in questions]

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        return np.array([self.vectors[picture.digest] for picture in pictures], np.float32)

    def texts(self, texts: Sequence[str]) -> Vectors:
        return np.array([self.vectors[text] for text in texts], np.float32)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


class Box:
    """The given tools in the places where metrics look for them."""

    def __init__(self, given: Given) -> None:
        self.judge = self.critic = self.matcher = given
        self.images = given


def measured(metric: Metric, records: Sequence[Record], given: Given) -> list[Measurement]:
    tools: Tools = Box(given)  # type: ignore[assignment]  # the other tools are not asked
    return list(metric.measure(records, tools))


def figure(summary: Summary, name: str, variant: str = "sound") -> Figure:
    return next(shown for shown in summary.figures if (shown.name, shown.variant) == (name, variant))
