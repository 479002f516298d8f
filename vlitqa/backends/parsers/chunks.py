"""Counts semantic elements and objects by chunks: an embedded stand-in for a semantic parser, and named as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vlitqa.algorithms.scripts import is_in_latin_letters
from vlitqa.backends.english.base_forms import base_form, says_something
from vlitqa.backends.english.chunking import (
    AUXILIARIES,
    LONGEST_CHUNKED_TEXT,
    MODALS,
    Chunker,
    Word,
    chunker_fingerprint,
    missing_chunker,
)
from vlitqa.backends.english.things import things_in
from vlitqa.contracts.tools import ElementCount, Lack
from vlitqa.errors import UsageError

_RULES_VERSION = 3
"""Rises whenever the same chunks could be counted otherwise."""


@dataclass(frozen=True)
class Chunks:
    """TextBlob's chunks as a proxy of semantic elements and objects; needs no model and no download."""

    @classmethod
    def of(cls, source: str) -> Chunks:
        """Makes it without a source; raises UsageError for any."""
        if source:
            raise UsageError(f"The parser chunks has no {source!r}.", repair="It is named without a source: chunks.")
        return cls()

    def missing(self) -> Lack | None:
        """Returns what it lacks here."""
        return missing_chunker()

    def fingerprint(self) -> str:
        """Names the rules and TextBlob."""
        return f"chunks {_RULES_VERSION}, {chunker_fingerprint()}"

    def open(self) -> ChunkParser:
        """Reads the lexicon."""
        return ChunkParser()


class ChunkParser:
    """Counts predicates, arguments and modifiers, and names things, without a parse."""

    unit = (
        "elements_proxy: verb phrases, noun phrases, prepositional phrases, question words, adjectives and adverbs "
        "by TextBlob's chunks"
    )
    object_unit = (
        "objects_proxy: noun phrases by TextBlob's chunks that name a thing: no pronoun, question word, attribute "
        "or reason, neither the picture nor the answer"
    )

    def __init__(self) -> None:
        self._chunker = Chunker()

    def count(self, texts: Sequence[str]) -> Sequence[ElementCount]:
        """Counts the elements and words of every text, and names its objects."""
        return [self._count(text) for text in texts]

    def _count(self, text: str) -> ElementCount:
        text = text[:LONGEST_CHUNKED_TEXT]
        sentences = self._chunker.sentences(text)
        if not is_in_latin_letters(text):
            return ElementCount(0, sum(map(len, sentences)), is_read=False)
        predicates = [verb for words in sentences for verb in _predicates(words)]
        elements = len(predicates) + sum(_count_arguments(words) + _count_modifiers(words) for words in sentences)
        objects = tuple(thing for words in sentences for thing in things_in(words))
        verbs = tuple(filter(says_something, map(base_form, predicates)))
        return ElementCount(elements, sum(map(len, sentences)), objects, verbs)


def _predicates(words: Sequence[Word]) -> Iterator[str]:
    """The main verbs of verb phrases; an auxiliary that a question moved before its subject belongs to its verb."""
    phrases = [[word for word in phrase if word.is_verb] for phrase in _verb_phrases(words)]
    for place, verbs in enumerate(phrases):
        following = phrases[place + 1] if place + 1 < len(phrases) else []
        if verbs and not (place == 0 and _is_moved_auxiliary(verbs, following, words)):
            yield verbs[-1].text


def _verb_phrases(words: Sequence[Word]) -> list[list[Word]]:
    phrases: list[list[Word]] = []
    for word in words:
        if word.chunk == "B-VP":
            phrases.append([word])
        elif word.chunk == "I-VP" and phrases:
            phrases[-1].append(word)
    return phrases


def _is_moved_auxiliary(verbs: Sequence[Word], following: Sequence[Word], words: Sequence[Word]) -> bool:
    """True if the only verb is an auxiliary and its main verb comes later: `Is the man riding`, `Does it show`."""
    auxiliary = verbs[0].text.lower().split("/")[0]
    if len(verbs) > 1 or not following or auxiliary not in AUXILIARIES:
        return False
    if words[0].tag not in {"WP", "WDT", "WRB", "WP$"} and words[0].text.lower() not in AUXILIARIES | MODALS:
        return False
    form = following[0].tag
    if auxiliary in {"do", "does", "did"}:
        return form in {"VB", "VBP"}
    return form in ({"VBN", "VBD"} if auxiliary in {"have", "has", "had"} else {"VBG", "VBN"})


def _count_arguments(words: Sequence[Word]) -> int:
    """Counts noun phrases, the prepositions that attach some of them, and question words that stand alone."""
    noun_phrases = sum(word.chunk == "B-NP" for word in words)
    prepositions = sum(word.preposition == "B-PNP" for word in words)
    question_words = sum(word.tag in {"WP", "WDT"} and not word.chunk.endswith("NP") for word in words)
    return noun_phrases + prepositions + question_words


def _count_modifiers(words: Sequence[Word]) -> int:
    return sum(word.tag.startswith(("JJ", "RB")) for word in words)
