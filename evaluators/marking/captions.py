"""How near captions come to those of people: CIDEr-D, BLEU and ROUGE-L, of texts that are cut into tokens already."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Tokens = Sequence[str]
Gram = tuple[str, ...]
_ORDERS = 4
_SIGMA = 6.0
"""How fast a caption of another length loses (Vedantam et al. 2015, CIDEr-D)."""
_TEN = 10.0
_BETA = 1.2
"""How much more recall weighs than precision in COCO's ROUGE-L."""
_TINY, _SMALL = 1e-15, 1e-9
"""What BLEU adds to counts so that nothing is divided by zero; published figures hang on it in the last digits."""


@dataclass(frozen=True, slots=True)
class _Vector:
    """A caption as weighted n-grams, by their order."""

    weights: tuple[Mapping[Gram, float], ...]
    norms: tuple[float, ...]
    pairs: int
    """Its bigrams: the length that is compared."""


def cider(captions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> list[float]:
    """CIDEr-D of each caption, by the references of all images that are scored together: of one image alone it is 0."""
    seen: defaultdict[Gram, int] = defaultdict(int)
    for known in references:
        for gram in {gram for each in known for gram in _grams(each)}:
            seen[gram] += 1
    images = math.log(max(len(references), 1))
    rare = {gram: images - math.log(count) for gram, count in seen.items()}

    def vector(tokens: Tokens) -> _Vector:
        weights: tuple[dict[Gram, float], ...] = tuple({} for _ in range(_ORDERS))
        for gram, count in _grams(tokens).items():
            weights[len(gram) - 1][gram] = count * rare.get(gram, images)
        norms = tuple(math.sqrt(math.fsum(weight * weight for weight in each.values())) for each in weights)
        return _Vector(weights, norms, max(len(tokens) - 1, 0))

    vectors: dict[Gram, _Vector] = {}
    scores = []
    for caption, known in zip(captions, references, strict=True):
        own = vector(caption)
        for each in known:
            if tuple(each) not in vectors:
                vectors[tuple(each)] = vector(each)
        scores.append(_TEN * math.fsum(_alike(own, vectors[tuple(each)]) for each in known) / len(known))
    return scores


def bleu(captions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> tuple[float, ...]:
    """BLEU-1 to BLEU-4 of all captions together; the length of the nearest reference counts, the shorter of two."""
    right, said = [0] * _ORDERS, [0] * _ORDERS
    length = wanted = 0
    for caption, known in zip(captions, references, strict=True):
        best: Counter[Gram] = Counter()
        for each in known:
            best |= _grams(each)
        for gram, count in (_grams(caption) & best).items():
            right[len(gram) - 1] += count
        for order in range(_ORDERS):
            said[order] += max(0, len(caption) - order)
        length += len(caption)
        wanted += min((abs(len(each) - len(caption)), len(each)) for each in known)[1]
    ratio = (length + _TINY) / (wanted + _SMALL)
    short = math.exp(1 - 1 / ratio) if ratio < 1 else 1.0
    product, found = 1.0, []
    for order in range(_ORDERS):
        product *= (right[order] + _TINY) / (said[order] + _SMALL)
        found.append(short * product ** (1 / (order + 1)))
    return tuple(found)


def rouge_l(caption: Tokens, references: Sequence[Tokens]) -> float:
    """The longest common subsequence, best precision and best recall over all references taken apart."""
    if not caption:
        return 0.0
    lengths = [(_common(caption, each), len(each)) for each in references if each]
    precision = max((common / len(caption) for common, _ in lengths), default=0.0)
    recall = max((common / length for common, length in lengths), default=0.0)
    if not precision or not recall:
        return 0.0
    return (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)


def _grams(tokens: Tokens) -> Counter[Gram]:
    return Counter(
        tuple(tokens[start : start + order])
        for order in range(1, _ORDERS + 1)
        for start in range(len(tokens) - order + 1)
    )


def _alike(own: _Vector, other: _Vector) -> float:
    """The mean over all orders of the cosine of both, clipped to what the reference says, less for another length."""
    near = math.exp(-((own.pairs - other.pairs) ** 2) / (2 * _SIGMA**2))
    found = 0.0
    for order in range(_ORDERS):
        scale = own.norms[order] * other.norms[order]
        if scale:
            theirs = other.weights[order]
            both = (
                min(weight, theirs[gram]) * theirs[gram]
                for gram, weight in own.weights[order].items()
                if gram in theirs
            )
            found += math.fsum(both) / scale
    return near * found / _ORDERS


def _common(first: Tokens, second: Tokens) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for one in first:
        before = 0
        for at, other in enumerate(second, 1):
            before, row[at] = row[at], before + 1 if one == other else max(row[at], row[at - 1])
    return row[-1]
