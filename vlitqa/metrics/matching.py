"""Whether what a response says belongs to the image that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from vlitqa.algorithms.sentences import split_sentences
from vlitqa.contracts import ALONE, Card, Context
from vlitqa.contracts.tools import Matcher, Picture, Tools
from vlitqa.errors import ImageFault
from vlitqa.metrics.evidence import Vectors, group_of, mean_figure, packed, turns_of, unpacked
from vlitqa.records import Record, Turn
from vlitqa.results import Figure, Measurement, Status, Summary, unmeasured

_SIDE = 448
"""Pixels of the shorter edge: more than any encoder of images reads."""
_SHORT = 3
"""Words under which a response, such as `Yes`, says nothing that could be seen."""
_OTHERS = 20
"""Other images that each response is compared with."""


@dataclass(frozen=True)
class Matching:
    """Whether a response belongs to its image: how near their vectors are in the space of an image-text encoder.

    Measures: 100 times the cosine of image and response; in a record, the mean over its responses and their images.
    Reads: images, and responses through the text half of the encoder.
    Range: -100 to 100, more is better; the review keeps values of different encoders apart, and so must you.
    Caveats: `original` reads as much of a response as the encoder does (its first 75 tokens or so). `sound` reads it
    sentence by sentence and gives the mean and the worst; responses of one or two words say nothing to see and are left
    out there. Cosines depend on the encoder and on style, so `above other images` compares with the same dataset:
    how often a response is nearer to its own image than to another's (0.5: no better than chance).
    Source: the review, section 4.2.3; CLIPScore (Hessel et al. 2021) on what its cosines mean.
    """

    card: ClassVar[Card] = Card(
        name="matching", version=1, lowest=-100.0, highest=100.0, packages=("pillow",), tools=("matcher",)
    )
    seed: int = 0

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        return [self._measure(record, tools) for record in records]

    def combine(self, measurements: Iterable[Measurement], context: Context = ALONE) -> Summary:
        turns = turns_of(measurements, "pairs")
        every = list(zip(turns.kept, turns.groups, strict=True))
        long = [(pair, group) for pair, group in every if not pair["short"]]
        short = {"short responses": len(every) - len(long)} if len(long) < len(every) else {}
        why = "there are no responses of several words to images that can be opened"
        blank = Figure("matching degree", "original", None, direction="up", left_out=turns.left_out, reason=why)
        sound = replace(blank, variant="sound", left_out={**turns.left_out, **short})
        return Summary(
            (
                mean_figure(blank, [(100 * pair["whole"], group) for pair, group in every], self.seed),
                mean_figure(sound, [(100 * pair["mean"], group) for pair, group in long], self.seed),
                mean_figure(
                    replace(sound, name="worst sentence"),
                    [(100 * pair["least"], group) for pair, group in long],
                    self.seed,
                ),
                mean_figure(
                    replace(blank, name="share of text that is read", variant="sound"),
                    [(pair["seen"], group) for pair, group in every],
                    self.seed,
                ),
                mean_figure(replace(sound, name="above other images"), _wins(long, self.seed), self.seed),
            )
        )

    def _measure(self, record: Record, tools: Tools) -> Measurement:
        wanted = [
            (at, turn.response, shown)
            for at, turn in enumerate(record.turns)
            if turn.response and turn.response.strip() and (shown := _shown(turn, record))
        ]
        if not record.images:
            return _none(record, Status.NOT_APPLICABLE, "the record has no image")
        if not wanted:
            return _none(record, Status.EMPTY_TEXT, "the record has no response to an image")
        pictures, fault = _pictures(record, tools)
        if not pictures:
            status = Status.MISSING_IMAGE if fault == "image_missing" else Status.BAD_IMAGE
            return _none(record, status, f"no image can be opened ({fault})")
        vectors = dict(zip(pictures, tools.matcher.images(list(pictures.values())), strict=True))
        pairs = [
            pair
            for at, response, shown in wanted
            for pair in _pairs(at, response, [vectors[image] for image in shown if image in vectors], tools.matcher)
        ]
        if not pairs:
            return _none(record, Status.BAD_IMAGE, f"the images of its responses cannot be opened ({fault})")
        value = 100 * sum(pair["whole"] for pair in pairs) / len(pairs)
        evidence = {"pairs": pairs, "group": group_of(record)}
        return Measurement(value, Status.OK, "", evidence, record.place, record.id)


def _wins(pairs: Sequence[tuple[dict[str, Any], str]], seed: int) -> list[tuple[float, str]]:
    """For each pair how often its response is nearer to its own image than to one of another group."""
    names = [name for _, name in pairs]
    if len(set(names)) < 2:
        return []
    images, texts = unpacked([pair["image"] for pair, _ in pairs]), unpacked([pair["text"] for pair, _ in pairs])
    group = np.unique(names, return_inverse=True)[1]
    own = (images * texts).sum(axis=1)
    generator = np.random.default_rng(seed)
    won, met = np.zeros(len(pairs)), np.zeros(len(pairs))
    for _ in range(_OTHERS):
        other = generator.permutation(len(pairs))
        apart = group[other] != group
        there = (images[other] * texts).sum(axis=1)
        won += apart * ((own > there) + 0.5 * (own == there))
        met += apart
    shares = won[met > 0] / met[met > 0]
    return [(float(share), names[at]) for share, at in zip(shares, np.flatnonzero(met), strict=True)]


def _shown(turn: Turn, record: Record) -> tuple[int, ...]:
    """The images that a response is about: those of its turn, or all where no turn shows any of its own."""
    own = turn.instruction_images + turn.response_images
    elsewhere = any(each.instruction_images or each.response_images for each in record.turns)
    return own or (() if elsewhere and len(record.images) > 1 else tuple(range(len(record.images))))


def _pictures(record: Record, tools: Tools) -> tuple[dict[int, Picture], str]:
    """The images that can be opened, by position, and what is wrong with the last of the others."""
    pictures: dict[int, Picture] = {}
    fault = ""
    for position, ref in enumerate(record.images):
        try:
            pictures[position] = tools.images.look(ref, _SIDE)
        except ImageFault as found:
            fault = found.code
    return pictures, fault


def _pairs(turn: int, text: str, images: Sequence[Vectors], matcher: Matcher) -> list[dict[str, Any]]:
    """What is kept of a response and each of its images."""
    chunks = list(split_sentences(text))
    whole, *parts = matcher.texts([text, *chunks])
    (length, *lengths) = matcher.lengths([text, *chunks])
    weights = np.minimum(lengths, matcher.max_tokens).astype(np.float64)
    middle = np.average(np.stack(parts), axis=0, weights=np.maximum(weights, 1))
    middle = (middle / max(float(np.linalg.norm(middle)), 1e-12)).astype(np.float32)
    found = []
    for image in images:
        cosines = [float(part @ image) for part in parts]
        found.append(
            {
                "turn": turn,
                "whole": float(whole @ image),
                "mean": sum(cosines) / len(cosines),
                "least": min(cosines),
                "seen": min(1.0, matcher.max_tokens / max(length, 1)),
                "short": len(text.split()) < _SHORT,
                "image": packed(image),
                "text": packed(middle),
            }
        )
    return found


def _none(record: Record, status: Status, reason: str) -> Measurement:
    return unmeasured(record, status, reason)
