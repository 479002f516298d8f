"""Options that belong together and that several commands take: a parameter of such a type stands for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vlitqa.api import choices
from vlitqa.api.parts import PlaceChoices
from vlitqa.cli import options

if TYPE_CHECKING:
    from vlitqa.reader import Reading
    from vlitqa.scoring.score import ChooseEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """How the rows of datasets are read."""

    format_name: options.FormatOption = ""
    mapping: options.MapOption = None
    images: options.ImagesOption = None

    def reading(self, frames: int = 0) -> Reading:
        """The choices of the reader; raises UsageError where they exclude each other."""
        return choices.make_reading(self.format_name, self.mapping, self.images, frames)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOptions:
    """Which datasets are meant."""

    as_name: options.AsOption = ""
    config: options.ConfigOption = ""
    split: options.SplitOption = ""
    fetch: options.FetchOption = False

    def apply(self, paths: Sequence[Path], reading: Reading) -> tuple[list[Path], Reading]:
        """The datasets to open, and how."""
        choices = PlaceChoices(name=self.as_name, config=self.config, split=self.split, fetch=self.fetch)
        return choices.apply(paths, reading)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Where the work runs."""

    engine: options.EngineOption = "auto"
    workers: options.WorkersOption = None

    def chooser(self) -> ChooseEngine:
        """What chooses the engine of a run; raises UsageError for an engine that is not there."""
        return choices.engine_chooser(self.engine, self.workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """When the command fails."""

    fail_on: options.FailOnOption = None
    baseline: options.BaselineOption = None
    max_errors: options.MaxErrorsOption = None
    layouts: options.PrintOption = None
