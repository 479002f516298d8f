"""Reads the roles that HanLP gives the spans of a sentence: predicates, arguments, and the things among them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vlitqa.backends.english.base_forms import base_form, says_something
from vlitqa.backends.english.instruction_verbs import words_in
from vlitqa.backends.english.nouns import singular
from vlitqa.backends.english.things import names_thing

ROLE_TASK = "srl"
"""HanLP's task."""
RoleSpan = tuple[str, str, int, int]
"""Its words, its role, its first token and the token behind its last, counted from zero."""
Frames = Sequence[Sequence[RoleSpan]]
"""A frame for each predicate of a sentence: the predicate and its arguments, in the order of the sentence."""

_PREDICATE = "PRED"
_THING_ROLES = re.compile(r"ARG\d|ARGA|ARGM-(LOC|DIR|GOL|COM)")
"""PropBank's roles of participants, and of places and companions; not of time, manner, cause, negation, modality."""
_BEHIND_HEAD = words_in(
    "about at behind beside by for from in into near of on over to under with that who which , ( and or"
)
"""Words that end the noun phrase that a span begins with."""


def count_roles(frames: Frames) -> int:
    """Counts the predicates of a sentence and the spans that have a role, a span with two roles once."""
    return len({(begin, end) for frame in frames for _, _, begin, end in frame})


def predicates_with_roles(frames: Frames) -> list[str]:
    """The base forms of the predicates, in the order of the sentence, but for `be`."""
    predicates = sorted((begin, words) for frame in frames for words, role, begin, _ in frame if role == _PREDICATE)
    return list(filter(says_something, (base_form(words) for _, words in predicates)))


def things_with_roles(frames: Frames, tokens: Sequence[str]) -> list[str]:
    """The head nouns of the arguments that name a thing, in the order of the sentence.

    An argument that holds another one, such as a clause, is passed over: the things are the arguments in it.
    """
    spans = {(begin, end) for frame in frames for _, role, begin, end in frame if _THING_ROLES.fullmatch(role)}
    innermost = [span for span in sorted(spans) if not any(_holds(span, other) for other in spans)]
    heads = [_head(tokens[begin:end]) for begin, end in innermost]
    return [head for head in heads if names_thing(head)]


def _holds(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return span != other and span[0] <= other[0] and other[1] <= span[1]


def _head(tokens: Sequence[str]) -> str:
    """The last word before what stands behind a noun: of `on the bench in the park` the bench, in the singular."""
    words = [token.lower() for token in tokens]
    while words and words[0] in _BEHIND_HEAD:
        words = words[1:]
    end = next((place for place, word in enumerate(words) if word in _BEHIND_HEAD), len(words))
    return singular(words[end - 1]) if end else ""
