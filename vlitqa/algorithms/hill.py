"""How many labels there are and how evenly they are used, in numbers that may be compared between datasets.

A Hill number of order q is the number of equally frequent labels that would be as diverse: order 0 counts every label,
order 1 weighs each by how often it comes, order 2 counts the frequent ones.
"""

from __future__ import annotations

import numpy as np

from vlitqa.algorithms.arrays import Floats, Ints

Counts = Floats | Ints


def hill_number(counts: Counts, order: float) -> float | None:
    """The Hill number of counts, which may be fractions; None where everything is 0.

    (sum p^q)^(1 / (1 - q)), and at q = 1 its limit, the exponential of the entropy.
    """
    if not 0 <= order < np.inf or not (counts >= 0).all():
        raise ValueError("a finite order and counts of 0 or more are needed")
    shares = counts[counts > 0] / counts.sum() if counts.any() else np.empty(0)
    if not len(shares):
        return None
    if order == 1:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    return float((shares**order).sum() ** (1 / (1 - order)))


def rarefied_hill(counts: Ints, size: int, order: int, records: int | None = None) -> float | None:
    """The Hill number of order 0, 1 or 2 expected in `size` draws without replacement; None if there are fewer.

    Every count k is met in the draws as often as hypergeometric chance has it, and the expected frequencies of the
    frequencies take the place of the observed ones (Chao et al. 2014): the numbers of orders 1 and 2 are those of the
    expected entropy and of the expected sum of squares, both exact. Where a record may have several labels, say how
    many records there are: then whole records are drawn, and a label's count is that of the records that have it.
    """
    if order not in (0, 1, 2):
        raise ValueError("order must be 0, 1 or 2")
    kept = _whole(counts)
    total = int(kept.sum()) if records is None else records
    if not len(kept) or not 1 <= size <= total:
        return None
    if kept.max() > total:
        raise ValueError("a label cannot be in more records than there are")
    if order == 0:
        return float((1 - _missed(kept, size, total)).sum())
    drawn = size * float(kept.sum()) / total
    if order == 2:
        pairs = size * (size - 1) * float((kept * (kept - 1.0)).sum()) / (total * (total - 1.0)) if total > 1 else 0.0
        return drawn**2 / (pairs + drawn)
    return float(np.exp(_entropy(kept, size, total, drawn)))


def chao1(counts: Ints) -> float | None:
    """A lower bound of how many labels there are, unseen ones among them (Chao 1984); None where nothing is counted.

    S + (n - 1) / n * f1^2 / (2 f2), and S + (n - 1) / n * f1 (f1 - 1) / 2 where no label comes twice.
    """
    kept = _whole(counts)
    if not len(kept):
        return None
    return len(kept) + _unseen(kept)


def coverage(counts: Ints) -> float | None:
    """The share of the source that the labels seen make up (Chao and Jost 2012); None for fewer than two.

    1 - f1 / n * n f0 / (n f0 + f1), with f1 labels that come once and f0 that, by `chao1`, were not seen.
    """
    kept = _whole(counts)
    total = int(kept.sum())
    if total < 2:
        return None
    once = int((kept == 1).sum())
    if not once:
        return 1.0
    unseen = total * _unseen(kept)
    return 1 - once / total * unseen / (unseen + once)


def unbiased_dominance(counts: Ints) -> float | None:
    """The sum of p^2 without the bias of a small sample: sum n (n - 1) / (N (N - 1)); None for fewer than two.

    It is the chance that two different draws have one label.
    """
    kept = _whole(counts).astype(np.float64)
    total = float(kept.sum())
    if total < 2:
        return None
    return float((kept * (kept - 1)).sum() / (total * (total - 1)))


def squared_variation(counts: Counts) -> float | None:
    """The population variance of the counts over their squared mean; None where everything is 0.

    With L labels, those that never come among them, the Hill number of order 2 is L / (1 + this).
    """
    mean = float(counts.mean()) if len(counts) else 0.0
    return float(((counts / mean - 1) ** 2).mean()) if mean else None


def unbiased_squared_variation(counts: Ints) -> float | None:
    """`squared_variation` without the bias of a small sample, L * `unbiased_dominance` - 1; it may be negative."""
    dominance = unbiased_dominance(counts)
    return None if dominance is None else len(counts) * dominance - 1


def evenness(counts: Counts, order: float, labels: int | None = None) -> float | None:
    """(D - 1) / (S - 1), the third class of Chao and Ricotta (2019): 0 for one label, 1 for equally frequent ones.

    S is the number of labels that come, or `labels`, the size of the vocabulary. None where S is less than 2. Unlike
    the ratio of entropies (their fifth class, Pielou's) it does not call nearly everything even (Kvålseth 2015).
    """
    number = hill_number(counts, order)
    most = np.count_nonzero(counts) if labels is None else labels
    if most < np.count_nonzero(counts):
        raise ValueError("the vocabulary is smaller than the labels that come")
    if number is None or most < 2:
        return None
    return (number - 1) / (int(most) - 1)


def _whole(counts: Ints) -> Ints:
    """The counts that are not 0."""
    if counts.dtype.kind not in "iu" or (counts < 0).any():
        raise ValueError("counts must be whole numbers, 0 or more")
    kept: Ints = counts[counts > 0].astype(np.int64)
    return kept


def _unseen(kept: Ints) -> float:
    """Chao1's estimate of the labels that were not seen."""
    total, once, twice = int(kept.sum()), int((kept == 1).sum()), int((kept == 2).sum())
    pairs = once**2 / (2 * twice) if twice else once * (once - 1) / 2
    return (total - 1) / total * pairs


def _missed(kept: Ints, size: int, total: int) -> Floats:
    """The chance that no draw has the label: the product over its n copies of 1 - size / (total - i), i = 0 … n - 1.

    A sum of small logarithms keeps the digits that a difference of large log factorials would lose.
    """
    most = int(kept.max())
    with np.errstate(divide="ignore"):
        steps = np.log1p(-np.minimum(size / (total - np.arange(most, dtype=np.float64)), 1.0))
    missed: Floats = np.exp(np.cumsum(steps))[kept - 1]
    return missed


def _entropy(kept: Ints, size: int, total: int, drawn: float) -> float:
    """The expected entropy of a draw: over labels and over how often one may come, each label's share of it."""
    entropy = 0.0
    values, repeats = np.unique(kept, return_counts=True)
    for count, times in zip(values.tolist(), repeats.tolist(), strict=True):
        met, chances = _chances(count, size, total)
        shares = met[met > 0] / drawn
        entropy -= times * float((chances[met > 0] * shares * np.log(shares)).sum())
    return entropy


def _chances(count: int, size: int, total: int) -> tuple[Floats, Floats]:
    """How often a label may come in the draws, and with what chance: from the ratios of neighbouring chances."""
    met = np.arange(max(0, size - (total - count)), min(count, size) + 1, dtype=np.float64)
    ratios = (count - met[:-1]) * (size - met[:-1]) / ((met[:-1] + 1) * (total - count - size + met[:-1] + 1))
    logs = np.concatenate([np.zeros(1), np.cumsum(np.log(ratios))])
    chances = np.exp(logs - logs.max())
    return met, chances / chances.sum()
