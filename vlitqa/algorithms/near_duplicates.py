"""Texts that share most of their word triples, found by MinHash and banding (Broder 1997)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from vlitqa.algorithms.components import components
from vlitqa.algorithms.ngrams import Ints

HASHES = 128
"""Standard error of the estimated Jaccard similarity at 0.8: 0.035."""
_BAND = 4
"""Rows a band: 32 bands of 4 find a pair of similarity 0.8 with probability 1 - 7e-8."""
_EAST_ASIAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(f"[{_EAST_ASIAN}]|[^\\W{_EAST_ASIAN}]+")
"""A word, or one letter of a script that has no spaces."""
_GENERATOR = np.random.default_rng(0)
_FACTORS = _GENERATOR.integers(1, 2**63, HASHES, dtype=np.uint64) | np.uint64(1)
_OFFSETS = _GENERATOR.integers(0, 2**63, HASHES, dtype=np.uint64)
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_LEAST_WORDS = 5
"""Shorter texts repeat by nature; only their exact copies say anything."""
_SLICE = 4096

Signatures = np.ndarray[Any, np.dtype[np.uint16]]


def signatures(texts: Sequence[str]) -> list[bytes]:
    """The MinHash signature of each text; empty where a text is too short to have one."""
    words = [_hashes(text) for text in texts]
    long = [position for position, each in enumerate(words) if len(each) >= _LEAST_WORDS]
    made = [b""] * len(texts)
    if not long:
        return made
    triples = [_triples(words[position]) for position in long]
    starts = np.cumsum([0] + [len(each) for each in triples[:-1]])
    for position, row in zip(long, _minima(np.concatenate(triples), starts), strict=True):
        made[position] = row.tobytes()
    return made


def near_groups(rows: Sequence[bytes], threshold: float) -> Ints:
    """For every signature the first of its group: linked where the estimated similarity reaches the threshold."""
    table = np.frombuffer(b"".join(rows), np.uint16).reshape(len(rows), HASHES)
    edges = [_similar(table, _candidates(table, band), threshold) for band in range(0, HASHES, _BAND)]
    return components(len(rows), np.concatenate(edges) if edges else np.empty((0, 2), np.int64))


def _hashes(text: str) -> np.ndarray[Any, np.dtype[np.uint64]]:
    return np.array([zlib.crc32(word.encode()) for word in _WORD.findall(text.lower())], np.uint64)


def _triples(words: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """One number for each distinct run of three words."""
    mixed = (words[:-2] * _FIRST + words[1:-1]) * _SECOND + words[2:]
    return np.unique(mixed ^ (mixed >> np.uint64(29)))


def _minima(values: np.ndarray[Any, np.dtype[np.uint64]], starts: Ints) -> Signatures:
    """The smallest value of every hash over each text's triples.  # (texts, HASHES)"""
    columns = np.empty((HASHES, len(starts)), np.uint16)
    for position in range(HASHES):
        hashed = values * _FACTORS[position] + _OFFSETS[position]
        least = np.minimum.reduceat(hashed, starts)
        columns[position] = (least >> np.uint64(20)).astype(np.uint16)
    return np.ascontiguousarray(columns.T)


def _candidates(table: Signatures, band: int) -> Ints:
    """Pairs that agree in a band: each member with the first and with the one before.  # (pairs, 2)"""
    keys = np.ascontiguousarray(table[:, band : band + _BAND]).view(np.uint64).ravel()
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]]) + 1
    if not len(same):
        return np.empty((0, 2), np.int64)
    opens = np.ones(len(keys), bool)
    opens[same] = False
    first = order[np.maximum.accumulate(np.where(opens, np.arange(len(keys)), 0))[same]]
    pairs = np.concatenate([np.stack([first, order[same]], axis=1), np.stack([order[same - 1], order[same]], axis=1)])
    return np.unique(pairs, axis=0)


def _similar(table: Signatures, pairs: Ints, threshold: float) -> Ints:
    """The pairs whose signatures agree often enough."""
    kept = [np.empty((0, 2), np.int64)]
    for start in range(0, len(pairs), _SLICE):
        part = pairs[start : start + _SLICE]
        agreement = (table[part[:, 0]] == table[part[:, 1]]).mean(axis=1)
        kept.append(part[agreement >= threshold])
    return np.concatenate(kept)
