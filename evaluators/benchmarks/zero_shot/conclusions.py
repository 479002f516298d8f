"""What comes of all marks of a set: a mean, F1 over all words, the rank of the right option, CIDEr-D."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evaluators.benchmarks.figures import Floats, left_out_of, mean_figure, ratio_figure
from evaluators.benchmarks.zero_shot.marking_rules import FOUND, WORDS
from evaluators.marking.captions import bleu, cider, rouge_l
from vlitqa.results import Figure
from vlitqa.results.exams import Conclusion, Mark

Conclude = Callable[[str, str, Sequence[Mark], int], Conclusion]
"""Takes the name of the headline, of the rules, the marks and the seed."""
_AT = (1, 5, 10)


def mean(name: str, rules: str, marks: Sequence[Mark], seed: int) -> Conclusion:
    return Conclusion(mean_figure(name, rules, marks, seed=seed))


def ranks(name: str, rules: str, marks: Sequence[Mark], seed: int) -> Conclusion:
    """With recall among the first, and the mean rank."""
    ranked = [mark for mark in marks if "rank" in mark.parts]
    found = [mark.parts["rank"] for mark in ranked]
    more = {f"R@{at}": np.array([float(rank <= at) for rank in found]) for at in _AT} | {"mean rank": np.array(found)}
    figures = tuple(
        ratio_figure(
            title, rules, (ranked, np.stack([values, np.ones(len(values))], axis=1)), _mean, seed=seed,
            direction="down" if title == "mean rank" else "up",
        )
        for title, values in more.items()
        if ranked
    )  # fmt: skip
    return Conclusion(mean_figure(name, rules, marks, seed=seed), figures)


def overlaps(name: str, rules: str, marks: Sequence[Mark], seed: int) -> Conclusion:
    """Over all words, or all fields, of the set together; in percent."""
    kept = [mark for mark in marks if FOUND in mark.parts]
    left_out = left_out_of(mark for mark in marks if FOUND not in mark.parts)
    columns = _counts(kept, FOUND)
    if rules == "ehub" and len(columns) and not columns[:, 0].any():
        reason = "no word was found: LVLM-eHub's script divides by zero here"
        return Conclusion(
            Figure.without(name, rules, reason, direction="up", measured=len(kept), left_out=left_out, unit="%")
        )
    wanted = [(name, columns, _f1), ("precision", columns, _precision), ("recall", columns, _recall)]
    if kept and WORDS in kept[0].parts:
        wanted.append(("word F1", _counts(kept, WORDS), _f1))
    figures = [
        ratio_figure(title, rules, (kept, counts), of, seed=seed, left_out=left_out, unit="%")
        for title, counts, of in wanted
    ]
    return Conclusion(figures[0], tuple(figures[1:]))


def _counts(marks: Sequence[Mark], part: str) -> Floats:
    rows = [[getattr(mark.parts[part], name) for name in ("found", "said", "there")] for mark in marks]
    return np.array(rows, np.float64).reshape(-1, 3)


def captions(name: str, rules: str, marks: Sequence[Mark], seed: int) -> Conclusion:
    """Rare is what few of the images say that were answered: fewer of them make another score."""
    kept = [mark for mark in marks if "caption" in mark.parts]
    left_out = left_out_of(mark for mark in marks if "caption" not in mark.parts)
    own, known = [mark.parts["caption"] for mark in kept], [mark.parts["references"] for mark in kept]
    values = {name: cider(own, known)}
    if rules == "standard":
        values["ROUGE-L"] = [rouge_l(*both) for both in zip(own, known, strict=True)]
    figures = [
        ratio_figure(
            title, rules, (kept, np.stack([scores, np.ones(len(kept))], axis=1)), _mean, seed=seed, left_out=left_out
        )
        for title, scores in values.items()
    ]
    if rules == "standard" and kept:
        figures += [
            Figure(f"BLEU-{order}", rules, value, direction="up", measured=len(kept), left_out=left_out)
            for order, value in enumerate(bleu(own, known), 1)
        ]
    return Conclusion(figures[0], tuple(figures[1:]))


def _mean(sums: Floats) -> Floats:
    found: Floats = sums[:, 0] / sums[:, 1]
    return found


def _precision(sums: Floats) -> Floats:
    return 100 * np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)


def _recall(sums: Floats) -> Floats:
    return 100 * np.divide(sums[:, 0], sums[:, 2], out=np.zeros(len(sums)), where=sums[:, 2] > 0)


def _f1(sums: Floats) -> Floats:
    both = sums[:, 1] + sums[:, 2]
    return 100 * np.divide(2 * sums[:, 0], both, out=np.zeros(len(sums)), where=both > 0)
