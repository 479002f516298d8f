"""Tags the words of English sentences with parts of speech and phrases, by TextBlob's lexicon and chunker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

from vlitqa.algorithms.sentences import split_sentences
from vlitqa.backends.english.instruction_verbs import (
    INSTRUCTION_VERBS,
    LEADING_WORDS,
    NO_VERB_BEFORE,
    NOUN_LIKE_VERBS,
    OBJECT_BEGINNINGS,
    words_in,
)
from vlitqa.contracts.tools import Lack

LONGEST_CHUNKED_TEXT = 20_000
"""Characters; a longer text is cut before it is chunked."""
AUXILIARIES = words_in("do does did have has had is are was were am be been being 's 're 've 'm")
_BEFORE_NOUNS = words_in("a an many the")
"""Words behind which a verb of the lexicon is a noun: `how many crosses`."""
MODALS = words_in("can could may might must shall should will would ca wo 'll 'd")

_RULES_VERSION = 2
"""Rises whenever the rules of this file or its word lists could give another result."""
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# No branch needs anything behind what it has taken, so it is never taken again.
_WORD = re.compile(
    r"<[\w/]{1,30}>"
    r"|(?:https?://|www\.)\S+"
    r"|(?:[A-Za-z]\.){2,}"
    r"|\d+(?:[.,:/]\d+)*%?"
    r"|[^\W_]+(?:[-'’/][^\W\d_]+)*"
    r"|\.{3}|\S"
)


class Word(NamedTuple):
    """One token of a sentence."""

    text: str
    tag: str
    """The part of speech, as the Penn Treebank names it; FW for other scripts, SYM for symbols."""
    chunk: str
    """The phrase around the word: B-NP for its first word, I-NP for the others, and so on; O for none."""
    preposition: str
    """B-PNP and I-PNP in a phrase that a preposition begins; O otherwise."""

    @property
    def is_noun(self) -> bool:
        """True for nouns and names."""
        return self.tag.startswith("NN")

    @property
    def is_verb(self) -> bool:
        """True for verbs in any form, modals left out."""
        return self.tag.startswith("VB")


def missing_chunker() -> Lack | None:
    """Returns the package that the chunker lacks here and how to install it."""
    try:
        version("textblob")
    except PackageNotFoundError:
        return Lack("the package textblob is not installed", "pip install textblob")
    return None


def chunker_fingerprint() -> str:
    """A text that changes whenever a sentence could be chunked otherwise."""
    return f"textblob {version('textblob')}, rules {_RULES_VERSION}"


class Chunker:
    """Chunks sentences; it reads TextBlob's lexicon at once, so that threads never meet half of it."""

    def __init__(self) -> None:
        from textblob.en import parser

        self._parser: Any = parser
        self.chunk("The lexicon is read.")

    def sentences(self, text: str) -> list[list[Word]]:
        """Chunks the sentences of a text, those behind the longest chunked text left out."""
        sentences = (self.chunk(sentence) for sentence in split_sentences(text[:LONGEST_CHUNKED_TEXT]))
        return [words for words in sentences if words]

    def chunk(self, sentence: str) -> list[Word]:
        """Tags the words of one sentence."""
        words = words_of(sentence)
        if not words:
            return []
        imperatives = _imperatives([word.lower() for word in words])
        for place in imperatives:
            words[place] = words[place].lower()
        tagged = self._parser.find_tags([word.split("/")[0] or word for word in words])
        for place in imperatives:
            tagged[place][1] = "VB"
        _correct_tags(tagged, words)
        return [Word(word, *rest[1:]) for word, rest in zip(words, self._parser.find_chunks(tagged), strict=True)]


