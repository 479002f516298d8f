"""Finds the noun that a verb or a question word is about."""

from __future__ import annotations

from collections.abc import Sequence

from vlitqa.backends.english.chunking import Word
from vlitqa.backends.english.instruction_verbs import words_in
from vlitqa.backends.english.nouns import TRANSPARENT, WHOLE_IMAGE, singular
from vlitqa.backends.taggers import task_words as tables

_BEFORE_NOUNS = words_in("DT PDT CD PRP$ JJ JJR JJS RB RBR RBS IN TO RP")
_BEFORE_PREPOSITIONS = frozenset({"", "IN", "TO", "RP", "RB", "PRP"})
_DEGREES = tables.DETAIL_WORDS | tables.BRIEF_WORDS
_PARTS = frozenset({"part", "side", "area", "region"})
_BEHIND_TASKS = words_in("of for about from on in regarding representing showing depicting describing")


def object_behind(words: Sequence[Word]) -> tuple[str, int]:
    """The noun that these words begin with, in the singular, and where its phrase ends; empty if a verb comes first."""
    place = _noun_at(words)
    if place is None:
        return "", 0
    while place + 1 < len(words) and words[place + 1].is_noun and words[place + 1].text not in tables.EMPTY_NOUNS:
        place += 1
    noun, end = _name(words[place]), place + 1
    if _text(words, end) in {"'s", "'"}:
        owned, length = object_behind(words[end + 1 :])
        return (noun, end) if noun == "image" or not owned else (owned, end + 1 + length)
    if _text(words, end) == "of" and (noun in TRANSPARENT or noun in _PARTS):
        meant, length = object_behind(words[end + 1 :])
        if meant:
            return (f"{meant} {noun}" if noun in _PARTS else meant), end + 1 + length
    return noun, end


def object_of_task(words: Sequence[Word]) -> str:
    """The object of a task noun such as `description`, somewhere in the words behind it."""
    for place, word in enumerate(words[:8]):
        if word.text.lower() in _BEHIND_TASKS or word.tag == "VBG":
            return object_behind(words[place + 1 :])[0]
    return ""


def _noun_at(words: Sequence[Word]) -> int | None:
    """The first noun behind articles, numbers, adjectives and prepositions."""
    for place, word in enumerate(words[:10]):
        text, before = word.text.lower(), words[place - 1].tag if place else ""
        if word.is_noun:
            return place
        if text in {"me", "us"} | _DEGREES or (text in {",", "and", "but"} and before.startswith("JJ")):
            continue
        if word.tag in {"IN", "TO"} and before not in _BEFORE_PREPOSITIONS:
            return None
        if word.tag in {"VBG", "VBN"} and (not before or before in _BEFORE_NOUNS):
            following = words[place + 1].tag if place + 1 < len(words) else ""
            if word.tag == "VBG" and before.startswith(("DT", "JJ")) and not following.startswith(("NN", "JJ", "VB")):
                return place
            continue
        if word.tag not in _BEFORE_NOUNS:
            return None
    return None


def _name(word: Word) -> str:
    noun = singular(word.text)
    return "image" if noun in WHOLE_IMAGE else noun


def _text(words: Sequence[Word], place: int) -> str:
    return words[place].text.lower() if place < len(words) else ""
