"""Answers to visual questions as their graders read them: without punctuation, articles and the ways to write a word.

The rules of VQA (Antol et al. 2015), with the quirks of the script that everybody runs: its pattern for full stops was
meant to spare numbers and takes every full stop that no digit follows, and no more than 32 of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

_MARKS = ';/[]"{}()=+\\_-><@`,?!'
_COMMA = re.compile(r"\d,\d")
_FULL_STOP = re.compile(r"\.(?!\d)")
_FULL_STOPS = 32
_NUMBERS = {"none": "0", "zero": "0", **{word: str(at) for at, word in enumerate(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
)}}  # fmt: skip
_ARTICLES = frozenset(("a", "an", "the"))
_SHORT = """ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd
he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't
not've o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's
someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've there're
there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's what've
when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've wouldn't
wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've"""
_WRITTEN: Mapping[str, str] = {
    "somebody'd": "somebodyd",
    **{word[:at] + word[at + 1 :]: word for word in _SHORT.split() for at, letter in enumerate(word) if letter == "'"},
}
"""Short forms that lack one apostrophe, as they should be written; the script has the first the wrong way round."""
_ENOUGH = 3
"""Annotators who must agree with an answer for all of its score."""
_FEWEST = 4
"""References below which leaving one out leaves too few to agree."""


@lru_cache(1 << 16)
def normalised(text: str) -> str:
    """A text as VQA compares it."""
    return plain_words(without_marks(one_line(text)))


@lru_cache(1 << 16)
def is_blank(text: str) -> bool:
    """Whether nothing but marks is left of a text; an article is something, which comparing drops later."""
    return not without_marks(one_line(text)).strip()


def one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").strip()


def without_marks(text: str) -> str:
    """Each mark goes where it stands beside a space anywhere in the text, and becomes a space where it does not."""
    found, glued = text, bool(_COMMA.search(text))
    for mark in _MARKS:
        if mark in text:
            found = found.replace(mark, "" if glued or f"{mark} " in text or f" {mark}" in text else " ")
    return _FULL_STOP.sub("", found, count=_FULL_STOPS)


def plain_words(text: str) -> str:
    """Small letters, digits for numbers up to ten, no articles, apostrophes where they belong."""
    words = (_NUMBERS.get(word, word) for word in text.lower().split())
    return " ".join(_WRITTEN.get(word, word) for word in words if word not in _ARTICLES)


@lru_cache(1 << 16)
def _evaluation_server(text: str) -> str:
    """As the graders of TextVQA and VizWiz read it."""
    return normalised(text.lower().replace(",", "").replace("?", "").replace("'s", " 's"))


def _official(prediction: str, references: Sequence[str]) -> tuple[str, list[str]]:
    """VQA's own script leaves a question alone on whose answer all annotators agree."""
    lines = [one_line(each) for each in references]
    if len(set(lines)) == 1:
        return one_line(prediction), lines
    return normalised(prediction), [normalised(each) for each in references]


def _lavis(prediction: str, references: Sequence[str]) -> tuple[str, list[str]]:
    """LAVIS reads the answer whole, and of the references takes the marks alone."""
    lines = [one_line(each) for each in references]
    return normalised(prediction), lines if len(set(lines)) == 1 else [without_marks(each) for each in lines]


def _server(prediction: str, references: Sequence[str]) -> tuple[str, list[str]]:
    return _evaluation_server(prediction), [_evaluation_server(each) for each in references]


LINEAGES: Mapping[str, Callable[[str, Sequence[str]], tuple[str, list[str]]]] = {
    "vqa": _official,
    "lavis": _lavis,
    "server": _server,
}
"""Three readings in use: VQAv2 and OK-VQA, LAVIS, and TextVQA with VizWiz."""


def soft_score(prediction: str, references: Sequence[str], lineage: str) -> float:
    """The mean over all choices of nine of ten annotators of how many, up to three, agree: 0, .3, .6, .9 or 1."""
    said, known = LINEAGES[lineage](prediction, references)
    same = known.count(said)
    if len(known) < _FEWEST:
        return float(same > 0)
    rest = len(known) - same
    return (same * min(1.0, (same - 1) / _ENOUGH) + rest * min(1.0, same / _ENOUGH)) / len(known) if same else 0.0
