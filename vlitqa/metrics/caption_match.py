"""Match of an image and its caption, for datasets that say what their images show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec

from vlitqa.algorithms.packed_vectors import pack_vector
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import group_of, turns_of, with_mean
from vlitqa.metrics.opened_images import open_images
from vlitqa.metrics.other_images import wins_over_other_images
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, unmeasured
from vlitqa.results.evidence import EvidenceRow, TypedEvidence


class CaptionedImage(EvidenceRow, frozen=True):
    """An image beside its caption."""

    cosine: float
    image: str
    """The packed vector of the image."""
    text: str
    """That of the caption."""


class CaptionMatchEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The images of a record that have a caption and can be opened."""

    images: Sequence[CaptionedImage]
    group: str


@dataclass(frozen=True)
class CaptionMatch:
    """Match of an image and the caption that the dataset has for it, from which its texts may have been written.

    Measures: 100 times the cosine of image and caption; in a record the least, in the dataset the mean over captions.
    Reads: images, and their captions: TextBind's `caption_list`, or the row's own annotation where it has one image.
    Range: -100 to 100, more is better; values of different encoders must not be compared.
    Caveats: an encoder reads about the first 75 tokens of a caption. TextBind keeps images of 30 and more;
    `captions of 30 or more` counts them, and means what it meant there only with CLIP ViT-B/16, its encoder. `above
    other images` compares within the dataset: how often a caption is nearer to its own image than to another's (0.5:
    chance). Whether the texts of a dataset keep to its captions is not measured.
    Source: TextBind, section 3.2, the filter of image-caption pairs.
    """

    card: ClassVar[Card] = Card(
        name="caption_match",
        version=1,
        headline=FigureName("image-caption match", "original"),
        shares={
            "captions of 30 or more": "of captions have a cosine of 0.30 or more with their image, as TextBind asks",
            "above other images": "of comparisons with another image are won; 50 % is chance",
        },
        counts="100 × the least cosine of an image and its caption",
        lowest=-100.0,
        highest=100.0,
        packages=("pillow",),
        tools=("matcher",),
    )
    evidence: ClassVar[type[TypedEvidence]] = CaptionMatchEvidence
    seed: int = 0

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Compares each image with its caption."""
        return [_measured(record, tools) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the means over captions."""
        pairs = turns_of(measurements, CaptionMatchEvidence, lambda evidence: evidence.images)
        blank = Figure.without(
            "image-caption match",
            "original",
            pairs.why_none("no caption was read"),
            direction="up",
            left_out=pairs.left_out,
        )
        kept = replace(blank, name="captions of 30 or more")
        alone = "there is no other image" if pairs.turns else blank.reason
        above = replace(blank, name="above other images", variant="sound", reason=alone)
        return Summary(
            (
                with_mean(blank, pairs.values(lambda pair: 100 * pair.cosine), self.seed),
                with_mean(kept, pairs.values(lambda pair: float(pair.cosine >= _KEPT)), self.seed),
                with_mean(above, wins_over_other_images(pairs, self.seed), self.seed),
            )
        )


_KEPT = 0.3
"""The cosine from which on TextBind keeps an image."""


def _captions_of(record: Record) -> Mapping[int, str]:
    """The captions of the images, by their position."""
    captions = {position: ref.caption for position, ref in enumerate(record.images) if ref.caption.strip()}
    if not captions and len(record.images) == 1 and record.annotation and record.annotation.strip():
        return {0: record.annotation}
    return captions


def _measured(record: Record, tools: Tools) -> Measurement:
    captions = _captions_of(record)
    if not captions:
        return unmeasured(record, Status.NOT_APPLICABLE, "no image has a caption")
    opened = open_images(record, tools, captions)
    if not opened.pictures:
        return opened.measurement_of_none(record)
    vectors = opened.encode(tools)
    texts = tools.matcher.texts([captions[position] for position in vectors])
    images = [
        CaptionedImage(float(image @ text), pack_vector(image), pack_vector(text))
        for image, text in zip(vectors.values(), texts, strict=True)
    ]
    evidence = msgspec.to_builtins(CaptionMatchEvidence(images=images, group=group_of(record)))
    least = 100 * min(image.cosine for image in images)
    return Measurement(least, Status.OK, "", evidence, record.place, record.id)