def words_of(sentence: str) -> list[str]:
    """Splits a sentence into words, placeholders left out; every Chinese or Japanese character is a word."""
    if not sentence.isascii():
        sentence = _HAN.sub(r" \g<0> ", sentence).replace("’", "'")
    if sentence.isupper() and " " in sentence:
        sentence = sentence.lower()
    words: list[str] = []
    for word in _WORD.findall(sentence):
        if "'" in word and len(word) > 1:
            words += _split_contraction(word)
        elif not (word[0] == "<" and len(word) > 1):
            words.append(word)
    return words


def _split_contraction(word: str) -> list[str]:
    """Splits `isn't` and `what's` into two words each."""
    if word.lower().endswith("n't") and len(word) > 3:
        return [word[:-3], word[-3:]]
    stem, _, rest = word.rpartition("'")
    return [stem, "'" + rest] if stem else [word]


def _imperatives(words: Sequence[str]) -> list[int]:
    """The places of imperatives: at the start, behind `please` and `could you`, and in a row of imperatives."""
    places = []
    start = _skip_leading_words(words, 0)
    if words[start : start + 1] and words[start] in MODALS and words[start + 1 : start + 2] == ["you"]:
        start = _skip_leading_words(words, start + 2)
    if start < len(words) and words[start] in INSTRUCTION_VERBS:
        if words[start + 1 : start + 2] and words[start + 1] in NO_VERB_BEFORE:
            return []
        places.append(start)
    for place in range(start + 1, len(words) - 1):
        if words[place] not in INSTRUCTION_VERBS or words[place + 1] not in OBJECT_BEGINNINGS:
            continue
        before = place - 1 if words[place - 1] not in LEADING_WORDS else max(place - 2, 0)
        if words[before] in {"and", "or", "then", ",", ";", ":"}:
            places.append(place)
    return places


def _skip_leading_words(words: Sequence[str], place: int) -> int:
    while place < len(words) and (words[place] in LEADING_WORDS or not words[place][0].isalnum()):
        place += 1
    return place


def _correct_tags(tagged: list[list[str]], words: Sequence[str]) -> None:
    """Corrects the tags that a lexicon alone gets wrong in instructions."""
    expects_verb = False
    """True while a modal or a form of `do` has not met its verb yet."""
    previous, previous_tag = "", ""
    for place, pair in enumerate(tagged):
        word, tag = words[place].lower(), pair[1]
        following = tagged[place + 1][1] if place + 1 < len(tagged) else ""
        if word == "'s" and previous_tag in {"WP", "WRB", "PRP", "EX"}:
            pair[1] = "VBZ"
        elif not word.isascii() or not word[0].isalnum():
            pair[1] = _tag_beyond_ascii(word, tag)
        elif word == "please":
            pair[1] = "UH"
        elif word == "left" and tag in {"VBN", "VBD"} and previous not in AUXILIARIES and previous_tag != "PRP":
            pair[1] = "JJ" if following.startswith("NN") else "NN"
        elif tag in {"VB", "VBP", "VBZ"} and (previous in _BEFORE_NOUNS or previous_tag == "JJ"):
            pair[1] = "NNS" if tag == "VBZ" else "NN"
        elif tag in {"NN", "NNP", "JJ", "VBP"} and word in NOUN_LIKE_VERBS:
            behind_subject = previous_tag in {"NN", "NNS", "NNP", "PRP"} and expects_verb
            if behind_subject or previous == "to" or previous_tag == "MD" or (previous_tag, following) == ("NNS", "TO"):
                pair[1] = "VB"
        is_auxiliary = word in MODALS or word in {"do", "does", "did"}
        expects_verb = is_auxiliary or (expects_verb and pair[1] not in {"VB", "VBP"})
        previous, previous_tag = word, pair[1]


def _tag_beyond_ascii(word: str, tag: str) -> str:
    """Returns FW for words of other scripts and SYM for symbols; accented words and contractions keep their tags."""
    letters = [letter for letter in word if letter.isalpha()]
    if not letters:
        return tag if word.isascii() and tag not in {"NN", "NNP", "NNS"} else "SYM"
    return tag if all(ord(letter) < 0x250 for letter in letters) else "FW"
