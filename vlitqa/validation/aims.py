"""Figures that should notice each corruption: those that claim to, and no others of their metric."""

from __future__ import annotations

from collections.abc import Mapping

_ALL = ("",)
_CORRECT = ("correct responses", "chance of correct")
_MATCHING = ("matching degree", "worst sentence", "above other images")
_INSTRUCTIONS = ("Vendi score", "instructions within a task")
_RESPONSES = ("response clusters", "different responses", "Vendi score")
_LABELS = ("task labels",)

AIMED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "images_swapped": {"matching": _MATCHING, "accuracy": _CORRECT},
    "answers_negated": {"accuracy": _CORRECT},
    "answers_exchanged": {"matching": _MATCHING, "accuracy": _CORRECT},
    "instructions_collapsed": {
        "instructions": _INSTRUCTIONS,
        "tasks": _LABELS,
        "lexical": ("diversity of instructions",),
        "accuracy": _CORRECT,
    },
    "responses_repeated": {
        "responses": _RESPONSES,
        "duplicates": ("near-duplicate",),
        "lexical": ("diversity of responses",),
        "accuracy": _CORRECT,
        "matching": _MATCHING,
    },
    "tasks_dropped": {"tasks": _LABELS, "duplicates": ("repeated",), "balance": _ALL},
    "labels_skewed": {"balance": _ALL, "duplicates": ("repeated",)},
    "records_eased": {
        "difficulty": _ALL,
        "elements": ("objects of an instruction",),
        "duplicates": ("repeated",),
    },
    "words_shuffled": {"elements": ("elements of an instruction",), "accuracy": _CORRECT, "matching": _MATCHING},
}
"""By corruption and metric: the beginnings of the names of the figures that the corruption is aimed at."""
