"""The base form of English verbs: `describe` for `describing`, `describes` and `described`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from vlitqa.backends.english.instruction_verbs import NOUN_LIKE_VERBS

_IRREGULAR_VERBS = """
    be am is are was were been being 's 're 'm; become became; begin began begun; break broke broken; bring brought;
    build built; buy bought; catch caught; choose chose chosen; come came; dig dug; die dying; do does did done;
    draw drew drawn; drink drank drunk; drive drove driven; eat ate eaten; fall fell fallen; feed fed; feel felt;
    fight fought; find found; fly flew flown; get got gotten; give gave given; go goes went gone; grow grew grown;
    hang hung; have has had 've; hear heard; hide hid hidden; hold held; keep kept; know knew known; lead led;
    leave left; lie lay lain lying; light lit; lose lost; make made; mean meant; meet met; pay paid;
    ride rode ridden; ring rang rung; run ran; say said; see saw seen; sell sold; send sent; shine shone; shoot shot;
    show shown; sing sang sung singing; sit sat; sleep slept; speak spoke spoken; spend spent; stand stood;
    swim swam swum; swing swung; take took taken; teach taught; tell told; think thought; throw threw thrown; tie tying;
    undergo underwent undergone; understand understood; wear wore worn; win won; write wrote written
"""
IRREGULAR: Mapping[str, str] = {
    form: base for base, *forms in (verb.split() for verb in _IRREGULAR_VERBS.split(";")) for form in forms
}
_BEHIND_SIBILANTS = ("ches", "shes", "sses", "xes", "zes", "oes")
_HAS_VOWEL = re.compile(r"[aeiouy]")
_SHORT_VOWEL = re.compile(r"[^aeiouy][aeiouy][^aeiouywx]$")
"""A stem that would double its last letter if no e had been cut off: `hop` of `hoping`."""
_DOUBLED = re.compile(r"([bdgmnprt])\1$")
_WANTS_E = re.compile(r"([^s]s|[vzcgu]|[^aeiouylr]l|^[^aeiouy]*[aeiouy][^aeiouywx])$")


def base_form(verb: str) -> str:
    """The base form of a verb: the first that a lexicon knows of those that its ending allows, or the likeliest."""
    word = verb.lower()
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word in NOUN_LIKE_VERBS:
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s"):
        return _without_s(word)
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and _HAS_VOWEL.search(stem):
            as_it_is = (stem + "e", stem) if _SHORT_VOWEL.search(stem) else (stem, stem + "e")
            candidates = (*as_it_is, *([stem[:-1]] if _DOUBLED.search(stem) else ()))
            return next(filter(_is_verb, candidates), _likely(stem))
    return word


def _without_s(word: str) -> str:
    """`watch` of `watches`, `make` of `makes`, and `discuss` as it is."""
    if word.endswith("ss") or len(word) < 4:
        return word
    return word[:-2] if word.endswith(_BEHIND_SIBILANTS) and not _is_verb(word[:-1]) else word[:-1]


def _likely(stem: str) -> str:
    """The spelling without `ing` and `ed` that English prefers: `line`, `sample`, `image`, but `press` and `obtain`."""
    if _DOUBLED.search(stem):
        return stem[:-1]
    return stem + "e" if _WANTS_E.search(stem) else stem


@lru_cache(maxsize=4096)
def _is_verb(word: str) -> bool:
    """True if it is one of the verbs of instructions, or one in TextBlob's lexicon."""
    from textblob.en import parser

    tag = parser.lexicon.get(word) or ""
    return word in NOUN_LIKE_VERBS or tag.startswith("VB")


def says_something(verb: str) -> bool:
    """False for `be`, which joins a subject with what is said of it."""
    return verb != "be"
