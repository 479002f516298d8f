"""Phrases by which a written answer betrays that its writer saw a text and no picture, or that it commits to nothing.

They are English. The two kinds are counted in the review's printed samples, whose own rules forbid both.
"""

from __future__ import annotations

import re

_GIVEN = r"(?:given|provided|available|supplied)"
_SOURCE = r"(?:description|caption|annotation|text|context|passage|bounding\sbox(?:es)?|object\slist)s?"
_LEAK = re.compile(
    rf"""
    \b(?:the|this|that|your)\s(?:{_GIVEN}\s|image\s|picture\s|textual\s|written\s)?(?:description|caption|annotation)s?\b
    |\b{_GIVEN}\s{_SOURCE}\b
    |\b{_GIVEN}\sinformation\b|\binformation\s(?:that\s(?:is|was)\s)?{_GIVEN}\b
    |\b(?:in|from|by)\sthe\scontext\sof\sthe\s(?:image|picture|photo)\b
    |\b(?:is|are|was|were)\s(?:reported|said|stated|noted)\sto\sbe\b
    |\b(?:it|the\s(?:image|picture|photo|text|context|information))\s(?:does\snot|doesn['’]t|did\snot|didn['’]t)\s
        (?:explicitly\s|specifically\s)?mention\b
    |\b(?:it|the\s(?:image|picture|photo|text))\smentions\b
    |\b(?:mentioned|stated|listed)\sin\sthe\s(?:image|picture|photo|{_SOURCE})\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HEDGE = re.compile(
    r"""
    \b(?:it['’]s|it\sis|that['’]s)\s(?:un|not\s(?:quite\s|entirely\s)?)clear\b|\buncertain\b|\bunclear\b
    |\b(?:hard|difficult|challenging|impossible|not\spossible)\sto\s
        (?:say|tell|determine|know|be\scertain|pinpoint|conclusively|definitively|specify|identify|judge)\b
    |\b(?:could|might|may)\s(?:also\s|indeed\s|possibly\s|well\s)*(?:be|have\sbeen|refer)\s
        (?!considered\b|called\b|described\b|seen\sas\b)\w
    |\b(?:could|might)\s(?:also\s)?(?:suggest|indicate)\b
    |\bno\s(?:definitive|certain|clear)\sway\b|\b(?:simply|just|only)\sa\s(?:conjecture|guess)\b
    |\bdo(?:es)?(?:n['’]t|\snot)\s(?:provide|give|show|have)\s(?:enough|specific|clear|explicit|sufficient|any\sclear)\s
        (?:information|confirmation|detail|details|evidence)\b
    |\bcannot\sbe\s(?:determined|certain|sure)\b|\bi(?:['’]m|\sam)\snot\s(?:sure|certain)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_REFUSAL = re.compile(
    r"""
    ^\W*(?:i['’]?m\s(?:very\s)?sorry|sorry,|i\sapologi[sz]e|unfortunately,\s(?:i|as))\b.{0,60}?
        \b(?:can(?:no|['’])t|can\snot|unable|not\sable|won['’]t|will\snot)\b
    |^\W*i\s(?:can(?:no|['’])t|can\snot|am\sunable\sto|won['’]t)\s
        (?:assist|help|comply|create|generate|write|provide|fulfil|do\sthat|continue)\b
    |\bas\san?\s(?:ai|artificial\sintelligence|(?:large\s)?language\smodel)\b
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def find_source_leak(answer: str) -> str:
    """The first words that speak of what the writer was given; empty where there are none."""
    return _first(_LEAK, answer)


def find_hedge(answer: str) -> str:
    """The first words by which an answer avoids a statement; empty where there are none."""
    return _first(_HEDGE, answer)


def find_refusal(answer: str) -> str:
    """The first words by which an answer refuses or speaks of itself as a machine; empty where there are none."""
    return _first(_REFUSAL, answer)


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return " ".join(match[0].split()) if match else ""
