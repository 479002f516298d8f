"""The plan of a comparison: how many rows of each dataset are scored and learned, and which cells there are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from msgspec.structs import replace

from reference_models.catalogue import ModelChoice
from reference_models.training.recipe import TuningRecipe
from vlitqa import __version__
from vlitqa.backends.toolbox import spelled_image_roots
from vlitqa.comparison.cells import CellComputing, ExamOrder, TuningCell, is_done
from vlitqa.contracts import Metric
from vlitqa.errors import UsageError, VlitqaError
from vlitqa.reader import Dataset
from vlitqa.results import to_json
from vlitqa.results.comparison import Treatment
from vlitqa.scoring.job import smallest_size
from vlitqa.scoring.provenance import digest_of
from vlitqa.storage.places import spell_path

_KEY_LETTERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDataset:
    """An open dataset under the name that tables show."""

    name: str
    dataset: Dataset
    treatment: Treatment = ""
    version_of: str = ""
    """The name of the dataset whose part it is."""

    def size(self, most: int) -> int:
        """The number of its rows that count, where so many do at most: a version has fewer."""
        return min(most, len(self.dataset.record_rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRequest:
    """What a user asks for."""

    datasets: tuple[NamedDataset, ...]
    models: tuple[ModelChoice, ...]
    metrics: tuple[Metric, ...]
    exams: tuple[ExamOrder, ...]
    seeds: tuple[int, ...]
    computing: CellComputing = field(default_factory=CellComputing)
    rows: int | None = None
    """Rows that are drawn of each dataset; None takes as many as the smallest has."""
    scored: int | None = None
    """Rows of these that are scored; None scores all of them."""
    image_roots: tuple[Path, ...] = ()
    output: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPlan:
    """What has to be done: every cell, and what no cell can do."""

    request: ComparisonRequest
    rows: int
    """That are learned of each dataset; a version has fewer."""
    scored: int
    """That are scored of each dataset, some of those that are learned."""
    cells: tuple[TuningCell, ...]
    refused: Mapping[str, str]
    """By benchmark: why no model can sit it."""

    @property
    def left(self) -> tuple[TuningCell, ...]:
        """The cells that are not done yet; one where a dataset has two names."""
        cells = {cell.key: cell for cell in self.cells}
        return tuple(cell for cell in cells.values() if not is_done(cell))


def plan_comparison(request: ComparisonRequest) -> ComparisonPlan:
    """Plans all cells; raises UsageError where nothing could be compared."""
    exams, refused = [], {}
    for exam in request.exams:
        try:
            exams.append(with_exam_key(exam))
        except VlitqaError as error:
            refused[exam.benchmark] = error.clause
    if not exams:
        raise UsageError(
            f"No exam can be sat: {'; '.join(refused.values())}.",
            repair="--data-root BENCHMARK=FOLDER names its files.",
        )
    smallest = smallest_size([named.dataset for named in request.datasets if not named.version_of])
    rows = min(smallest, request.rows or smallest)
    cells = tuple(_cells(request, tuple(exams), rows))
    scored = min(rows, request.scored or rows)
    return ComparisonPlan(request=request, rows=rows, scored=scored, cells=cells, refused=refused)


def with_exam_key(exam: ExamOrder) -> ExamOrder:
    """The order of an exam with a digest of its questions, prompt and rules; raises an error where it cannot be sat."""
    _, paper = exam.open()
    digest = hashlib.sha256(to_json([exam.rules, paper.prompt_name, asdict(paper.prompt), __version__]))
    for question in paper.questions:
        digest.update(to_json(question))
    return replace(exam, prompt=paper.prompt_name, key=digest.hexdigest()[:_KEY_LETTERS])


def _cells(request: ComparisonRequest, exams: tuple[ExamOrder, ...], rows: int) -> Iterator[TuningCell]:
    """All cells, seed by seed, so that every dataset and model has a result before a second seed begins."""
    identities = {choice: choice.identity() for choice in request.models}
    for seed in request.seeds:
        for named in request.datasets:
            for choice in request.models:
                reading = named.dataset.reading
                cell = TuningCell(
                    dataset=named.name,
                    path=str(named.dataset.path.absolute()),
                    format=reading.format,
                    mapping=reading.mapping,
                    images=str(reading.images.absolute()) if reading.images else "",
                    home=str(named.dataset.home),
                    image_roots=tuple(str(root.absolute()) for root in request.image_roots),
                    rows=named.size(rows),
                    model=choice.name,
                    source=choice.source,
                    seed=seed,
                    computing=request.computing,
                    exams=exams,
                    output=str(request.output.absolute()),
                    key="",
                )
                yield _with_key(cell, named.dataset.sha256, identities[choice], choice.recipe())


def _with_key(cell: TuningCell, dataset_digest: str, identity: str, recipe: TuningRecipe) -> TuningCell:
    """The cell with a digest of what its tuned model depends on; its name does not count."""
    parts = {
        "dataset": dataset_digest,
        "format": cell.format,
        "mapping": dict(cell.mapping),
        "images": spell_path(cell.images),
        "image_roots": spelled_image_roots(Path(cell.home), tuple(map(Path, cell.image_roots))),
        "rows": cell.rows,
        "model": cell.model,
        "identity": identity,
        "recipe": asdict(recipe.with_adapters(cell.computing.adapter_rank)),
        "precision": cell.computing.precision,
        "seed": cell.seed,
        "version": __version__,
    }
    return replace(cell, key=digest_of(parts).hex()[:_KEY_LETTERS])
