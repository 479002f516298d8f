"""Matching degree: how near a response is to its image in the space of an image-text encoder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.arrays import Vectors
from vlitqa.algorithms.packed_vectors import pack_vector
from vlitqa.algorithms.sentences import split_sentences
from vlitqa.contracts import ALONE, Card, Context, FigureName, Principle
from vlitqa.contracts.tools import Matcher, Tools
from vlitqa.metrics.grouped_turns import group_of, turns_of, with_mean
from vlitqa.metrics.opened_images import open_images
from vlitqa.metrics.other_images import wins_over_other_images
from vlitqa.records import Record, Turn
from vlitqa.results import Figure, Measurement, Status, Summary, unmeasured
from vlitqa.results.evidence import TypedEvidence

_SHORT = 3
"""Words under which a response, such as `Yes`, says nothing that could be seen."""


class MatchedPair(TypedEvidence, frozen=True, kw_only=True):
    """A response beside one of its images."""

    turn: int
    whole: float
    """The cosine of the response, as far as the encoder reads it."""
    mean: float
    """The mean cosine of its sentences."""
    least: float
    """The cosine of its worst sentence."""
    seen: float
    """The share of its tokens that the encoder reads."""
    short: bool
    image: str
    """The packed vector of the image."""
    text: str
    """The packed mean vector of the sentences."""


class MatchingEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The responses of a record, each beside each of its images."""

    pairs: Sequence[MatchedPair]
    group: str


@dataclass(frozen=True)
class Matching:
    """Match of a response to its image: the cosine of their vectors in the space of an image-text encoder.

    Measures: 100 times the cosine of image and response; in a record, the mean over its responses and their images.
    Reads: images, and responses through the text half of the encoder.
    Range: -100 to 100, more is better; values of different encoders must not be compared.
    Caveats: `original` reads as much of a response as the encoder does (about the first 75 tokens). `sound` reads it
    sentence by sentence, gives the mean and the worst, and leaves out responses of one or two words, because they
    describe nothing visible. Cosines depend on the encoder and on style, so `above other images` compares within the
    dataset: how often a response is nearer to its own image than to another's (0.5: chance).
    Source: the review, section 4.2.3; CLIPScore (Hessel et al. 2021) on what its cosines mean.
    """

    card: ClassVar[Card] = Card(
        name="matching",
        version=1,
        headline=FigureName("matching degree", "sound"),
        principle=Principle.CORRECTNESS,
        beside=True,
        sentence="In the space of the encoder, the cosine of a response and its image is {value} hundredths.",
        symbol="MD",
        tiles=(FigureName("above other images", "sound"),),
        follows_length=(FigureName("worst sentence", "sound"), FigureName("share of text that is read", "sound")),
        shares={
            "share of text that is read": "of a response is read, in the mean",
            "above other images": "of comparisons with another image are won; 50 % is chance",
        },
        counts="100 × cosine of image and response",
        lowest=-100.0,
        highest=100.0,
        packages=("pillow",),
        tools=("matcher",),
    )
    evidence: ClassVar[type[TypedEvidence]] = MatchingEvidence
    seed: int = 0

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Compares each response with its images."""
        return [self._measure(record, tools) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the means over responses and their images."""
        pairs = turns_of(measurements, MatchingEvidence, lambda evidence: evidence.pairs)
        long = pairs.where(lambda pair: not pair.short)
        short = len(pairs.turns) - len(long.turns)
        why = "there are no responses of several words to images that can be opened"
        whole = Figure.without("matching degree", "original", why, direction="up", left_out=pairs.left_out)
        mean = replace(
            whole, variant="sound", left_out={**pairs.left_out, **({"short responses": short} if short else {})}
        )
        least = replace(mean, name="worst sentence")
        seen = replace(whole, name="share of text that is read", variant="sound")
        above = replace(mean, name="above other images")
        return Summary(
            (
                with_mean(whole, pairs.values(lambda pair: 100 * pair.whole), self.seed),
                with_mean(mean, long.values(lambda pair: 100 * pair.mean), self.seed),
                with_mean(least, long.values(lambda pair: 100 * pair.least), self.seed),
                with_mean(seen, pairs.values(lambda pair: pair.seen), self.seed),
                with_mean(above, wins_over_other_images(long, self.seed), self.seed),
            )
        )

    def _measure(self, record: Record, tools: Tools) -> Measurement:
        responses = [
            (place, turn.response, images)
            for place, turn in enumerate(record.turns)
            if turn.response and turn.response.strip() and (images := _shown(turn, record))
        ]
        if not record.images:
            return unmeasured(record, Status.NOT_APPLICABLE, "the record has no image")
        if not responses:
            return unmeasured(record, Status.EMPTY_TEXT, "the record has no response to an image")
        opened = open_images(record, tools)
        if not opened.pictures:
            return opened.measurement_of_none(record)
        vectors = opened.encode(tools)
        pairs = [
            pair
            for place, text, images in responses
            for pair in _pairs(place, text, [vectors[image] for image in images if image in vectors], tools.matcher)
        ]
        if not pairs:
            return unmeasured(
                record, Status.BAD_IMAGE, f"the images of its responses cannot be opened ({opened.fault})"
            )
        degree = 100 * sum(pair.whole for pair in pairs) / len(pairs)
        evidence = msgspec.to_builtins(MatchingEvidence(pairs=pairs, group=group_of(record)))
        return Measurement(degree, Status.OK, "", evidence, record.place, record.id)


def _shown(turn: Turn, record: Record) -> tuple[int, ...]:
    """The images that a response is about: those of its turn, or all where no turn shows any of its own."""
    images = turn.instruction_images + turn.response_images
    elsewhere = any(other.instruction_images or other.response_images for other in record.turns)
    return images or (() if elsewhere and len(record.images) > 1 else tuple(range(len(record.images))))


def _pairs(turn: int, text: str, images: Sequence[Vectors], matcher: Matcher) -> list[MatchedPair]:
    """The evidence of a response beside each of its images."""
    sentences = list(split_sentences(text))
    whole, *parts = matcher.texts([text, *sentences])
    length, *lengths = matcher.lengths([text, *sentences])
    weights = np.minimum(lengths, matcher.max_tokens).astype(np.float64)
    middle = np.average(np.stack(parts), axis=0, weights=np.maximum(weights, 1))
    middle = (middle / max(float(np.linalg.norm(middle)), 1e-12)).astype(np.float32)
    pairs = []
    for image in images:
        cosines = [float(part @ image) for part in parts]
        pairs.append(
            MatchedPair(
                turn=turn,
                whole=float(whole @ image),
                mean=sum(cosines) / len(cosines),
                least=min(cosines),
                seen=min(1.0, matcher.max_tokens / max(length, 1)),
                short=len(text.split()) < _SHORT,
                image=pack_vector(image),
                text=pack_vector(middle),
            )
        )
    return pairs
