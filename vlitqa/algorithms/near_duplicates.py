"""Texts that share most of their word triples, found by MinHash and banding (Broder 1997)."""

from __future__ import annotations

import re
import string
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.components import first_of_groups

HASHES = 128
"""Standard error of the estimated Jaccard similarity at 0.8: 0.035."""
_BAND = 4
"""Hashes a band: a pair of similarity 0.8 agrees in one of 32 bands of 4 with probability 1 - 5e-8."""
_NEIGHBOURS = 4
"""Texts of one band that a text is compared with, those first that agree in the next bands too."""
_EAST_ASIAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(f"[{_EAST_ASIAN}]|[^\\W{_EAST_ASIAN}]+")
"""A word, or one letter of a script that has no spaces."""
_ASCII_WORDS = str.maketrans(
    {chr(code): " " for code in range(128) if chr(code) not in string.ascii_letters + "0123456789_"}
)
"""Turns whatever the pattern above leaves out of ASCII into spaces, many times faster than the pattern."""
_GENERATOR = np.random.default_rng(0)
_FACTORS = _GENERATOR.integers(1, 2**32, HASHES, dtype=np.uint32) | np.uint32(1)
_OFFSETS = _GENERATOR.integers(0, 2**32, HASHES, dtype=np.uint32)
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_FEWEST_WORDS = 5
"""Shorter texts repeat by nature; only their exact copies say anything."""
_CHUNK = 1 << 20
"""Numbers that are hashed in one go."""
_PAIR_CHUNK = 4096
"""Pairs that are compared in one go."""

Signatures = np.ndarray[Any, np.dtype[np.uint16]]
Hashes = np.ndarray[Any, np.dtype[np.uint32]]


def minhash_signatures(texts: Sequence[str]) -> list[bytes]:
    """The MinHash signature of each text; empty where a text is too short to have one."""
    signatures = [b""] * len(texts)
    long: list[int] = []
    hashes: list[int] = []
    lengths: list[int] = []
    for position, text in enumerate(texts):
        words = _words(text)
        if len(words) >= _FEWEST_WORDS:
            long.append(position)
            hashes.extend(map(zlib.crc32, map(str.encode, words)))
            lengths.append(len(words))
    if not long:
        return signatures
    values, starts = _hash_triples(np.array(hashes, np.uint64), np.array(lengths))
    for position, row in zip(long, _minima(values, starts), strict=True):
        signatures[position] = row.tobytes()
    return signatures


def group_near_texts(signatures: Sequence[bytes], threshold: float) -> Ints:
    """For every signature the first of its group: linked where the estimated similarity reaches the threshold."""
    distinct = sorted(set(signatures))  # so that the groups do not depend on the order of the texts
    numbers = {signature: number for number, signature in enumerate(distinct)}
    table = np.frombuffer(b"".join(distinct), np.uint16).reshape(len(distinct), HASHES)
    edges = [_similar_pairs(table, _candidate_pairs(table, band), threshold) for band in range(0, HASHES, _BAND)]
    nodes = np.array([numbers[signature] for signature in signatures], np.int64)
    return first_of_groups(nodes, np.concatenate(edges))


def _words(text: str) -> list[str]:
    return text.lower().translate(_ASCII_WORDS).split() if text.isascii() else _WORD.findall(text.lower())


def _hash_triples(words: np.ndarray[Any, np.dtype[np.uint64]], lengths: Ints) -> tuple[Hashes, Ints]:
    """A hash of each run of three words of a text, and the place at which those of each text start."""
    mixed = (words[:-2] * _FIRST + words[1:-1]) * _SECOND + words[2:]
    mixed ^= mixed >> np.uint64(29)
    ends = np.cumsum(lengths)
    is_whole = np.ones(len(words), bool)
    is_whole[ends - 1] = is_whole[ends - 2] = False  # these runs would reach into the next text
    hashes = (mixed * _SECOND >> np.uint64(32)).astype(np.uint32)[is_whole[:-2]]
    return hashes, ends - lengths - 2 * np.arange(len(ends))


def _minima(values: Hashes, starts: Ints) -> Signatures:
    """The smallest value of every hash over each text's triples.  # (texts, HASHES)"""
    minima = np.empty((HASHES, len(starts)), np.uint32)
    step = max(1, _CHUNK // len(values))
    for start in range(0, HASHES, step):
        part = slice(start, start + step)
        hashed = _FACTORS[part, None] * values + _OFFSETS[part, None]  # (step, triples)
        np.minimum.reduceat(hashed, starts, axis=1, out=minima[part])
    return np.ascontiguousarray((minima >> np.uint32(4)).astype(np.uint16).T)


def _candidate_pairs(table: Signatures, band: int) -> Ints:
    """Pairs that agree in a band, neighbours in the order of the bands that follow.  # (pairs, 2)

    Many texts may agree in one band, as those of one template do; the nearest of them agree in the next ones too.
    """
    columns = np.arange(band, band + 4 * _BAND) % HASHES
    _, bucket, sizes = np.unique(_bands_as_numbers(table[:, columns[:_BAND]]), return_inverse=True, return_counts=True)
    shared = np.flatnonzero(sizes[bucket] > 1)
    bands = _bands_as_numbers(table[shared][:, columns]).reshape(len(shared), 4)
    sort = np.lexsort(bands.T[::-1])
    order, keys = shared[sort], bands[sort, 0]
    pairs = [np.empty((0, 2), np.int64)]
    for step in range(1, _NEIGHBOURS + 1):
        same = np.flatnonzero(keys[step:] == keys[:-step])
        if not len(same):
            break
        pairs.append(np.stack([order[same], order[same + step]], axis=1))
    return np.concatenate(pairs)


def _bands_as_numbers(hashes: Signatures) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """The four hashes of each band as one number."""
    return np.ascontiguousarray(hashes).view(np.uint64).ravel()


def _similar_pairs(table: Signatures, pairs: Ints, threshold: float) -> Ints:
    """The pairs whose signatures agree often enough."""
    similar = [np.empty((0, 2), np.int64)]
    for start in range(0, len(pairs), _PAIR_CHUNK):
        part = pairs[start : start + _PAIR_CHUNK]
        agreement = (table[part[:, 0]] == table[part[:, 1]]).mean(axis=1)
        similar.append(part[agreement >= threshold])
    return np.concatenate(similar)
