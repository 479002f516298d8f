"""The picklable description of a run's tools; opened once in every worker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vlitqa.backends.image_folder import ImageFolder
from vlitqa.contracts import Metric


@dataclass(frozen=True, slots=True)
class OpenTools:
    """Tools that are ready for use."""

    images: ImageFolder


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Which tools a run uses, without opening any."""

    image_roots: tuple[str, ...] = ()
    image_side: int | None = None

    def open(self) -> OpenTools:
        """The same tools for the same description, until others are opened or they are closed."""
        return _opened(self)

    def close(self) -> None:
        """Forgets the tools and what they hold: files may change between two runs of one process."""
        _opened.cache_clear()


def toolbox_for(metrics: tuple[Metric, ...], roots: tuple[Path, ...]) -> Toolbox:
    """A toolbox that decodes images at the smallest scale that serves all metrics."""
    sides = [metric.card.image_side for metric in metrics if metric.card.image_side]
    return Toolbox(tuple(map(str, roots)), max(sides, default=None))


def image_roots_of(dataset: Path, chosen: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders in which images may lie: the user's, or the dataset's own and the `images` in it."""
    if chosen:
        return chosen
    folder = dataset.absolute().parent
    return tuple(root for root in (folder, folder / "images") if root.is_dir())


@lru_cache(maxsize=1)
def _opened(toolbox: Toolbox) -> OpenTools:
    return OpenTools(ImageFolder(toolbox.image_roots, toolbox.image_side))
