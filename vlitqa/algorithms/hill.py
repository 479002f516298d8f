"""Numbers of labels and the evenness of their use, so that datasets can be compared (Hill 1973).

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

    The number of times that a label is drawn has the hypergeometric distribution, and the expected frequencies of
    frequencies take the place of the observed ones (Chao et al. 2014): the numbers of orders 1 and 2 are those of the
    expected entropy and of the expected sum of squares, both exact. Where a record may have several labels, say how
    many records there are: then whole records are drawn, and a label's count is that of the records that have it.
    """
    if order not in (0, 1, 2):
        raise ValueError("order must be 0, 1 or 2")
    positive = _positive(counts)
    total = int(positive.sum()) if records is None else records
    if not len(positive) or not 1 <= size <= total:
        return None
    if positive.max() > total:
        raise ValueError("a label cannot be in more records than there are")
    if order == 0:
        return float((1 - _chance_unseen(positive, size, total)).sum())
    drawn = size * float(positive.sum()) / total
    if order == 2:
        ordered_pairs = float((positive * (positive - 1.0)).sum())
        pairs = size * (size - 1) * ordered_pairs / (total * (total - 1.0)) if total > 1 else 0.0
        return drawn**2 / (pairs + drawn)
    return float(np.exp(_expected_entropy(positive, size, total, drawn)))


def chao1(counts: Ints) -> float | None:
    """A lower bound of how many labels there are, unseen ones among them (Chao 1984); None where nothing is counted.

    S + (n - 1) / n * f1^2 / (2 f2), and S + (n - 1) / n * f1 (f1 - 1) / 2 where no label comes twice.
    """
    positive = _positive(counts)
    if not len(positive):
        return None
    return len(positive) + _unseen_labels(positive)


def coverage(counts: Ints) -> float | None:
    """The share of the source that the labels seen make up (Chao and Jost 2012); None for fewer than two.

    1 - f1 / n * n f0 / (n f0 + f1), with f1 labels that come once and f0 that, by `chao1`, were not seen.
    """
    positive = _positive(counts)
    total = int(positive.sum())
    if total < 2:
        return None
    singletons = int((positive == 1).sum())
    if not singletons:
        return 1.0
    unseen = total * _unseen_labels(positive)
    return 1 - singletons / total * unseen / (unseen + singletons)


def unbiased_dominance(counts: Ints) -> float | None:
    """The sum of p^2 without the bias of a small sample: sum n (n - 1) / (N (N - 1)); None for fewer than two.

    It is the chance that two different draws have one label.
    """
    positive = _positive(counts).astype(np.float64)
    total = float(positive.sum())
    if total < 2:
        return None
    return float((positive * (positive - 1)).sum() / (total * (total - 1)))


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
    richness = np.count_nonzero(counts) if labels is None else labels
    if richness < np.count_nonzero(counts):
        raise ValueError("the vocabulary is smaller than the labels that come")
    if number is None or richness < 2:
        return None
    return (number - 1) / (int(richness) - 1)


def _positive(counts: Ints) -> Ints:
    """The counts that are not 0."""
    if counts.dtype.kind not in "iu" or (counts < 0).any():
        raise ValueError("counts must be whole numbers, 0 or more")
    positive: Ints = counts[counts > 0].astype(np.int64)
    return positive


def _unseen_labels(counts: Ints) -> float:
    """Chao1's estimate of the number of labels that were not seen."""
    total, singletons, doubletons = int(counts.sum()), int((counts == 1).sum()), int((counts == 2).sum())
    pairs = singletons**2 / (2 * doubletons) if doubletons else singletons * (singletons - 1) / 2
    return (total - 1) / total * pairs


def _chance_unseen(counts: Ints, size: int, total: int) -> Floats:
    """The chance that no draw has a label: the product over its n copies of 1 - size / (total - i), i = 0 … n - 1.

    A sum of small logarithms keeps the digits that a difference of large log factorials would lose.
    """
    most = int(counts.max())
    with np.errstate(divide="ignore"):
        steps = np.log1p(-np.minimum(size / (total - np.arange(most, dtype=np.float64)), 1.0))
    chances: Floats = np.exp(np.cumsum(steps))[counts - 1]
    return chances


def _expected_entropy(counts: Ints, size: int, total: int, drawn: float) -> float:
    """The expected entropy of a draw, summed over labels and over how often each may be drawn."""
    entropy = 0.0
    values, repeats = np.unique(counts, return_counts=True)
    for count, labels in zip(values.tolist(), repeats.tolist(), strict=True):
        times, chances = _hypergeometric(count, size, total)
        shares = times[times > 0] / drawn
        entropy -= labels * float((chances[times > 0] * shares * np.log(shares)).sum())
    return entropy


def _hypergeometric(count: int, size: int, total: int) -> tuple[Floats, Floats]:
    """The numbers of times that a label may be drawn, and their chances: from the ratios of neighbouring chances."""
    times = np.arange(max(0, size - (total - count)), min(count, size) + 1, dtype=np.float64)
    ratios = (count - times[:-1]) * (size - times[:-1]) / ((times[:-1] + 1) * (total - count - size + times[:-1] + 1))
    logs = np.concatenate([np.zeros(1), np.cumsum(np.log(ratios))])
    chances = np.exp(logs - logs.max())
    return times, chances / chances.sum()
