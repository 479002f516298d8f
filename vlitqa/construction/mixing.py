"""Mixtures: rows of several datasets by weights, without copies and without pictures of exams; gold rows come last."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from vlitqa.algorithms.shuffle_key import shuffle_key
from vlitqa.backends.toolbox import OpenTools, Toolbox, image_roots_of
from vlitqa.construction.drafts import Draft, RowFault, RowOrigin
from vlitqa.construction.excluded_pictures import ExcludedPictures
from vlitqa.construction.image_copies import ImageCopies
from vlitqa.construction.recipe import Recipe, RecipeFile
from vlitqa.construction.recipe_parts import DatasetPart
from vlitqa.errors import UsageError
from vlitqa.metrics.image_identity import identity_of
from vlitqa.reader import Dataset, open_dataset
from vlitqa.records import Record

MIX = "mix"
"""The strategy that mixes datasets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedDataset:
    """One open dataset of a mixture."""

    part: DatasetPart
    name: str
    dataset: Dataset
    roots: tuple[str, ...]
    """The folders of its images."""


@dataclass(frozen=True, slots=True)
class MixedRow:
    """One row that a dataset offers."""

    source: MixedDataset
    record: Record
    fault: str = ""
    """The code for which it is left out."""


@dataclass(slots=True)
class Mixer:
    """Draws rows of datasets."""

    recipe: Recipe
    datasets: Sequence[MixedDataset]
    copies: ImageCopies
    exams: ExcludedPictures
    _earlier: defaultdict[str, list[tuple[Record, OpenTools]]] = field(default_factory=lambda: defaultdict(list))
    """By their text: rows that were offered, and the tools that open their images."""

    def drafts(self) -> Iterator[Draft]:
        """All rows of the mixture, then those that were left out; of copies that of a gold set stays."""
        gold_first = sorted(self.datasets, key=lambda source: not source.part.gold)
        offered = {source.name: self._offered_rows(source) for source in gold_first}
        sizes = {name: sum(not row.fault for row in rows) for name, rows in offered.items()}
        quotas = quotas_of(self.recipe, [source for source in self.datasets if not source.part.gold], sizes)
        quotas |= {source.name: sizes[source.name] for source in self.datasets if source.part.gold}
        kept, left_out = list[MixedRow](), list[MixedRow]()
        for rows in offered.values():
            taken = 0
            for row in rows:
                fits = not row.fault and taken < quotas[row.source.name]
                taken += fits
                (kept if fits else left_out).append(
                    row if fits or row.fault else MixedRow(row.source, row.record, "over_quota")
                )
        kept, texts = self._limit_texts(kept)
        ordered = sorted(kept, key=lambda row: (row.source.part.gold, self._shuffled(row)))
        for row in ordered:
            yield self._draft(row, self.copies.bring(row.record, row.source.name, row.source.roots))
        for row in (*texts, *left_out):
            yield self._draft(row, row.record)

    def _offered_rows(self, source: MixedDataset) -> list[MixedRow]:
        """The rows of a dataset in a shuffled order, those that are to be left out with the reason."""
        with source.dataset.entries() as entries:
            records = [entry for entry in entries if isinstance(entry, Record)]
        split = source.part.rounds == "split"
        rows = [row for record in records for row in (_split_rounds(record) if split else (record,))]
        named = [MixedRow(source, replace(row, source=None, id=_id_of(source, row))) for row in rows]
        tools = Toolbox(source.roots).open()
        judged = []
        for row in sorted(named, key=self._shuffled):
            fault = "repeated_row" if self._is_repeated(row.record, tools) else ""
            if not fault and any(self.exams.holds(ref, tools) for ref in row.record.images):
                fault = "exam_image"
            judged.append(MixedRow(source, row.record, fault))
        return judged

    def _is_repeated(self, record: Record, tools: OpenTools) -> bool:
        """True if an earlier row has the same text and shows the same pixels, under whatever names."""
        same_text = self._earlier[record.text()]
        is_repeated = any(_pixels_of(record, tools) == _pixels_of(*earlier) for earlier in same_text)
        same_text.append((record, tools))
        return is_repeated

    def _limit_texts(self, rows: Sequence[MixedRow]) -> tuple[list[MixedRow], list[MixedRow]]:
        """The rows among which no more are without an image than the recipe allows, and those beyond it."""
        texts = [row for row in rows if not row.record.images and not row.source.part.gold]
        share = self.recipe.mix.text_only
        allowed = len(texts) if share >= 1 else int(share / (1 - share) * (len(rows) - len(texts)) + 1e-9)
        beyond = set(map(id, texts[allowed:]))
        kept = [row for row in rows if id(row) not in beyond]
        return kept, [MixedRow(row.source, row.record, "over_quota") for row in texts[allowed:]]

    def _shuffled(self, row: MixedRow) -> bytes:
        return shuffle_key("mix", self.recipe.seed, row.record.id)

    def _draft(self, row: MixedRow, record: Record) -> Draft:
        origin = RowOrigin(
            strategy=MIX,
            images=tuple(ref.name for ref in record.images),
            licences=(row.source.part.licence,) if row.source.part.licence else (),
            is_licensed=bool(row.source.part.licence),
            dataset=row.source.name,
            is_gold=row.source.part.gold,
        )
        return Draft(record=record, origin=origin, faults=(RowFault(row.fault, row.source.name),) if row.fault else ())


