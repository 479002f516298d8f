"""Tables of English nouns, and the singular of a noun."""

from __future__ import annotations

from collections.abc import Mapping

from vlitqa.backends.english.instruction_verbs import words_in

WHOLE_IMAGE = words_in("image photo photograph picture snapshot visual illustration painting drawing")
"""Words for all that is seen; their tag says image."""
TRANSPARENT = words_in(
    "aspect attribute bit brand characteristic component composition content context couple detail element example "
    "feature focus form group instance kind list meaning name nature overview piece reference set sort theme "
    "type variety"
)
"""Nouns whose `of` names what is meant: `the contents of the image`, `what kind of bird`."""

ATTRIBUTES: Mapping[str, str] = {"color": "colour", "colors": "colour", "colours": "colour"}
"""One spelling for nouns that are asked for."""
ASKED_ATTRIBUTES = words_in(
    "action activity age brand breed colour emotion expression gender height length material mood name number "
    "occupation pattern position profession purpose relationship sentiment shape size species style time weather "
    "weight"
)
"""Attributes that questions and commands ask for: `what is the colour`, `identify the colour`, `state the colour`."""
REASONS = words_in("cause explanation goal intention motivation purpose rationale reason")

IRREGULAR_PLURALS: Mapping[str, str] = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "mice": "mouse",
    "geese": "goose",
    "knives": "knife",
    "leaves": "leaf",
    "lives": "life",
    "shelves": "shelf",
    "wives": "wife",
    "halves": "half",
    "diagnoses": "diagnosis",
    "emphases": "emphasis",
    "buses": "bus",
    "gases": "gas",
    "lenses": "lens",
    "movies": "movie",
    "cookies": "cookie",
    "pies": "pie",
    "ties": "tie",
    "zombies": "zombie",
    "series": "series",
    "species": "species",
    "clothes": "clothes",
    "glasses": "glasses",
    "pants": "pants",
    "scissors": "scissors",
    "shorts": "shorts",
    "jeans": "jeans",
    "lens": "lens",
    "bus": "bus",
    "gas": "gas",
    "canvas": "canvas",
    "christmas": "christmas",
    "pancreas": "pancreas",
    "news": "news",
}


def singular(noun: str) -> str:
    """A noun in the singular and in one spelling, by rules that hold for most nouns."""
    noun = noun.lower().split("/")[0]
    noun = ATTRIBUTES.get(noun, noun)
    if noun in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[noun]
    if len(noun) < 4 or not noun.endswith("s") or noun.endswith(("ss", "us", "is")):
        return noun
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun[:-2] if noun.endswith(("sses", "xes", "ches", "shes", "zes", "oes")) else noun[:-1]
