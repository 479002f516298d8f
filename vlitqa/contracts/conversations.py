"""What some models can do in a conversation beside answering about pictures in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from vlitqa.contracts.models import Prompt, ReferenceModel, Sampling
from vlitqa.contracts.tools import Picture

if TYPE_CHECKING:
    from torch import Tensor

Feature: TypeAlias = "Tensor"
"""One vector of a picture, of a sound or of anything else, in the space that they share.  # (feature width,)"""


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A picture of a reply, and the description that it was drawn by."""

    description: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture of a conversation, and what is to be said of it: the name of its file, or what it should show."""

    title: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Speech:
    """What one side of a conversation said and showed at once."""

    speaker: str
    parts: tuple[str | ShownPicture, ...]


@runtime_checkable
class Painter(Protocol):
    """Draws what a description says."""

    def paint(self, description: str) -> Picture:
        """A picture of what is described; the same for the same words."""
        ...


@runtime_checkable
class FeaturePainter(Protocol):
    """Draws what a feature is about, without words."""

    @property
    def feature_width(self) -> int:
        """The width of the features that it draws."""
        ...

    def paint_feature(self, feature: Feature) -> Picture:
        """A picture of what a feature is about; the same for the same feature."""
        ...


@runtime_checkable
class DrawingModel(ReferenceModel, Protocol):
    """A model in whose replies pictures stand among the words."""

    def reply(
        self, prompt: Prompt, painter: Painter, *, longest: int, pictures: int = 4, sampling: Sampling | None = None
    ) -> list[str | DrawnPicture]:
        """Words and up to so many pictures, each of which it has seen before it goes on."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class BoundFile:
    """A file of any modality in the space that all modalities share."""

    feature: Feature
    projection: Feature
    """What it is drawn by: the output of its encoder's head, of any length."""
    coefficient: float = 1.0
    """By how much it counts in a mixture, in which a picture counts 1; below zero it is taken away."""


@runtime_checkable
class BindingModel(ReferenceModel, Protocol):
    """A model that is told of sounds, depth or points as it is of pictures, by features in one space."""

    @property
    def other_inputs(self) -> tuple[str, ...]:
        """The modalities, beside pictures, of which it reads files."""
        ...

    def bind_file(self, modality: str, path: Path) -> BoundFile:
        """Encodes a file; raises UsageError for one that cannot be read, or of a modality that it lacks."""
        ...

    @property
    def feature_width(self) -> int:
        """The width of the space that all modalities share."""
        ...

    def mix_projections(self, files: Sequence[BoundFile], pictures: Sequence[Picture]) -> Feature:
        """The mean, by their coefficients, of what files and pictures are drawn by."""
        ...

    def with_visual_cache(self, path: Path) -> BindingModel:
        """The same model, which brings features closer to the images of a cache.

        Raises UsageError for a file that is none, or of another encoder.
        """
        ...

    def about_mixture(self, files: Sequence[BoundFile], pictures: Sequence[Picture]) -> ReferenceModel:
        """The same model, for which all texts are about files and pictures, added by their coefficients.

        Raises UsageError where they cancel each other.
        """
        ...
