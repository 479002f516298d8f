"""One annotated image as tasks look at it: what can be trusted, what is certainly absent, and how things are called."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from vlitqa.annotated_images.image import AnnotatedImage, AnnotatedImages, ImageObject
from vlitqa.construction.recipe_parts import PrinciplesPart

_COMPANIONS = 5
"""Absent objects are drawn from so many that most often occur with what is there: the harder case of POPE."""


@dataclass(frozen=True, slots=True)
class ObjectWorld:
    """What all images together say of objects."""

    companions: Mapping[str, Sequence[str]]
    """By the name of an object: other names, those first that occur with it most often."""
    names: Sequence[str]
    """All names of objects, sorted."""
    attributes: Mapping[str, frozenset[str]]
    """By attribute: those that an object has together with it."""

    def excluded_by(self, attribute: str, attributes: Collection[str]) -> Sequence[str]:
        """The attributes that no object has together with one; if there is none, those that an object lacks."""
        lacking = sorted(set(self.attributes).difference(attributes))
        apart = [other for other in lacking if other not in self.attributes.get(attribute, ())]
        return apart or lacking


def survey_objects(images: AnnotatedImages) -> ObjectWorld:
    """Counts which objects occur together."""
    together: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for image in images.images:
        names = sorted({thing.name for thing in image.objects})
        for name in names:
            together[name].update(other for other in names if other != name)
    looked_for = {name for source in images.sources for name in source.object_names}
    return ObjectWorld(
        companions={
            name: [other for other, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
            for name, counts in together.items()
        },
        names=sorted(looked_for | set(together)),
        attributes=_attributes_together(images),
    )


def _attributes_together(images: AnnotatedImages) -> Mapping[str, frozenset[str]]:
    together: defaultdict[str, set[str]] = defaultdict(set)
    for image in images.images:
        for thing in image.objects:
            for attribute in thing.attributes:
                together[attribute].update(thing.attributes)
    return {attribute: frozenset(others - {attribute}) for attribute, others in together.items()}


@dataclass(frozen=True)
class ImageView:
    """One image, and the principles under which it is looked at."""

    image: AnnotatedImage
    world: ObjectWorld
    looked_for: frozenset[str]
    """Names whose absence is certain unless an object bears them."""
    principles: PrinciplesPart
    seed: int
    negatives: float = 0.5

    def generator(self, purpose: str) -> random.Random:
        """A generator of random numbers for one purpose, always the same one for an image."""
        return random.Random(f"{self.seed} {self.image.file} {purpose}")

    @cached_property
    def objects(self) -> Sequence[ImageObject]:
        """Its objects; without correctness a crowd counts as one object."""
        return [thing for thing in self.image.objects if not (self.principles.correctness and thing.is_crowd)]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """The number of objects by name, of those that can be counted."""
        crowds = {thing.name for thing in self.image.objects if thing.is_crowd} if self.principles.correctness else ()
        return Counter(thing.name for thing in self.objects if thing.name not in crowds)

    @cached_property
    def single_objects(self) -> Sequence[ImageObject]:
        """Objects that are the only ones of their name."""
        present = Counter(thing.name for thing in self.image.objects)
        return [thing for thing in self.objects if present[thing.name] == 1]

    def absent_names(self) -> Sequence[str]:
        """Names of objects that are not there, those first that often occur with what is there.

        Without correctness a name that nobody looked for counts as absent.
        """
        present = {thing.name for thing in self.image.objects}
        candidates = self.looked_for if self.principles.correctness else frozenset(self.world.names)
        near = [other for name in sorted(present) for other in self.world.companions.get(name, ())[:_COMPANIONS]]
        return list(dict.fromkeys(name for name in (*near, *self.world.names) if name in candidates - present))

    def describe(self, thing: ImageObject) -> str:
        """A phrase for an object, with its attributes where the complexity of objects is wanted."""
        attributes = thing.attributes if self.principles.object_complexity else ()
        return f"{thing.name} ({', '.join(attributes)})" if attributes else thing.name
