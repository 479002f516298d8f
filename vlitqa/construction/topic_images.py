"""The images of dialogues: those whose caption fits them, sorted into topics by what they look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vlitqa.algorithms.arrays import Vectors
from vlitqa.annotated_images.image import AnnotatedImage, AnnotatedImages
from vlitqa.backends.profiles import choose_tools, read_profile
from vlitqa.backends.toolbox import Toolbox, image_roots_of
from vlitqa.construction.pair_filter import filter_pairs
from vlitqa.construction.recipe import Recipe
from vlitqa.construction.topics import PICTURES_DRAWN, Topics, find_topics
from vlitqa.contracts.tools import Picture
from vlitqa.errors import DatasetError, ImageFault, ToolMissing, UsageError
from vlitqa.records import ImageRef

_SIDE = 448
"""Pixels of the shorter edge: more than any encoder of images reads."""
_BATCH = 64
_IMAGES_OF_TOPIC = 24
"""Images of which one topic is made, unless the recipe says how many topics."""

_Look = Callable[[ImageRef, int], Picture]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicImages:
    """Images in topics, and those that were left out."""

    images: Sequence[AnnotatedImage]
    topics: Topics
    unopened: int
    """Images whose file is missing or broken."""
    unfitting: int
    """Images whose caption does not fit them."""
    threshold: float | None
    """The least matching degree; None where nothing was filtered."""


def captioned_images(annotated: AnnotatedImages) -> Sequence[AnnotatedImage]:
    """The images with a caption; raises UsageError where hardly any has one."""
    captioned = [image for image in annotated.images if image.captions and image.captions[0].text.strip()]
    if len(captioned) < max(PICTURES_DRAWN):
        raise UsageError("Dialogues need images with captions.", repair="Name a file of captions in the recipe.")
    return captioned


def sort_into_topics(images: Sequence[AnnotatedImage], recipe: Recipe, folder: Path) -> TopicImages:
    """Encodes images and captions, leaves out pairs that do not fit, and clusters the others."""
    options = recipe.textbind
    opened, vectors, captions = _encode(images, folder)
    pairs = filter_pairs(vectors, captions, options.matching)
    kept = np.flatnonzero(pairs.is_kept)
    fitting = [opened[place] for place in kept.tolist()]
    if len(fitting) < max(PICTURES_DRAWN):
        raise DatasetError(
            f"Of {len(images):,} images {len(fitting):,} fit their captions.",
            repair='Lower `matching` under [textbind], or write matching = "off".',
        )
    clusters = min(options.topics or max(1, len(fitting) // _IMAGES_OF_TOPIC), len(fitting))
    topics = find_topics(vectors[kept], clusters, options.smallest_topic, recipe.seed)
    if not topics.members:
        raise DatasetError(
            f"None of {clusters:,} topics has {options.smallest_topic:,} images.",
            repair="Ask for fewer `topics`, or lower `smallest_topic`, under [textbind].",
        )
    return TopicImages(
        images=fitting,
        topics=topics,
        unopened=len(images) - len(opened),
        unfitting=len(opened) - len(fitting),
        threshold=pairs.threshold,
    )


def _encode(images: Sequence[AnnotatedImage], folder: Path) -> tuple[list[AnnotatedImage], Vectors, Vectors]:
    """The images that can be opened, their vectors, and those of their captions."""
    (choice,) = choose_tools(read_profile(folder), ("matcher",))
    if choice.backend is None:
        raise ToolMissing(f"Topics need an image-text encoder: {choice.lack}.", repair="`vlitqa doctor` says more.")
    tools = Toolbox(tuple(map(str, image_roots_of(folder, ()))), (choice,)).open()
    opened, vectors = list[AnnotatedImage](), list[Vectors]()
    for start in range(0, len(images), _BATCH):
        pictures = list(_open(images[start : start + _BATCH], tools.images.look))
        opened += [image for image, _ in pictures]
        if pictures:
            vectors.append(tools.matcher.images([picture for _, picture in pictures]))
    if not opened:
        raise DatasetError("No image of the recipe can be opened.", repair="Check [images] and the names of files.")
    captions = tools.matcher.texts([image.captions[0].text for image in opened])
    return opened, np.concatenate(vectors), captions


def _open(images: Sequence[AnnotatedImage], look: _Look) -> Iterator[tuple[AnnotatedImage, Picture]]:
    for image in images:
        try:
            yield image, look(ImageRef(image.file), _SIDE)
        except ImageFault:
            continue
