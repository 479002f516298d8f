"""The tasks of annotation adaption: what each kind of annotation can ask, and the answer that it gives (unaltered).

The names of tasks are those of the review's Table 5, as far as it has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from vlitqa.annotated_images.answers import agreed_answer
from vlitqa.annotated_images.describing import write_box
from vlitqa.construction.image_view import ImageView
from vlitqa.construction.nouns import plural_of, with_indefinite_article

_SENTENCE_END = re.compile(r"[.!?]\s+\S")
"""The end of a sentence that another one follows."""
_MOST_OBJECTS = 12
"""Objects of a picture that are all named in one answer."""
_YES = ("Yes, there is {name}.", "Yes, {name} can be seen.", "Yes, the picture shows {name}.")
_NO = ("No, there is no {name}.", "No, I see no {name} here.", "No, a {name} is not in the picture.")
_BUT = ("There is {other}, though.", "What I do see is {other}.", "But {other} is there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """What one annotation asks and answers, before an instruction is drawn for it."""

    response: str
    values: Mapping[str, str] = field(default_factory=dict)
    """The words for the braces of the instruction."""
    sources: tuple[str, ...]
    """The names of the annotations that it rests on."""
    kind: str = ""
    """Of a task that asks several kinds of questions, the kind: balance evens them out like tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptedTask:
    """One task: all that it can ask of an image."""

    adapt: Callable[[ImageView], Sequence[Adaptation]]
    kind: str
    """The kind of annotation that it reads: caption, object, attribute, OCR or visual question."""
    points_at_regions: bool = False


def _captions(view: ImageView) -> list[Adaptation]:
    """Captions of one sentence, which the instructions ask for."""
    return _captions_of(view, lambda text: not _SENTENCE_END.search(text))


def _descriptions(view: ImageView) -> list[Adaptation]:
    """Captions of several sentences."""
    return _captions_of(view, lambda text: _SENTENCE_END.search(text) is not None)


def _captions_of(view: ImageView, fits: Callable[[str], bool]) -> list[Adaptation]:
    captions = [caption for caption in view.image.captions if fits(caption.text)]
    chosen = captions if view.principles.response_diversity else captions[:1]
    return [Adaptation(response=caption.text, sources=(caption.source,)) for caption in chosen]


def _detections(view: ImageView) -> list[Adaptation]:
    things = [thing for thing in view.objects if thing.box]
    if not things or len(things) > _MOST_OBJECTS or len(things) < len(view.objects):
        return []
    listed = "; ".join(f"{thing.name} {write_box(thing.box)}" for thing in things if thing.box)
    return [Adaptation(response=listed, sources=tuple(dict.fromkeys(thing.source for thing in things)))]


def _counts(view: ImageView) -> list[Adaptation]:
    sources = {thing.name: thing.source for thing in view.objects}
    return [
        Adaptation(response=str(count), values={"name": name, "names": plural_of(name)}, sources=(sources[name],))
        for name, count in view.counts.items()
        if name in view.looked_for or not view.principles.correctness
    ]


def _places(view: ImageView) -> list[Adaptation]:
    return [
        Adaptation(response=write_box(thing.box), values={"name": view.describe(thing)}, sources=(thing.source,))
        for thing in view.single_objects
        if thing.box
    ]


def _regions(view: ImageView) -> list[Adaptation]:
    return [
        Adaptation(response=view.describe(thing), values={"box": write_box(thing.box)}, sources=(thing.source,))
        for thing in view.objects
        if thing.box
    ]


def _attributes(view: ImageView) -> list[Adaptation]:
    adaptations = []
    for thing in view.single_objects:
        draw = view.generator(f"attribute of {thing.name}")
        right = draw.choice(thing.attributes) if thing.attributes else ""
        others = view.world.excluded_by(right, thing.attributes)
        if not right or not others:
            continue
        choices = [right, draw.choice(others)]
        draw.shuffle(choices)
        values = {"name": thing.name, "choices": " or ".join(choices)}
        adaptations.append(Adaptation(response=right, values=values, sources=(thing.source,)))
    return adaptations


def _words(view: ImageView) -> list[Adaptation]:
    words = view.image.words
    if not words:
        return []
    return [
        Adaptation(
            response=" ".join(word.text for word in words), sources=tuple(dict.fromkeys(word.source for word in words))
        )
    ]


def _questions(view: ImageView) -> list[Adaptation]:
    pairs = [
        (question, agreed_answer(question) if view.principles.correctness else question.answers[0])
        for question in view.image.questions
    ]
    return [
        Adaptation(
            response=answer,
            values={"question": question.text},
            sources=(question.source,),
            kind=" ".join(question.text.lower().split()[:2]),
        )
        for question, answer in pairs
        if answer
    ]


def _presence(view: ImageView) -> list[Adaptation]:
    """One question after an object that is there or absent, by the share of negatives."""
    draw = view.generator("presence")
    is_negative = draw.random() < view.negatives
    names = list(view.absent_names())[:10] if is_negative else list(dict.fromkeys(thing.name for thing in view.objects))
    if not names or not view.objects:
        return []
    name = draw.choice(names)
    form = draw.randrange(len(_YES)) if view.principles.response_diversity else 0
    response = _NO[form].format(name=name)
    if not is_negative:
        response = _YES[form].format(name=with_indefinite_article(name))
    elif view.principles.response_diversity:
        other = with_indefinite_article(draw.choice(view.objects).name)
        response = f"{response} {_BUT[draw.randrange(len(_BUT))].format(other=other)}"
    sources = tuple(dict.fromkeys(thing.source for thing in view.objects))
    return [Adaptation(response=response, values={"a_name": with_indefinite_article(name)}, sources=sources)]


TASKS: Mapping[str, AdaptedTask] = {
    "image captioning": AdaptedTask(adapt=_captions, kind="caption"),
    "detailed description": AdaptedTask(adapt=_descriptions, kind="caption"),
    "visual question answering": AdaptedTask(adapt=_questions, kind="visual question"),
    "object presence": AdaptedTask(adapt=_presence, kind="object"),
    "counting": AdaptedTask(adapt=_counts, kind="object"),
    "object detection": AdaptedTask(adapt=_detections, kind="object", points_at_regions=True),
    "referring expression comprehension": AdaptedTask(adapt=_places, kind="object", points_at_regions=True),
    "region caption": AdaptedTask(adapt=_regions, kind="object", points_at_regions=True),
    "attribute recognition": AdaptedTask(adapt=_attributes, kind="attribute"),
    "optical character recognition": AdaptedTask(adapt=_words, kind="OCR"),
}
"""By name, in the order in which a recipe lists them."""
