"""Annotation adaption: an instruction from a pool, and the annotation itself as the response (the review, 3.2.1)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from vlitqa.annotated_images.image import AnnotatedImage, AnnotatedImages
from vlitqa.catalogue import suggestion
from vlitqa.construction.adaption_tasks import TASKS, Adaptation
from vlitqa.construction.drafts import Draft, RowOrigin, TurnOrigin
from vlitqa.construction.image_view import ImageView, ObjectWorld, survey_objects
from vlitqa.construction.pools import InstructionPool
from vlitqa.construction.recipe import Recipe
from vlitqa.construction.recipe_parts import AdaptionPart
from vlitqa.errors import UsageError
from vlitqa.records import ImageRef, Record, Turn

_BRACES = re.compile(r"\{(\w+)\}")
_ONLY_TASK = "image captioning"
"""The task that is left where the diversity of tasks is switched off: that of most early datasets."""


@dataclass(frozen=True, slots=True)
class PhrasedAdaptation:
    """An adaptation with its task and its instruction."""

    task: str
    adaptation: Adaptation
    line: str

    @property
    def instruction(self) -> str:
        """The line of the pool with its braces filled."""
        return _BRACES.sub(lambda match: self.adaptation.values[match[1]], self.line)


@dataclass(frozen=True, slots=True)
class AdaptedRow:
    """One row before its parts are joined to instructions and responses."""

    image: AnnotatedImage
    turns: Sequence[Sequence[PhrasedAdaptation]]
    """Each with one or two tasks."""
    licences: Mapping[str, str]
    """By source of annotations."""

    def draft(self) -> Draft:
        """The row, and where it comes from."""
        return _draft_of(self)


@dataclass
class Adapter:
    """Makes rows of images one after the other; what it made so far decides which tasks come next."""

    recipe: Recipe
    images: AnnotatedImages
    pools: Mapping[str, InstructionPool]
    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Turns by task and kind of question; by task and no kind, all of the task."""

    def drafts(self) -> Iterator[Draft]:
        """The row of each image that its annotations allow one for, in the order of the images."""
        return (row.draft() for row in self.rows())

    def rows(self) -> Iterator[AdaptedRow]:
        """The same rows before their parts are joined."""
        tasks = chosen_tasks(self.recipe)
        licences = {source.name: source.licence for source in self.images.sources}
        for image in self.images.images:
            view = ImageView(
                image=image,
                world=self.world,
                looked_for=self.images.names_looked_for(image),
                principles=self.recipe.principles,
                seed=self.recipe.seed,
                negatives=self.recipe.adaption.negatives,
            )
            if turns := self._turns_of(view, tasks):
                yield AdaptedRow(image, turns, licences)

    @cached_property
    def world(self) -> ObjectWorld:
        """What all images together say of objects."""
        return survey_objects(self.images)

    def _turns_of(self, view: ImageView, tasks: Sequence[str]) -> list[Sequence[PhrasedAdaptation]]:
        """The turns of one row, each with one or two tasks; empty for an image with too few annotations."""
        possible = {task: list(TASKS[task].adapt(view)) for task in tasks}
        options = self.recipe.adaption
        turns: list[Sequence[PhrasedAdaptation]] = []
        for turn in range(options.turns):
            combines = view.principles.instruction_complexity and view.generator(f"combined {turn}").random()
            parts = 2 if combines is not False and combines < options.combined else 1
            phrased = [part for _ in range(parts) if (part := self._ask(view, possible, turn))]
            if not phrased:
                return []
            turns.append(phrased)
        return turns

    def _ask(self, view: ImageView, possible: dict[str, list[Adaptation]], turn: int) -> PhrasedAdaptation | None:
        """Draws a task that is still possible, one of its adaptations and an instruction; None if nothing is left."""
        open_tasks = {task: adaptations for task, adaptations in possible.items() if adaptations}
        if not open_tasks:
            return None
        task = self._draw_task(view, open_tasks, turn)
        draw = view.generator(f"{task} {turn}")
        left = possible[task]
        places = self._least_used(task, left) if view.principles.balance else range(len(left))
        adaptation = left.pop(draw.choice(places))
        lines = self.pools[task].instructions
        line = draw.choice(lines) if view.principles.instruction_diversity else lines[0]
        self.used.update({(task, ""), (task, adaptation.kind)})
        return PhrasedAdaptation(task, adaptation, line)

    def _draw_task(self, view: ImageView, possible: Mapping[str, Sequence[Adaptation]], turn: int) -> str:
        """One of the tasks that were used least; without balance one by the number of its annotations."""
        draw = view.generator(f"task {turn} {sum(map(len, possible.values()))}")
        if not view.principles.balance:
            return draw.choices(list(possible), [len(adaptations) for adaptations in possible.values()])[0]
        fewest = min(self.used[task, ""] for task in possible)
        return draw.choice([task for task in possible if self.used[task, ""] == fewest])

    def _least_used(self, task: str, adaptations: Sequence[Adaptation]) -> Sequence[int]:
        """The places of those adaptations whose kind of question was asked least."""
        turns = [self.used[task, adaptation.kind] for adaptation in adaptations]
        return [place for place, used in enumerate(turns) if used == min(turns)]


def chosen_tasks(recipe: Recipe) -> Sequence[str]:
    """The tasks that the recipe and its principles allow; raises UsageError for one that is none."""
    options: AdaptionPart = recipe.adaption
    for task in options.tasks:
        if task not in TASKS:
            raise UsageError(f"[adaption] has no task {task!r}.", repair=suggestion(task, TASKS))
    if not recipe.principles.task_diversity:
        return options.tasks[:1] or (_ONLY_TASK,)
    tasks = options.tasks or tuple(TASKS)
    if recipe.principles.object_complexity:
        return tasks
    return [task for task in tasks if not TASKS[task].points_at_regions] or tasks


def _draft_of(row: AdaptedRow) -> Draft:
    image = row.image
    phrased = [part for parts in row.turns for part in parts]
    sources = dict.fromkeys(source for part in phrased for source in part.adaptation.sources)
    record = Record(
        tuple(_turn_of(parts, shows_image=not number) for number, parts in enumerate(row.turns)),
        (ImageRef(image.file),),
        id=image.file,
        task=", ".join(dict.fromkeys(part.task for part in phrased)),
    )
    given = dict.fromkeys((image.licence, *(row.licences.get(name, "") for name in sources)))
    origin = RowOrigin(
        strategy="adaption",
        images=(image.file,),
        licences=tuple(filter(None, given)),
        is_licensed="" not in given,
        turns=tuple(
            TurnOrigin(task=part.task, instruction=part.line, sources=part.adaptation.sources) for part in phrased
        ),
    )
    return Draft(record=record, origin=origin)


def _turn_of(parts: Sequence[PhrasedAdaptation], *, shows_image: bool) -> Turn:
    """A turn with one task, or with two under one instruction."""
    instruction = parts[0].instruction
    response = parts[0].adaptation.response
    if len(parts) > 1:
        first, second = (part.instruction for part in parts[:2])
        instruction = f"Do two things. First: {first} Then: {second}"
        response = f"First: {_closed(response)} Then: {parts[1].adaptation.response}"
    return Turn(instruction, response, (0,) if shows_image else ())


def _closed(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
