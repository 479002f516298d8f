"""The conversations that a recipe asks a writer for: which image, which kind, how many turns, in which order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vlitqa.annotated_images.describing import DESCRIBED_KINDS, write_box
from vlitqa.annotated_images.image import AnnotatedImage, AnnotatedImages, ImageObject
from vlitqa.catalogue import suggestion
from vlitqa.construction.recipe import Recipe
from vlitqa.errors import UsageError
from vlitqa.shapes.written_conversations import COMPLEX, CONVERSATION_KINDS, GLOBAL, REGION

_LONG_TAIL = 0.7
"""The share of the first kind of conversation where balance is switched off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOrder:
    """One conversation that a writer is asked for."""

    image: AnnotatedImage
    generation: int
    """Counted from 1."""
    kind: str
    turns: int
    thing: ImageObject | None = None
    """The object that a conversation about a region is about."""

    @property
    def id(self) -> str:
        """The id of its row."""
        return f"{self.image.file}#{self.generation}"

    @property
    def cue(self) -> str:
        """The line that says what to write."""
        about = ""
        if self.thing and self.thing.box:
            about = f" of {self.thing.name} {write_box(self.thing.box)}"
        return f"Write: {self.kind}{about}, {self.turns} turns"


def conversation_orders(recipe: Recipe, images: AnnotatedImages) -> Iterator[ConversationOrder]:
    """All conversations that a recipe can ask for: one about every image, then another, as often as it says."""
    kinds = _chosen_kinds(recipe)
    number = 0
    for generation in range(1, recipe.self_instruct.generations + 1):
        for image in images.images:
            if image.has_annotations():
                yield _order(recipe, image, generation, _kind_of(recipe, kinds, image, number + generation - 1))
                number += 1


def _chosen_kinds(recipe: Recipe) -> Sequence[str]:
    """The kinds of conversations that the recipe and its principles allow; raises UsageError for one that is none."""
    options, principles = recipe.self_instruct, recipe.principles
    for kind in options.kinds:
        if kind not in CONVERSATION_KINDS:
            raise UsageError(f"[self-instruct] has no kind {kind!r}.", repair=suggestion(kind, CONVERSATION_KINDS))
    for kind in options.describe:
        if kind not in DESCRIBED_KINDS:
            raise UsageError(f"[self-instruct] cannot describe {kind!r}.", repair=suggestion(kind, DESCRIBED_KINDS))
    if not options.kinds or options.turns[0] > options.turns[1]:
        raise UsageError(
            "[self-instruct] needs a kind, and turns from few to many.", repair='Such as kinds = ["global"].'
        )
    if not principles.task_diversity:
        return options.kinds[:1]
    without: Mapping[str, bool] = {
        COMPLEX: not principles.instruction_complexity,
        REGION: not principles.object_complexity,
    }
    return [kind for kind in options.kinds if not without.get(kind)] or options.kinds[:1]


def _kind_of(recipe: Recipe, kinds: Sequence[str], image: AnnotatedImage, number: int) -> str:
    """The kind of a conversation: each in turn; without balance mostly the first, as where nobody counts."""
    if recipe.principles.balance:
        return kinds[number % len(kinds)]
    dice = random.Random(f"{recipe.seed} {image.file} {number} kind")
    return kinds[0] if dice.random() < _LONG_TAIL else dice.choice(kinds)


def _order(recipe: Recipe, image: AnnotatedImage, generation: int, kind: str) -> ConversationOrder:
    """The order of one conversation; one about a region needs an object with a box, and is else about the image."""
    dice = random.Random(f"{recipe.seed} {image.file} {generation} order")
    fewest, most = recipe.self_instruct.turns
    turns = dice.randint(fewest, most)
    things = [thing for thing in image.objects if thing.box and not thing.is_crowd] if kind == REGION else []
    if kind == REGION and not things:
        kind = GLOBAL
    thing = dice.choice(things) if things else None
    return ConversationOrder(image=image, generation=generation, kind=kind, turns=turns, thing=thing)
