"""Faults that can be read off a response beside its question: cut reasoning, residue of prompts, options, loops."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vlitqa.algorithms.scripts import answers_in_other_script

_OPEN, _CLOSE = "<think>", "</think>"
_IMAGE = r"(?:images?|pictures?|photos?|photographs?)"
_UNSEEN = re.compile(
    rf"""
    \bi(?:'m|’m|\sam)?\s(?:cannot|can't|can’t|can\snot|unable\sto|not\sable\sto|
        do(?:n't|n’t|\snot)\shave\sthe\sability\sto)\s
        (?:actually\s|directly\s|currently\s)?(?:see|view|access|open|look\sat|process|analy[sz]e)\s
        (?:(?:the|this|that|an?|any|your|these|those)\s)?(?:\w+\s)?{_IMAGE}\b
    |\bi(?:'m|’m|\sam)?\s(?:cannot|can't|can’t|unable\sto)\s(?:see|view|access)\s(?:it|this|that)\b
    |\bas\san?\s(?:ai|artificial\sintelligence|(?:large\s)?(?:text|language)[\s-](?:based\s)?model)\b[^.\n]{{0,60}}
        \b(?:see|view|access|{_IMAGE})\b
    |\b(?:no|any)\s{_IMAGE}\s(?:was|were|is|has\sbeen|have\sbeen)\s(?:provided|attached|uploaded|shared)\b
    |\b(?:please|could\syou)\s(?:provide|upload|attach|share)\s(?:the|an?|your)\s{_IMAGE}\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HINTS_OF_UNSEEN = (
    "annot ",
    "an't ",
    "an’t ",
    "nable ",
    "AI ",
    "anguage model",
    "rovide",
    "ttach",
    "pload",
    "not able",
)
"""Letters of which one stands in every response that says so."""
_WITHOUT_I = ("No ", "Please ", "Could you ", "Sorry", "Unfortunately")
"""How a refusal begins in which nobody says I."""
_REFUSED_WITHIN, _NAMED_WITHIN = 120, 200
"""The first letters of a response, in which it refuses, or names what its writer was given."""
_GIVEN = r"(?:captions?|bounding\sbox(?:es)?|object\slist|annotations?)"
_RESIDUE = re.compile(
    rf"""
    \b(?:based\son|according\sto|given|as\sper|from)\s(?:the|these|this|your)\s(?:\w+\s)?(?:provided\s|given\s)?{_GIVEN}\b
    |\bthe\s(?:provided|given)\s(?:\w+\s)?{_GIVEN}\b
    |\b{_GIVEN}\s(?:provided|given)\b
    |\bthe\s{_GIVEN}\s(?:mentions?|says?|states?|indicates?|describes?|does\snot|do\snot)\b
    |\b(?:mentioned|stated|described|provided)\sin\sthe\s{_GIVEN}\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What a writer says who was given captions or boxes in place of the picture."""
_MARKUP = re.compile(
    r"</?(?:p|br|b|i|u|div|span|strong|em|font|a|li|ul|ol|h[1-6])(?:\s[^<>]{0,200})?/?>"
    r"|&(?:nbsp|amp|lt|gt|quot|#\d{1,6});",
    re.IGNORECASE,
)
_ASKS_FOR_MARKUP = re.compile(r"\b(?:html|xml|markup|markdown|latex|web\s?page|code|table)\b", re.IGNORECASE)
_OPTION = re.compile(r"(?:^|\n|\s)\(?([A-H])[.):]\s")
_ASKS_FOR_LETTER = re.compile(
    r"\b(?:option'?s?|choice'?s?)\s?(?:’s\s)?letter|\bletter\s(?:of|from)\s(?:the|your)\s(?:\w+\s)?(?:option|choice|answer)",
    re.IGNORECASE,
)
_CHOSEN = re.compile(r"^\(?([A-Z])\b[.):]?")
_LONGEST_CHOICE = 40
"""Letters of a response that chooses one of several options, or should."""
_TAIL, _LONGEST_ROUND = 3, 60
"""The last letters of a response, which a loop repeats, and how far before the end at most."""
_REPEATS, _LOOKED_AT = 8, 600
"""How often a loop comes round, and the letters in which it does."""
_RULES = " .-_=*#|0"
"""Letters that are repeated to draw a line, or to fill one."""


def faults_of_response(instruction: str, response: str) -> list[str]:
    """The codes of the faults of a response; most responses are passed over by a few searches for letters."""
    codes: list[str] = []
    start, beginning = response[:_REFUSED_WITHIN], response[:_NAMED_WITHIN]
    if ("I" in start or start.startswith(_WITHOUT_I)) and _says_image_is_unseen(start):
        codes.append("unseen_image")
    names_boxes = "x" in beginning and "ounding box" in beginning
    if (names_boxes or "aption" in beginning or "nnotation" in beginning) and _is_residue(instruction, beginning):
        codes.append("prompt_residue")
    if "<" in response and ("<think" in response or _CLOSE in response):
        codes += _faults_of_reasoning(response)
    if ("<" in response or "&" in response) and _has_markup(instruction, response):
        codes.append("markup_left")
    if response.rfind(response[-_TAIL:], -_LONGEST_ROUND - _TAIL, -1) >= 0 and _ends_in_loop(response):
        codes.append("endless_loop")
    if not (response.isascii() and instruction.isascii()) and answers_in_other_script(instruction, response):
        codes.append("answer_script")
    if len(response) < _LONGEST_CHOICE and "A" in instruction and _misses_options(instruction, response):
        codes.append("option_missing")
    return codes


def _faults_of_reasoning(response: str) -> Iterator[str]:
    """Reasoning that is not closed, or opened, once; that is empty; or that nothing follows."""
    if response.count(_OPEN) != 1 or response.count(_CLOSE) != 1 or response.index(_OPEN) > response.index(_CLOSE):
        yield "reasoning_open"
        return
    thought, answer = response.split(_CLOSE)
    if not thought.partition(_OPEN)[2].strip():
        yield "reasoning_empty"
    if not answer.strip():
        yield "reasoning_alone"


def _says_image_is_unseen(start: str) -> bool:
    return any([hint in start for hint in _HINTS_OF_UNSEEN]) and bool(_UNSEEN.search(start))


def _is_residue(instruction: str, response: str) -> bool:
    """True for talk of captions or boxes that the question does not speak of."""
    return bool(_RESIDUE.search(response)) and not re.search(_GIVEN, instruction, re.IGNORECASE | re.VERBOSE)


def _has_markup(instruction: str, response: str) -> bool:
    """True for tags and entities of HTML in the answer to a question that asks for none."""
    return bool(_MARKUP.search(response)) and not _ASKS_FOR_MARKUP.search(instruction)


def _ends_in_loop(response: str) -> bool:
    """True for a response whose end is one stretch of up to 60 letters, again and again."""
    text = " ".join(response[-_LOOKED_AT:].split())
    tail = text[-_TAIL:]
    period = len(text) - _TAIL - text.rfind(tail, 0, -1)
    unit = text[-period:]
    return bool(unit.strip(_RULES)) and text.endswith(unit * _REPEATS)


def _misses_options(instruction: str, response: str) -> bool:
    """True if a letter of several options was asked for, and the response gives none of them."""
    offered = {match[1] for match in _OPTION.finditer(instruction)}
    if not {"A", "B"} <= offered or not _ASKS_FOR_LETTER.search(instruction):
        return False
    chosen = _CHOSEN.match(response.strip())
    return chosen is None or chosen[1] not in offered