def quotas_of(recipe: Recipe, datasets: Sequence[MixedDataset], sizes: Mapping[str, int]) -> dict[str, int]:
    """The rows that each dataset gives: as many as its weight asks for, none more than it has or may give.

    The unit of all weights is that of the scarcest dataset, or of the number of rows that are wanted. Largest
    remainders make the rows that are wanted exact.
    """
    most = {source.name: min(sizes[source.name], source.part.most or sizes[source.name]) for source in datasets}
    weights = {source.name: source.part.weight for source in datasets}
    if not datasets:
        return {}
    unit = min(most[name] / weight for name, weight in weights.items())
    wanted = min(recipe.rows or round(unit * sum(weights.values())), round(unit * sum(weights.values())))
    shares = {name: wanted * weight / sum(weights.values()) for name, weight in weights.items()}
    quotas = {name: int(share + 1e-9) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: (quotas[name] - shares[name], name))
    for name in by_remainder[: wanted - sum(quotas.values())]:
        quotas[name] += 1
    return quotas


def open_mixture(file: RecipeFile) -> Sequence[MixedDataset]:
    """Opens the datasets of a recipe; raises UsageError or DatasetError for what is none."""
    if not file.recipe.datasets:
        raise UsageError(f"{file.path} names no datasets.", repair="Name each under [[datasets]]: path = …")
    opened = []
    names = Counter[str]()
    for part in file.recipe.datasets:
        name = part.name or Path(part.path).name.partition(".")[0]
        names[name] += 1
        if names[name] > 1:
            raise UsageError(f"{file.path}: two datasets are called {name!r}.", repair="Give each its `name`.")
        dataset = open_dataset(file.below(part.path))
        chosen = (file.below(part.images),) if part.images else ()
        roots = tuple(map(str, image_roots_of(dataset.home, chosen)))
        opened.append(MixedDataset(part=part, name=name, dataset=dataset, roots=roots))
    return opened


def _pixels_of(record: Record, tools: OpenTools) -> list[str]:
    """What identifies the images of a record, in their order."""
    return [identity_of(ref, tools, near=False)[0] for ref in record.images]


def _split_rounds(record: Record) -> Iterator[Record]:
    """A row for each turn; all images stay with those turns that show them, and with all where the first shows them."""
    for number, turn in enumerate(record.turns, 1):
        shown = (*turn.instruction_images, *turn.response_images)
        first = record.turns[0].instruction_images
        single = replace(turn, instruction_images=first, instruction_offsets=()) if not shown and number > 1 else turn
        yield replace(record, turns=(single,), id=f"{record.id}-{number}", placeholders=None)


def _id_of(source: MixedDataset, record: Record) -> str:
    return f"{source.name}/{record.id or record.place.row + 1}"
