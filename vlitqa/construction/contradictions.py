"""Answers that say something else of an image than its annotations: a wrong number, colour or box, an absent thing.

Only what annotations settle is judged: an object is absent if its name was looked for and not given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from vlitqa.annotated_images.image import AnnotatedImage
from vlitqa.construction.nouns import plural_of

_COLOURS = frozenset(("red", "green", "blue", "yellow", "orange", "purple", "white", "black", "brown", "pink", "grey"))
_NUMBERS: Mapping[str, int] = {
    word: number
    for number, word in enumerate(
        ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
} | {"none": 0, "zero": 0}
_WHOLE = r"(?:\s+(?:in|on)\s+(?:the|this)\s+(?:picture|image|photo|photograph|scene))?(?:\s+here)?\s*\?"
"""The end of a question about the whole picture: one about a part of it is settled by no annotation."""
_PRONOUN = re.compile(r"\bone\s+(?:can|could|may|might|sees?|of)\b")
_LARGER = frozenset(
    ("twenty", "thirty", "forty", "fifty", "hundred", "hundreds", "dozen", "dozens", "thousand", "pair", "half")
)
_PRESENCE = re.compile(
    rf"^\s*(?:(?:is|are)\s+there|(?:can|do)\s+you\s+see)\s+(?:an?|any|some)\s+([\w' -]+?){_WHOLE}\s*$", re.I
)
_SEEN = r"(?:are(?:\s+(?:there|visible|shown))?|can\s+you\s+see|can\s+be\s+seen|do\s+you\s+see)"
_COUNT = re.compile(rf"^\s*how\s+many\s+([\w' -]+?)\s+{_SEEN}{_WHOLE}", re.I)
_COLOUR = re.compile(r"^\s*what\s+colou?r\s+(?:is|are)\s+the\s+(.+?)\s*\?", re.I)
_YES_NO = re.compile(r"^\W*(yes|no)\b", re.I)
_EDGE = r"(\d(?:\.\d+)?|\.\d+)"
_BOX = re.compile(rf"\[{_EDGE},\s*{_EDGE},\s*{_EDGE},\s*{_EDGE}\]")
_NEAR = 0.011
"""Edges are written with two digits, and a writer may round anew."""
_AFFIRMED = re.compile(r"^\W*yes\W+(?:there\s+(?:is|are)|i\s+(?:can\s+)?see)\s+(?:an?|some|one)\s+(.+)", re.I)
_COUNTED = re.compile(rf"\b(?:\d+|{'|'.join(_NUMBERS)})\s+(.+)", re.I)
"""What is affirmed or counted comes first in the rest of the answer."""
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


def facts_of(text: str) -> set[str]:
    """The colours of a text, and its numbers from two on: `one` is a pronoun too."""
    words = words_with_numbers(text.lower().replace("gray", "grey"))
    return {word for word in words if word in _COLOURS or (word.isdigit() and int(word) > 1)}


def _wrong_presence(question: str, answer: str, image: AnnotatedImage, looked_for: Collection[str]) -> Iterator[str]:
    asked, replied = _PRESENCE.match(question), _YES_NO.match(answer)
    names = _names_in(asked[1], image, looked_for) if asked else frozenset()
    if not asked or not replied or not names:
        return
    is_there = any(thing.name in names for thing in image.objects)
    if is_there != (replied[1].lower() == "yes"):
        yield f"{asked[1]} is {'there' if is_there else 'not there'}"
    elif (affirmed := _AFFIRMED.match(answer)) and (other := _other_thing(asked[1], names, affirmed[1], looked_for)):
        yield f"{other} instead of {asked[1]}"


def _wrong_count(question: str, answer: str, image: AnnotatedImage, looked_for: Collection[str]) -> Iterator[str]:
    asked = _COUNT.match(question)
    names = _names_in(asked[1], image, looked_for) if asked else frozenset()
    if not asked or not names or any(thing.is_crowd and thing.name in names for thing in image.objects):
        return
    count = sum(thing.name in names for thing in image.objects)
    stated = _number_in(answer)
    if stated is not None and stated != count:
        yield f"{asked[1]}: {stated} instead of {count}"
    elif (counted := _COUNTED.search(answer)) and (other := _other_thing(asked[1], names, counted[1], looked_for)):
        yield f"{other} instead of {asked[1]}"


def _wrong_colour(question: str, answer: str, image: AnnotatedImage, _looked_for: Collection[str]) -> Iterator[str]:
    """Judged where all objects that the question may mean have one colour, in their names or attributes."""
    asked = _COLOUR.match(question)
    if not asked:
        return
    named = asked[1].lower().split()
    meant = [thing for thing in image.objects if thing.name.lower().split()[-len(named) :] == named]
    colours = {
        frozenset(
            _COLOURS.intersection(f"{thing.name} {' '.join(thing.attributes)}".lower().replace("gray", "grey").split())
        )
        for thing in meant
    }
    stated = _COLOURS.intersection(_WORD.findall(answer.lower().replace("gray", "grey")))
    if len(colours) == 1 and len(true := colours.pop()) == 1 and len(stated) == 1 and stated != true:
        yield f"{asked[1]}: {next(iter(stated))} instead of {next(iter(true))}"


def _wrong_box(question: str, answer: str, image: AnnotatedImage, _looked_for: Collection[str]) -> Iterator[str]:
    """Judged where objects have boxes: one that is spoken of must be that of an object, to a hundredth."""
    given = [*(thing.box for thing in image.objects), *(word.box for word in image.words)]
    boxes = [box for box in given if box]
    for edges in _BOX.findall(f"{question} {answer}") if boxes else ():
        stated = [float(edge) for edge in edges]
        is_share = any("." in edge for edge in edges)
        if is_share and not any(
            max(abs(one - other) for one, other in zip(stated, box, strict=True)) < _NEAR for box in boxes
        ):
            yield f"no object has the box [{', '.join(edges)}]"


def _names_in(words: str, image: AnnotatedImage, looked_for: Collection[str]) -> frozenset[str]:
    """The objects that some words name, in the singular or the plural, if their number in the image is certain.

    A noun with which several names end, such as the star of `red star` and `blue star`, means them all.
    """
    wanted = words.lower().strip()
    if not image.objects:
        return frozenset()
    exact = frozenset(name for name in looked_for if wanted in (name, plural_of(name)))
    ending = frozenset(name for name in looked_for if wanted in (_noun_of(name), plural_of(_noun_of(name))))
    return exact or (ending if len(ending) > 1 else frozenset())


def _other_thing(asked: str, names: Collection[str], rest: str, looked_for: Collection[str]) -> str:
    """The thing that begins an answer in the place of what was asked after; empty where both are spoken of."""
    wanted = asked.lower().strip()
    forms = {wanted, *names, *map(plural_of, names)}
    if any(f" {form} " in f" {_spaced(rest)} " for form in map(_spaced, forms)):
        return ""
    shared = {noun for noun, ending in Counter(map(_noun_of, looked_for)).items() if ending > 1}
    begins = (noun for noun in sorted({*looked_for, *shared}, key=len, reverse=True) if _begins_with(rest, noun))
    first = next(begins, "")
    is_asked = f" {wanted}".endswith((f" {first}", f" {plural_of(first)}")) if first else True
    return "" if is_asked else first


def _spaced(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _noun_of(name: str) -> str:
    return name.rpartition(" ")[2]


def _begins_with(text: str, noun: str) -> bool:
    """True if a text begins with a noun, in the singular or the plural."""
    words = " ".join(_WORD.findall(text.lower()))
    return any(f"{words} ".startswith(f"{form} ") for form in (noun, plural_of(noun)))


def _number_in(answer: str) -> int | None:
    """The only number of an answer; None where there are several, or one that is written in other words too."""
    words = _WORD.findall(_PRONOUN.sub(" ", answer.lower()))
    numbers = [int(word) if word.isdigit() else _NUMBERS[word] for word in words if word.isdigit() or word in _NUMBERS]
    return numbers[0] if len(numbers) == 1 and not _LARGER.intersection(words) else None
