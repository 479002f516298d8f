"""One image and all that people wrote down about it, in the review's five kinds of annotation (its section 4.2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the width and the height of the image."""


class Caption(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """A sentence that says what an image shows."""

    text: str
    source: str = ""
    """The name of the annotations that it comes from."""


class ImageObject(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """A thing in an image."""

    name: str
    group: str = ""
    """The class above its name, such as `animal` of a dog."""
    box: Box | None = None
    attributes: tuple[str, ...] = ()
    is_crowd: bool = False
    """True for many things of this name under one box: they cannot be counted."""
    id: str = ""
    """The number of its annotation, by which attributes find it."""
    source: str = ""


class WrittenWord(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """A word that can be read in an image."""

    text: str
    box: Box | None = None
    source: str = ""


class ImageQuestion(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """A question about an image, with the answers that people gave."""

    text: str
    answers: tuple[str, ...]
    source: str = ""


class AnnotatedImage(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """An image and its annotations."""

    file: str
    """Its name below the folder of images."""
    width: int = 0
    height: int = 0
    licence: str = ""
    """That of the image itself."""
    captions: tuple[Caption, ...] = ()
    objects: tuple[ImageObject, ...] = ()
    words: tuple[WrittenWord, ...] = ()
    questions: tuple[ImageQuestion, ...] = ()
    object_names: tuple[str, ...] = ()
    """The sources whose object names were all looked for: what they do not name is not there."""

    def sources(self) -> tuple[str, ...]:
        """The names of all annotations that it has, each once."""
        annotations: Iterable[Caption | ImageObject | WrittenWord | ImageQuestion] = (
            *self.captions,
            *self.objects,
            *self.words,
            *self.questions,
        )
        return tuple(dict.fromkeys(annotation.source for annotation in annotations))

    def has_annotations(self) -> bool:
        """True if anything is written down about it."""
        return bool(self.captions or self.objects or self.words or self.questions)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationSource:
    """Where annotations come from, and under which licence."""

    name: str
    licence: str = ""
    file: str = ""
    sha256: str = ""
    object_names: tuple[str, ...] = ()
    """All names that its annotators looked for; empty where they did not look for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedImages:
    """Images from one or several sources, each image once."""

    images: Sequence[AnnotatedImage]
    sources: Sequence[AnnotationSource]
    unplaced: dict[str, int] = field(default_factory=dict)
    """By source: annotations of images that no source gives a file for."""
    embedding: frozenset[str] = frozenset()
    """The sources whose file holds its images."""

    def names_looked_for(self, image: AnnotatedImage) -> frozenset[str]:
        """All object names whose absence from an image is certain unless one of its objects bears it."""
        return frozenset(
            name for source in self.sources if source.name in image.object_names for name in source.object_names
        )


def merge_images(first: AnnotatedImage, second: AnnotatedImage) -> AnnotatedImage:
    """One image with the annotations of both."""
    return replace(
        first,
        width=first.width or second.width,
        height=first.height or second.height,
        licence=first.licence or second.licence,
        captions=first.captions + second.captions,
        objects=first.objects + second.objects,
        words=first.words + second.words,
        questions=first.questions + second.questions,
        object_names=tuple(dict.fromkeys(first.object_names + second.object_names)),
    )
