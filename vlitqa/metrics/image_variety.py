"""Variety of the images: how many entirely different ones they are worth, and their topics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
import numpy as np

from vlitqa.algorithms.k_means import k_means
from vlitqa.algorithms.packed_vectors import pack_vector, unpack_vectors
from vlitqa.algorithms.resampling import Grouping
from vlitqa.contracts import ALONE, Card, Context, FigureName
from vlitqa.contracts.tools import Tools
from vlitqa.metrics.grouped_turns import GroupedTurns, group_of, turns_of
from vlitqa.metrics.opened_images import open_images
from vlitqa.metrics.parameters import check_parameters
from vlitqa.metrics.task_vectors import TaskVectors
from vlitqa.records import Record
from vlitqa.results import Figure, Measurement, Status, Summary, unmeasured
from vlitqa.results.evidence import EvidenceRow, TypedEvidence


class EncodedImage(EvidenceRow, frozen=True):
    """An image, by the digest of its file."""

    digest: str
    vector: str
    """Packed."""


class ImageVarietyEvidence(TypedEvidence, frozen=True, kw_only=True):
    """The images of a record that can be opened."""

    images: Sequence[EncodedImage]
    group: str


@dataclass(frozen=True)
class ImageVariety:
    """Variety of the images: the number of entirely different ones that would be as varied, and their topics.

    Measures: in a record, the number of its different images; in the dataset, the Vendi score of 300 different images,
    and the number of topics that k-means finds.
    Reads: images, through the image half of the encoder. Records that share an image count it once.
    Range: 1 and up, more is more varied; values of different encoders must not be compared.
    Caveats: image encoders put all photographs near each other, so that the Vendi score is far below the number of
    images. `image topics` follows TextBind, which takes the clusters of 4,096 that hold at least 32 images for topics:
    it needs at least 4,096 images, and changes with their number and with the seed from which k-means begins.
    `--set image_variety.clusters=64` takes fewer.
    Source: TextBind, section 3.2 and Figure 2; the Vendi score (Friedman & Dieng 2023).
    """

    card: ClassVar[Card] = Card(
        name="image_variety",
        version=1,
        headline=FigureName("Vendi score of images", "sound"),
        follows_size=(FigureName("image topics", "original"),),
        counts="different images",
        better="none",
        packages=("pillow",),
        tools=("matcher",),
    )
    evidence: ClassVar[type[TypedEvidence]] = ImageVarietyEvidence
    clusters: int = 4_096
    least: int = 32
    """Images that make a cluster a topic."""
    budget: int = 300
    """Images that `sound` draws."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self, counts=("clusters", "least", "budget"))

    def measure(self, records: Sequence[Record], tools: Tools) -> Sequence[Measurement]:
        """Encodes the images."""
        return [_measured(record, tools) for record in records]

    def combine(self, measurements: Iterable[Measurement], _context: Context = ALONE) -> Summary:
        """Takes the Vendi score of a draw of images, and counts their topics."""
        shown = turns_of(measurements, ImageVarietyEvidence, lambda evidence: evidence.images)
        images = _different(shown)
        score = Figure(
            "Vendi score of images", "sound", None, direction="up", measured=len(images), left_out=shown.left_out
        )
        if len(images):
            score = images.at_equal_size(
                score, images.vendi_score, budget=self.budget, texts="different images", seed=self.seed
            )
        else:
            score = replace(score, reason=shown.why_none("no image was encoded"))
        return Summary((self._topics(images, replace(score, name="image topics", variant="original")), score))

    def _topics(self, images: TaskVectors, blank: Figure) -> Figure:
        figure = replace(blank, value=None, interval=None, unit=f"of {self.clusters:,} clusters")
        if not len(images):
            return figure
        if len(images) < self.clusters:
            reason = f"{len(images):,} different images make no {self.clusters:,} clusters"
            return replace(figure, reason=reason, unit="")
        sizes = np.bincount(k_means(images.vectors, self.clusters, self.seed), minlength=self.clusters)
        return replace(figure, value=float((sizes >= self.least).sum()), reason="")


def _different(shown: GroupedTurns[EncodedImage]) -> TaskVectors:
    """Every different image once, in the first record that shows it."""
    first: dict[str, int] = {}
    for place, image in enumerate(shown.turns):
        first.setdefault(image.digest, place)
    places = np.array(list(first.values()), np.int64)
    whole = shown.grouping()
    vectors = unpack_vectors([shown.turns[place].vector for place in places.tolist()])
    return TaskVectors(vectors, Grouping(whole.records[places], whole.images[places]), None)


def _measured(record: Record, tools: Tools) -> Measurement:
    if not record.images:
        return unmeasured(record, Status.NOT_APPLICABLE, "the record has no image")
    opened = open_images(record, tools)
    if not opened.pictures:
        return opened.measurement_of_none(record)
    vectors = opened.encode(tools)
    images = [EncodedImage(picture.digest, pack_vector(vectors[place])) for place, picture in opened.pictures.items()]
    evidence = msgspec.to_builtins(ImageVarietyEvidence(images=images, group=group_of(record)))
    different = len({image.digest for image in images})
    return Measurement(float(different), Status.OK, "", evidence, record.place, record.id)
