"""Answers that say something else of an image than its annotations: a wrong number, colour or box, an absent thing.

Only what annotations settle is judged: an object is absent if its name was looked for and not given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from vlitqa.annotated_images.image import AnnotatedImage
from vlitqa.construction.nouns import plural_of

_COLOURS = frozenset(
    ("red", "green", "blue", "yellow", "orange", "purple", "white", "black", "brown", "pink", "grey", "gray")
)
_NUMBERS: Mapping[str, int] = {
    word: number
    for number, word in enumerate(
        ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
} | {"none": 0, "zero": 0}
_PRESENCE = re.compile(r"^\s*(?:is|are)\s+there\s+(?:an?|any|some)\s+(.+?)(?:\s+(?:in|on|at)\s+the\b.*)?\s*\?", re.I)
_COUNT = re.compile(r"^\s*how\s+many\s+(.+?)\s+(?:are|is|can|do|does|stand|lie)\b", re.I)
_COLOUR = re.compile(r"^\s*what\s+colou?r\s+(?:is|are)\s+the\s+(.+?)\s*\?", re.I)
_YES_NO = re.compile(r"^\W*(yes|no)\b", re.I)
_EDGE = r"(\d(?:\.\d+)?|\.\d+)"
_BOX = re.compile(rf"\[{_EDGE},\s*{_EDGE},\s*{_EDGE},\s*{_EDGE}\]")
_NEAR = 0.011
"""Edges are written with two digits, and a writer may round anew."""
_WORD = re.compile(r"[a-z]+|\d+")


def find_contradiction(question: str, answer: str, image: AnnotatedImage, looked_for: Collection[str]) -> str:
    """What is wrong about an answer, in words; empty where the annotations do not settle it, or agree."""
    for find in (_wrong_presence, _wrong_count, _wrong_colour, _wrong_box):
        for fault in find(question, answer, image, looked_for):
            return fault
    return ""


def words_with_numbers(text: str) -> list[str]:
    """The words of a text in small letters; a number from zero to twelve is a figure, however it is written."""
    return [str(_NUMBERS[word]) if word in _NUMBERS and word != "no" else word for word in _WORD.findall(text.lower())]


def _wrong_presence(question: str, answer: str, image: AnnotatedImage, looked_for: Collection[str]) -> Iterator[str]:
    asked, replied = _PRESENCE.match(question), _YES_NO.match(answer)
    if not asked or not replied:
        return
    name = _name_in(asked[1], image, looked_for)
    is_there = any(thing.name == name for thing in image.objects)
    if name and is_there != (replied[1].lower() == "yes"):
        yield f"{name} is {'there' if is_there else 'not there'}"


def _wrong_count(question: str, answer: str, image: AnnotatedImage, looked_for: Collection[str]) -> Iterator[str]:
    asked = _COUNT.match(question)
    name = _name_in(asked[1], image, looked_for) if asked else ""
    if not name or any(thing.is_crowd and thing.name == name for thing in image.objects):
        return
    count = Counter(thing.name for thing in image.objects)[name]
    stated = _number_in(answer)
    if stated is not None and stated != count:
        yield f"{name}: {stated} instead of {count}"


def _wrong_colour(question: str, answer: str, image: AnnotatedImage, _looked_for: Collection[str]) -> Iterator[str]:
    """Judged where all objects that the question may mean have one colour, in their names or attributes."""
    asked = _COLOUR.match(question)
    if not asked:
        return
    named = asked[1].lower().split()
    meant = [thing for thing in image.objects if thing.name.lower().split()[-len(named) :] == named]
    colours = {frozenset(_COLOURS.intersection((*thing.name.split(), *thing.attributes))) for thing in meant}
    stated = _COLOURS.intersection(_WORD.findall(answer.lower()))
    if len(colours) == 1 and len(true := colours.pop()) == 1 and len(stated) == 1 and stated != true:
        yield f"{asked[1]}: {next(iter(stated))} instead of {next(iter(true))}"


def _wrong_box(question: str, answer: str, image: AnnotatedImage, _looked_for: Collection[str]) -> Iterator[str]:
    """Judged where objects have boxes: one that is spoken of must be that of an object, to a hundredth."""
    boxes = [thing.box for thing in image.objects if thing.box]
    for edges in _BOX.findall(f"{question} {answer}") if boxes else ():
        stated = [float(edge) for edge in edges]
        if not any(max(abs(one - other) for one, other in zip(stated, box, strict=True)) < _NEAR for box in boxes):
            yield f"no object has the box [{', '.join(edges)}]"


def _name_in(words: str, image: AnnotatedImage, looked_for: Collection[str]) -> str:
    """The object that some words name, in the singular or the plural, if its number in the image is certain."""
    wanted = words.lower().strip()
    return next((name for name in looked_for if wanted in (name, plural_of(name))), "") if image.objects else ""


def _number_in(answer: str) -> int | None:
    """The only number of an answer."""
    words = _WORD.findall(answer.lower())
    numbers = {int(word) if word.isdigit() else _NUMBERS[word] for word in words if word.isdigit() or word in _NUMBERS}
    return numbers.pop() if len(numbers) == 1 else None
