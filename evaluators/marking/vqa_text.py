"""Answers to visual questions as their graders compare them: without punctuation and articles, words written alike.

The rules of VQA (Antol et al. 2015), with the quirks of the script that everybody runs: its pattern for full stops was
meant to spare numbers and drops every full stop that no digit follows, and no more than 32 of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

_PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'
_COMMA = re.compile(r"\d,\d")
_FULL_STOP = re.compile(r"\.(?!\d)")
_FULL_STOPS = 32
_DIGITS = {"none": "0", "zero": "0", **{word: str(number) for number, word in enumerate(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
)}}  # fmt: skip
_ARTICLES = frozenset(("a", "an", "the"))
_CONTRACTIONS = """
ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've he's
how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've o'clock
oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd
someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've there're there's
they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's what've when's
where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've wouldn't wouldn't've
y'all y'all'll y'all'd've you'd you'd've you'll you're you've
"""
_COMPLETED: Mapping[str, str] = {
    "somebody'd": "somebodyd",
    **{
        word[:place] + word[place + 1 :]: word
        for word in _CONTRACTIONS.split()
        for place, letter in enumerate(word)
        if letter == "'"
    },
}
"""Contractions that lack one apostrophe, with it; the script has the first the wrong way round."""
_FULL_SCORE = 3
"""Annotators who must agree with an answer for all of its score."""
_FEWEST = 4
"""References of which one can be left out so that enough are left to agree."""


@lru_cache(1 << 16)
def normalise(text: str) -> str:
    """A text as VQA compares it."""
    return normalise_words(without_punctuation(one_line(text)))


@lru_cache(1 << 16)
def is_blank(text: str) -> bool:
    """True if a text is nothing but punctuation; an article is something, which comparing drops later."""
    return not without_punctuation(one_line(text)).strip()


def one_line(text: str) -> str:
    """A text with spaces for tabs and ends of lines."""
    return text.replace("\n", " ").replace("\t", " ").strip()


def without_punctuation(text: str) -> str:
    """Drops each mark that stands beside a space anywhere in the text, and puts a space for each that does not."""
    bare, has_comma_in_number = text, bool(_COMMA.search(text))
    for mark in _PUNCTUATION:
        if mark in text:
            is_dropped = has_comma_in_number or f"{mark} " in text or f" {mark}" in text
            bare = bare.replace(mark, "" if is_dropped else " ")
    return _FULL_STOP.sub("", bare, count=_FULL_STOPS)


def normalise_words(text: str) -> str:
    """A text in lower case, with digits for numbers up to ten, without articles, apostrophes where they belong."""
    words = (_DIGITS.get(word, word) for word in text.lower().split())
    return " ".join(_COMPLETED.get(word, word) for word in words if word not in _ARTICLES)


@lru_cache(1 << 16)
def _as_servers_do(text: str) -> str:
    """A text as the graders of TextVQA and VizWiz compare it."""
    return normalise(text.lower().replace(",", "").replace("?", "").replace("'s", " 's"))


def _read_as_vqa(prediction: str, references: Sequence[str]) -> tuple[str, list[str]]:
    """VQA's own script leaves a question alone on whose answer all annotators agree."""
    lines = [one_line(reference) for reference in references]
    if len(set(lines)) == 1:
        return one_line(prediction), lines
    return normalise(prediction), [normalise(reference) for reference in references]


def _read_as_lavis(prediction: str, references: Sequence[str]) -> tuple[str, list[str]]:
    """LAVIS normalises the answer wholly, and drops of the references the punctuation alone."""
    lines = [one_line(reference) for reference in references]
    bare = lines if len(set(lines)) == 1 else [without_punctuation(line) for line in lines]
    return normalise(prediction), bare


def _read_as_servers(prediction: str, references: Sequence[str]) -> tuple[str, list[str]]:
    """The servers of TextVQA and VizWiz read both sides alike, always."""
    return _as_servers_do(prediction), [_as_servers_do(reference) for reference in references]


VQA_READINGS: Mapping[str, Callable[[str, Sequence[str]], tuple[str, list[str]]]] = {
    "vqa": _read_as_vqa,
    "lavis": _read_as_lavis,
    "server": _read_as_servers,
}
"""Three readings in use: VQAv2 and OK-VQA, LAVIS, and TextVQA with VizWiz."""


def soft_score(prediction: str, references: Sequence[str], reading: str) -> float:
    """The mean over all choices of nine of ten annotators of how many, up to three, agree: 0, .3, .6, .9 or 1."""
    answer, normalised = VQA_READINGS[reading](prediction, references)
    same = normalised.count(answer)
    if len(normalised) < _FEWEST:
        return float(same > 0)
    others = len(normalised) - same
    agreeing, disagreeing = min(1.0, (same - 1) / _FULL_SCORE), min(1.0, same / _FULL_SCORE)
    return (same * agreeing + others * disagreeing) / len(normalised) if same else 0.0
