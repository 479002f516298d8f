"""Figures that should notice each corruption."""

from __future__ import annotations

from collections.abc import Mapping

AIMED: Mapping[str, Mapping[str, str]] = {
    "images_swapped": {"matching": "", "accuracy": ""},
    "answers_negated": {"accuracy": ""},
    "answers_exchanged": {"matching": "", "accuracy": ""},
    "instructions_collapsed": {"instructions": "", "tasks": "", "lexical": "diversity of instructions", "accuracy": ""},
    "responses_repeated": {
        "responses": "",
        "duplicates": "near-duplicate",
        "lexical": "diversity of responses",
        "accuracy": "",
        "matching": "",
    },
    "tasks_dropped": {"tasks": "", "duplicates": "repeated", "balance": ""},
    "labels_skewed": {"balance": "", "duplicates": "repeated"},
    "records_eased": {"difficulty": "", "elements": "objects of an instruction", "duplicates": "repeated"},
    "words_shuffled": {"elements": "elements of an instruction", "accuracy": "", "matching": ""},
}
"""By corruption and metric: the beginning of the names of the figures that the corruption is aimed at."""
