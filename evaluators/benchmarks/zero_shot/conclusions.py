"""Conclusions over all marks of a set: a mean, F1 over all words, the rank of the right option, CIDEr-D."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from evaluators.benchmarks.figures import PERCENT, CountedMarks, count_left_out, mean_of_marks, statistic_of_marks
from evaluators.benchmarks.zero_shot.evidence import CaptionTokens, FieldOverlap, OptionRank
from evaluators.benchmarks.zero_shot.marking_rules import EHUB, STANDARD
from evaluators.marking.captions import bleu, cider, rouge_l
from evaluators.marking.word_overlap import Overlap
from vlitqa.algorithms.arrays import Floats
from vlitqa.results import Figure
from vlitqa.results.exams import Conclusion, Mark

Conclude = Callable[[Figure, Sequence[Mark], int], Conclusion]
"""Takes the headline without its value, whose variant names the rules, the marks and the seed."""
_RECALL_AT = (1, 5, 10)


def conclude_mean(blank: Figure, marks: Sequence[Mark], seed: int) -> Conclusion:
    """The mean of all marks."""
    return Conclusion(mean_of_marks(blank, marks, seed))


def conclude_ranks(blank: Figure, marks: Sequence[Mark], seed: int) -> Conclusion:
    """The mean of all marks, recall among the first options, and the mean rank."""
    ranked = [(mark, mark.evidence.rank) for mark in marks if isinstance(mark.evidence, OptionRank)]
    if not ranked:
        return conclude_mean(blank, marks, seed)
    of_marks, ranks = [mark for mark, _ in ranked], [rank for _, rank in ranked]
    figures = [
        _mean_of_values(replace(blank, name=f"R@{most}"), of_marks, [float(rank <= most) for rank in ranks], seed)
        for most in _RECALL_AT
    ]
    figures.append(_mean_of_values(replace(blank, name="mean rank", direction="down"), of_marks, ranks, seed))
    return Conclusion(mean_of_marks(blank, marks, seed), tuple(figures))


def conclude_overlaps(blank: Figure, marks: Sequence[Mark], seed: int) -> Conclusion:
    """F1, precision and recall over all words, or all fields, of the set together; in percent."""
    blank = replace(blank, unit=PERCENT)
    compared = [(mark, mark.evidence) for mark in marks if isinstance(mark.evidence, FieldOverlap)]
    left_out = count_left_out(mark for mark in marks if not isinstance(mark.evidence, FieldOverlap))
    of_marks, overlaps = [mark for mark, _ in compared], [evidence.overlap for _, evidence in compared]
    if blank.variant == EHUB and overlaps and not any(overlap.matched for overlap in overlaps):
        reason = "no word was found: LVLM-eHub's script divides by zero here"
        return Conclusion(replace(blank, measured=len(overlaps), left_out=left_out, reason=reason))
    counted = CountedMarks(of_marks, _counts(overlaps), left_out)
    statistics = {blank.name: _f1, "precision": _precision, "recall": _recall}
    figures = [
        statistic_of_marks(replace(blank, name=name), counted, statistic, seed)
        for name, statistic in statistics.items()
    ]
    words = [evidence.words for _, evidence in compared if evidence.words]
    if words:
        counted = CountedMarks(of_marks, _counts(words), left_out)
        figures.append(statistic_of_marks(replace(blank, name="word F1"), counted, _f1, seed))
    return Conclusion(figures[0], tuple(figures[1:]))


def conclude_captions(blank: Figure, marks: Sequence[Mark], seed: int) -> Conclusion:
    """CIDEr-D, weighed by what few of the answered images say: fewer of them make another score."""
    cut = [(mark, mark.evidence) for mark in marks if isinstance(mark.evidence, CaptionTokens)]
    left_out = count_left_out(mark for mark in marks if not isinstance(mark.evidence, CaptionTokens))
    of_marks = [mark for mark, _ in cut]
    captions, references = [tokens.caption for _, tokens in cut], [tokens.references for _, tokens in cut]
    blank = replace(blank, left_out=left_out)
    headline = _mean_of_values(blank, of_marks, cider(captions, references), seed)
    if blank.variant != STANDARD:
        return Conclusion(headline)
    longest = [rouge_l(caption, of_image) for caption, of_image in zip(captions, references, strict=True)]
    figures = [_mean_of_values(replace(blank, name="ROUGE-L"), of_marks, longest, seed)]
    if cut:
        figures += [
            replace(blank, name=f"BLEU-{order}", value=value, measured=len(cut))
            for order, value in enumerate(bleu(captions, references), 1)
        ]
    return Conclusion(headline, tuple(figures))


def _mean_of_values(blank: Figure, marks: Sequence[Mark], values: Sequence[float], seed: int) -> Figure:
    counts = np.stack([np.array(values, np.float64), np.ones(len(values))], axis=1)  # (marks, 2)
    return statistic_of_marks(blank, CountedMarks(marks, counts, blank.left_out), _mean, seed)


def _counts(overlaps: Sequence[Overlap]) -> Floats:
    """Columns for `_precision`, `_recall` and `_f1`.  # (marks, 3)"""
    rows = [(overlap.matched, overlap.predicted, overlap.expected) for overlap in overlaps]
    return np.array(rows, np.float64).reshape(-1, 3)


def _mean(sums: Floats) -> Floats:
    means: Floats = sums[:, 0] / sums[:, 1]
    return means


def _precision(sums: Floats) -> Floats:
    return 100 * np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)


def _recall(sums: Floats) -> Floats:
    return 100 * np.divide(sums[:, 0], sums[:, 2], out=np.zeros(len(sums)), where=sums[:, 2] > 0)


def _f1(sums: Floats) -> Floats:
    predicted_and_expected = sums[:, 1] + sums[:, 2]
    f1 = np.divide(2 * sums[:, 0], predicted_and_expected, out=np.zeros(len(sums)), where=predicted_and_expected > 0)
    return 100 * f1
