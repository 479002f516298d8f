"""Builds a dataset by its recipe: drafts rows, drops the faulty ones, and writes the others with where they come from.

A build is a function of its recipe and its files: the same command makes the same bytes, whatever stopped it before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from itertools import islice
from pathlib import Path

from vlitqa.annotated_images.pairs import embedded_images
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.backends.profiles import FILE
from vlitqa.backends.toolbox import image_roots_of
from vlitqa.construction.budget import WritingBudget
from vlitqa.construction.build_folder import IMAGES, RECIPE, DraftLine, write_built_rows, write_origins, write_result
from vlitqa.construction.build_plan import BuildPlan, build_folder_of
from vlitqa.construction.built_rows import BuildAccount, BuiltRows, cost_of, empty_build
from vlitqa.construction.draft_checks import DraftChecker
from vlitqa.construction.drafts import Draft, RowFault
from vlitqa.construction.image_copies import ImageCopies
from vlitqa.construction.quality_control import CANDIDATES, CONTROL, control_quality
from vlitqa.construction.reply_store import ReplyStore
from vlitqa.construction.strategies import OpenStrategy
from vlitqa.construction.writing import BudgetSpent, WritingDesk
from vlitqa.contracts import Observer
from vlitqa.runs.folder import RunFolder
from vlitqa.scoring.score import ChooseEngine, RunPlace, Watch
from vlitqa.shapes.files import Studio
from vlitqa.storage.atomic import disk_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildCrew:
    """Where a build goes, what measures its rows for quality control, and who watches."""

    place: RunPlace
    choose: ChooseEngine
    watch_rows: Callable[[str, int], AbstractContextManager[Observer]]
    """Gives an observer of a build of this name and at most so many rows."""
    watch: Watch


def build_rows(plan: BuildPlan, crew: BuildCrew) -> Path:
    """Builds the rows of a recipe into a folder of their own, and returns it."""
    path = build_folder_of(plan, crew.place.output)
    with closing(RunFolder(path)) as folder:
        folder.write(RECIPE, plan.file.text)
        bring_images(plan, folder)
        with crew.watch_rows(plan.file.name, plan.most_rows) as observer, opened_desk(plan, path) as desk:
            strategy = OpenStrategy(plan.file, plan.sources, path, desk)
            rows = check_drafts(plan, strategy, observer)
            account = BuildAccount(plan, cost_of(desk), strategy.topics())
        if not rows.records:
            raise empty_build(rows)
        dropped_by = _control(plan, rows, folder, crew) if plan.file.recipe.control.rules else {}
        data = f"{plan.file.name}.jsonl"
        write_built_rows(folder, data, rows.records, plan.file.recipe.format)
        write_origins(folder, rows.lines)
        write_result(folder, account.result_of(rows, data, dropped_by))
    for source, count in plan.sources.annotated.unplaced.items():
        crew.place.tell(f"{count:,} images of {source} are known by number alone, and no other file names them.")
    return path


def bring_images(plan: BuildPlan, folder: RunFolder) -> None:
    """Draws the scenes of the shapes world, or links the folder of a user's images."""
    images = plan.sources.annotated.images
    target = folder.path / IMAGES
    if plan.sources.mixture:
        profiles = {_read_profile(source.dataset.home) for source in plan.sources.mixture}
        with disk_errors(folder.path):
            target.mkdir(exist_ok=True)
        if len(profiles) == 1 and (profile := profiles.pop()):
            folder.write(FILE, profile)
        return
    if plan.sources.packed:
        copies = ImageCopies(target)
        for file in plan.sources.packed:
            for name, content in embedded_images(file):
                copies.keep(name, content)
        return
    if plan.sources.folder is None:
        recipe = plan.file.recipe
        Studio(folder=folder.path, seed=recipe.seed, side=recipe.images.side).draw(range(len(images)), IMAGES)
        folder.write(FILE, b'profile = "shapes"\n')
        return
    if profile := _read_profile(plan.sources.folder) or _read_profile(plan.file.folder):
        folder.write(FILE, profile)
    with disk_errors(folder.path):
        if target.is_symlink() or not target.exists():
            target.unlink(missing_ok=True)
            target.symlink_to(plan.sources.folder.resolve(), target_is_directory=True)


def _read_profile(home: Path) -> bytes:
    """The settings that lie beside a dataset; nothing where there are none."""
    return (home / FILE).read_bytes() if (home / FILE).is_file() else b""


@contextmanager
def opened_desk(plan: BuildPlan, folder: Path) -> Iterator[WritingDesk | None]:
    """Opens the writer of a plan and the replies that its folder keeps; None where no writer is needed."""
    if plan.writer is None:
        yield None
        return
    with closing(ReplyStore(folder)) as store:
        yield WritingDesk(plan.writer.open(), store, WritingBudget(plan.file.recipe.writer, store.usage()[1]))


def check_drafts(plan: BuildPlan, strategy: OpenStrategy, observer: Observer) -> BuiltRows:
    """Takes drafts until there are rows enough or the budget is spent, and finds the faults of each."""
    roots = tuple(map(str, image_roots_of(strategy.folder, ())))
    checker = DraftChecker.of(ImageFolder(roots), plan.file.recipe.checks)
    rows, most = BuiltRows(), plan.file.recipe.rows or plan.most_rows
    drafts = islice(strategy.drafts(lambda: most - len(rows.records)), plan.most_drafts)
    try:
        for number, draft in enumerate(drafts, 1):
            faults = checker.faults_of(draft)
            row = None if faults else len(rows.records) + 1
            rows.add(_line_of(draft, row, faults))
            kept = len(rows.records)
            observer(kept, number - kept, kept / plan.most_rows)
            if kept >= most and not plan.ends_by_itself:
                break
    except BudgetSpent as error:
        if not rows.records:
            raise
        rows.stopped = error.message
    return rows


def _line_of(draft: Draft, row: int | None, faults: tuple[RowFault, ...]) -> DraftLine:
    record = draft.record
    return DraftLine(id=record.id, row=row, faults=faults, origin=draft.origin, record=record, reply=draft.reply)


def _control(plan: BuildPlan, rows: BuiltRows, folder: RunFolder, crew: BuildCrew) -> Mapping[str, int]:
    """Measures the rows and keeps those that the rules of quality control keep; gives the rows dropped by each rule."""
    write_built_rows(folder, CANDIDATES, rows.records, plan.file.recipe.format)
    place = replace_fields(crew.place, folder=folder.path / CONTROL)
    control = control_quality(folder.path / CANDIDATES, plan.file.recipe, place, crew.choose, crew.watch)
    rows.keep(control)
    return control.dropped_by
