"""Similarity of captions to those of people: CIDEr-D, BLEU and ROUGE-L, of texts that are cut into tokens already."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Tokens = Sequence[str]
NGram = tuple[str, ...]
_ORDERS = 4
_SIGMA = 6.0
"""The width of the penalty for a caption of another length (Vedantam et al. 2015, CIDEr-D)."""
_CIDER_SCALE = 10.0
_BETA = 1.2
"""The weight of recall against precision in COCO's ROUGE-L."""
_TINY, _SMALL = 1e-15, 1e-9
"""BLEU adds them to counts so that nothing is divided by zero; published figures hang on it in the last digits."""


@dataclass(frozen=True, slots=True)
class _Vector:
    """A caption as weighted n-grams, by their order."""

    weights: tuple[Mapping[NGram, float], ...]
    norms: tuple[float, ...]
    bigrams: int
    """The length that is compared."""


def cider(captions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> list[float]:
    """CIDEr-D of each caption, by the references of all images that are scored together: of one image alone it is 0."""
    rarity, unseen = _rarity(references)
    vectors: dict[NGram, _Vector] = {}
    scores = []
    for caption, of_image in zip(captions, references, strict=True):
        vector = _vector(caption, rarity, unseen)
        for reference in of_image:
            if tuple(reference) not in vectors:
                vectors[tuple(reference)] = _vector(reference, rarity, unseen)
        similarities = (_similarity(vector, vectors[tuple(reference)]) for reference in of_image)
        scores.append(_CIDER_SCALE * math.fsum(similarities) / len(of_image))
    return scores


def bleu(captions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> tuple[float, ...]:
    """BLEU-1 to BLEU-4 of all captions together; the length of the nearest reference counts, the shorter of two."""
    matched, total = [0] * _ORDERS, [0] * _ORDERS
    length = expected_length = 0
    for caption, of_image in zip(captions, references, strict=True):
        most: Counter[NGram] = Counter()
        for reference in of_image:
            most |= _n_grams(reference)
        for n_gram, count in (_n_grams(caption) & most).items():
            matched[len(n_gram) - 1] += count
        for order in range(_ORDERS):
            total[order] += max(0, len(caption) - order)
        length += len(caption)
        expected_length += min((abs(len(reference) - len(caption)), len(reference)) for reference in of_image)[1]
    ratio = (length + _TINY) / (expected_length + _SMALL)
    brevity = math.exp(1 - 1 / ratio) if ratio < 1 else 1.0
    product, scores = 1.0, []
    for order in range(_ORDERS):
        product *= (matched[order] + _TINY) / (total[order] + _SMALL)
        scores.append(brevity * product ** (1 / (order + 1)))
    return tuple(scores)


def rouge_l(caption: Tokens, references: Sequence[Tokens]) -> float:
    """The longest common subsequence, best precision and best recall over all references taken apart."""
    if not caption:
        return 0.0
    lengths = [(_common_subsequence(caption, reference), len(reference)) for reference in references if reference]
    precision = max((common / len(caption) for common, _ in lengths), default=0.0)
    recall = max((common / length for common, length in lengths), default=0.0)
    if not precision or not recall:
        return 0.0
    return (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)


def _rarity(references: Sequence[Sequence[Tokens]]) -> tuple[Mapping[NGram, float], float]:
    """The weight of each n-gram by the number of images whose references say it; and that of one that none says."""
    images: defaultdict[NGram, int] = defaultdict(int)
    for of_image in references:
        for n_gram in {n_gram for reference in of_image for n_gram in _n_grams(reference)}:
            images[n_gram] += 1
    unseen = math.log(max(len(references), 1))
    return {n_gram: unseen - math.log(count) for n_gram, count in images.items()}, unseen


def _vector(tokens: Tokens, rarity: Mapping[NGram, float], unseen: float) -> _Vector:
    weights: tuple[dict[NGram, float], ...] = tuple({} for _ in range(_ORDERS))
    for n_gram, count in _n_grams(tokens).items():
        weights[len(n_gram) - 1][n_gram] = count * rarity.get(n_gram, unseen)
    norms = tuple(math.sqrt(math.fsum(weight * weight for weight in of_order.values())) for of_order in weights)
    return _Vector(weights, norms, max(len(tokens) - 1, 0))


def _n_grams(tokens: Tokens) -> Counter[NGram]:
    return Counter(
        tuple(tokens[start : start + order])
        for order in range(1, _ORDERS + 1)
        for start in range(len(tokens) - order + 1)
    )


def _similarity(caption: _Vector, reference: _Vector) -> float:
    """The mean over all orders of the cosine of both, clipped to what the reference says, less for another length."""
    penalty = math.exp(-((caption.bigrams - reference.bigrams) ** 2) / (2 * _SIGMA**2))
    cosines = 0.0
    for order in range(_ORDERS):
        scale = caption.norms[order] * reference.norms[order]
        if scale:
            expected = reference.weights[order]
            products = (
                min(weight, expected[n_gram]) * expected[n_gram]
                for n_gram, weight in caption.weights[order].items()
                if n_gram in expected
            )
            cosines += math.fsum(products) / scale
    return penalty * cosines / _ORDERS


def _common_subsequence(first: Tokens, second: Tokens) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for token in first:
        diagonal = 0
        for column, other in enumerate(second, 1):
            diagonal, row[column] = row[column], diagonal + 1 if token == other else max(row[column], row[column - 1])
    return row[-1]
