"""Things that an English text names, by the nouns of its phrases, without words of the picture and of the task."""

from __future__ import annotations

from collections.abc import Sequence

from vlitqa.backends.english.chunking import Word
from vlitqa.backends.english.instruction_verbs import words_in
from vlitqa.backends.english.nouns import ASKED_ATTRIBUTES, REASONS, TRANSPARENT, WHOLE_IMAGE, singular

_PRONOUNS = words_in(
    "anybody anyone anything everybody everyone everything he her here hers herself him himself how i it itself me "
    "mine myself nobody nothing one ours ourselves she somebody someone something that theirs them themselves there "
    "these they thing this those us we what when where which who whom whose why you yours yourself yourselves"
)
"""A parser without tags needs them all; the others take some of them for nouns."""
_TASK_WORDS = words_in(
    "analysis answer bbox box caption coordinate depiction depth description detail explanation focus instruction "
    "manner narration narrative option overview precision question response rundown sentence summary task way width "
    "word"
)
"""Nouns for the answer, and for the way in which it is to be given."""
_POSITIONS = words_in("background bottom center centre corner foreground front left middle right scene side top view")
"""Nouns for the picture as a whole and for a place in it, whatever stands there."""
_KINDS = words_in("aspect attribute characteristic component content element factor kind sort type variety")
_NO_THINGS = _PRONOUNS | _TASK_WORDS | _POSITIONS | _KINDS | WHOLE_IMAGE | ASKED_ATTRIBUTES | REASONS


def names_thing(noun: str) -> bool:
    """True for a noun in the singular that names a thing: no pronoun, attribute or reason, no word of the picture."""
    return noun not in _NO_THINGS and sum(letter.isalpha() for letter in noun) > 1


def things_in(words: Sequence[Word]) -> list[str]:
    """The last noun of every noun phrase of a sentence, in the singular, if it names a thing.

    A noun whose `of` names what is meant is passed over: a group of people is people.
    """
    ends = _last_nouns(words)
    nouns = [singular(words[place].text) for place in ends if not _leads_to_what_is_meant(words, place)]
    return [noun for noun in nouns if names_thing(noun)]


def _last_nouns(words: Sequence[Word]) -> list[int]:
    """The place of the last noun of every noun phrase that has one."""
    places: dict[int, int] = {}
    phrase = -1
    for place, word in enumerate(words):
        phrase = place if word.chunk == "B-NP" else phrase
        if word.is_noun and word.chunk.endswith("NP"):
            places[phrase] = place
    return list(places.values())


def _leads_to_what_is_meant(words: Sequence[Word], place: int) -> bool:
    is_before_of = [word.text.lower() for word in words[place + 1 : place + 2]] == ["of"]
    return is_before_of and singular(words[place].text) in TRANSPARENT
