"""What a build needs before its first row: the recipe with its files open, the writer, and the folder."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vlitqa import __version__
from vlitqa.backends.chat.client import PATIENT
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.catalogue import load_format, metrics_named
from vlitqa.construction.draft_checks import DraftChecker
from vlitqa.construction.recipe import Recipe, RecipeFile
from vlitqa.construction.source_images import SourceImages, open_source_images
from vlitqa.construction.strategies import SELF_INSTRUCT, TEXTBIND, WRITTEN_BY_NANO, check_words
from vlitqa.construction.writers import WriterChoice, choose_writer
from vlitqa.errors import UsageError
from vlitqa.runs.folder import folder_for
from vlitqa.scoring.provenance import digest_of
from vlitqa.selection.notation import parse_rule

_VERSION = 2
"""Rises whenever the same recipe and files give other rows."""
_DIGEST_LETTERS = 10
_DRAFTS_OF_ROW = 10
"""Dialogues without end could be drawn of topics; a build whose drafts are faulty stops at so many for each row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPlan:
    """A recipe whose files are open: all that is known before the first row."""

    file: RecipeFile
    sources: SourceImages
    writer: WriterChoice | None
    """None for a strategy that needs none."""

    @property
    def most_drafts(self) -> int:
        """The number of drafts that the build cannot exceed."""
        recipe, images = self.file.recipe, len(self.sources.annotated.images)
        if self.sources.mixture:
            return sys.maxsize  # what is left out is told too
        if recipe.strategy == TEXTBIND:
            return _DRAFTS_OF_ROW * self.most_rows
        return images * (recipe.self_instruct.generations if recipe.strategy == SELF_INSTRUCT else 1)

    @property
    def most_rows(self) -> int:
        """The number of rows that the build cannot exceed."""
        recipe, images = self.file.recipe, len(self.sources.annotated.images)
        if recipe.strategy == TEXTBIND:
            return recipe.rows or images
        if self.sources.mixture:
            return recipe.rows or sum(len(source.dataset.record_rows) for source in self.sources.mixture)
        return min(self.most_drafts, recipe.rows or self.most_drafts)

    @property
    def ends_by_itself(self) -> bool:
        """True for a mixture, which gives the rows that it should and then those that it leaves out."""
        return bool(self.sources.mixture)

    @property
    def digest(self) -> str:
        """The digest of all that decides the rows."""
        writer = self.writer.fingerprint() if self.writer else ""
        parts = [_VERSION, __version__, self.file.sha256, self.file.name, list(self.sources.digests), writer]
        return digest_of(parts).hex()[:_DIGEST_LETTERS]


def open_plan(file: RecipeFile, writer: str = "", threads: int = PATIENT.threads) -> BuildPlan:
    """Opens all that a recipe names, and chooses the writer; raises UsageError or DatasetError for what is none."""
    _check_names(file.recipe)
    sources = open_source_images(file)
    check_words(file, sources)
    if not file.recipe.needs_writer:
        if writer:
            raise UsageError(f"The strategy {file.recipe.strategy!r} needs no writer.", repair="Leave --writer out.")
        return BuildPlan(file=file, sources=sources, writer=None)
    file.recipe.writer.refuse_nonsense()
    has_default = sources.folder is None and file.recipe.strategy in WRITTEN_BY_NANO
    chosen = choose_writer(writer, threads, has_default=has_default)
    return BuildPlan(file=file, sources=sources, writer=chosen)


def _check_names(recipe: Recipe) -> None:
    """Raises UsageError for names and rules that would be refused only when all rows are written and paid for."""
    load_format(recipe.format)
    metrics_named(recipe.control.metrics)
    DraftChecker.of(ImageFolder(()), recipe.checks)
    for rule in recipe.control.rules:
        parse_rule(rule)


def build_folder_of(plan: BuildPlan, output: Path) -> Path:
    """The folder that an earlier run of the same recipe began, or a new one."""
    return folder_for(output, f"build-{plan.file.name}", plan.digest, datetime.now(UTC).strftime("%Y%m%d"))
