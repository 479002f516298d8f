"""The finding in one sentence, the cautions that belong to it, and each metric beside the noise ceiling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reports.blocks import Block, Notice, Prose, Tile, Tiles
from reports.chart_blocks import Dot, Dots
from reports.comparison_view import COEFFICIENTS, SIGNIFICANT, ComparisonView, strength
from reports.numbers import interval_text, p_text, signed
from vlitqa.algorithms.counted import counted
from vlitqa.results.agreement import FEW_DATASETS, FEWEST_DATASETS, Correlation
from vlitqa.results.comparison import MEAN_EXAM, NoiseCeiling

title = "Finding"
_SAME = 1e-9
_BOUNDS = {5: 1.0, 6: 0.886, 7: 0.786}
"""By datasets: the least Spearman's rho whose exact two-sided p is below 0.05, without ties (Zar 1972)."""
_ORDER = ("kendall", "spearman", "pearson")
"""The methods that metrics are held against the ceiling by, the preferred one first."""


def build(view: ComparisonView) -> Sequence[Block]:
    """The finding, what weakens it, and a chart of all metrics."""
    cautions = [Notice(text, "warning") for text in _cautions(view)]
    return [Notice(sentence_of(view), "finding"), *cautions, _tiles(view), *_beside_the_ceiling(view)]


def sentence_of(view: ComparisonView) -> str:
    """The sentence that the page begins with."""
    head = f"Across {counted(len(view.datasets), 'dataset')}"
    if not view.methods:
        return f"{head}, no correlation of a metric with an exam was computed, so nothing can be said of any metric."
    method = view.methods[0]
    best = next(iter(view.of_exam(view.main_exam, method)), None)
    if best is None or best.value is None:
        return f"{head}, nothing can be said of how metrics predict {_named(view.main_exam)}: {_reason(view, method)}."
    survivors, pairs = _survivors(view, method)
    few = f"{survivors:,} of {counted(pairs, 'pair')} of a metric and an exam survive Holm's correction"
    ties = sum(strength(best) - strength(pair) < _SAME for pair in view.of_exam(view.main_exam, method)) - 1
    certainty = f"`{best.first}`{f' (and {ties} more as strong)' if ties else ''} ({_words(best)})"
    if best.p_holm is not None and best.p_holm < SIGNIFICANT:
        return f"{head}, {certainty} predicts {_named(best.second)} best{_against(view, best)}; {few}."
    if survivors:
        return f"{head}, no metric predicts {_named(best.second)} beyond chance: the strongest is {certainty}; {few}."
    return (
        f"{head}, no metric predicts any exam beyond chance: {few}. The strongest for {_named(best.second)} "
        f"is {certainty}."
    )


def _words(pair: Correlation) -> str:
    """A correlation as it stands in a sentence."""
    number = f"{COEFFICIENTS.get(pair.method, pair.method)} = {signed(pair.value or 0.0)}"
    ends = interval_text(pair.interval)
    p = p_text(pair.p_holm)
    corrected = f"p (Holm) {p if p.startswith('<') else f'= {p}'}" if p else ""
    return ", ".join(filter(None, (f"{number} {ends}".strip(), f"n = {pair.n}", corrected)))


def _against(view: ComparisonView, pair: Correlation) -> str:
    """A remark where a metric predicts exams the other way round than its direction says."""
    direction = view.directions.get(pair.first, "none")
    is_turned = (direction == "up" and (pair.value or 0) < 0) or (direction == "down" and (pair.value or 0) > 0)
    return ", against its direction" if is_turned else ""


def _survivors(view: ComparisonView, method: str) -> tuple[int, int]:
    corrected = [pair.p_holm for pair in view.correlations[method].values() if pair.p_holm is not None]
    return sum(p < SIGNIFICANT for p in corrected), len(corrected)


def _reason(view: ComparisonView, method: str) -> str:
    """The reason that most pairs lack a value for."""
    reasons = Counter(pair.reason for pair in view.correlations[method].values() if pair.value is None)
    return reasons.most_common(1)[0][0].rstrip(".") if reasons else "there are no metrics or no exams"


def _named(exam: str) -> str:
    return "the mean exam" if exam == MEAN_EXAM else f"`{exam}`"


def _cautions(view: ComparisonView) -> Iterator[str]:
    sizes = [pair.n for method in view.methods for pair in view.correlations[method].values() if pair.value is not None]
    n = max(sizes, default=len(view.datasets))
    if n < FEWEST_DATASETS:
        datasets = counted(n, "dataset")
        yield f"Only {datasets}: a correlation needs {FEWEST_DATASETS} at least, and means little below {FEW_DATASETS}."
    elif n == FEWEST_DATASETS:
        yield "Only n = 4 datasets: not even |ρ| = 1 reaches p < .05, since the least p of 24 orders is 0.083."
    elif n < FEW_DATASETS:
        bound = f"{_BOUNDS[n]:.3f}"
        yield f"Only n = {n} datasets: |ρ| must reach {bound} for p < .05, even before any correction for many pairs."
    if sizes and min(sizes) < n:
        yield f"Some pairs rest on fewer datasets than others: {min(sizes)} to {n}. The map says of each on how many."
    versions = sum(bool(dataset.version_of) for dataset in view.comparison.datasets)
    if versions:
        are = "is part of another" if versions == 1 else "are parts of others"
        yield (
            f"{versions} of the {len(view.datasets)} datasets {are}, so the datasets are not independent draws: "
            "correlations over all of them look surer than they are."
        )
    if len(view.comparison.seeds) < 2:
        yield "One seed alone: how far exams differ by chance alone is not known, and there is no noise ceiling."


def _tiles(view: ComparisonView) -> Tiles:
    comparison = view.comparison
    parts = len(comparison.exams) - len(view.benchmarks)
    benchmarks = [exam for exam in view.benchmarks if exam != MEAN_EXAM]
    link = "datasets" if comparison.figures or view.metrics else ""
    tiles = [
        Tile("datasets", str(len(view.datasets)), view.size or "of unknown size", link),
        Tile("models", str(len(comparison.models)), f"{counted(len(comparison.seeds), 'seed')} of each", link),
        Tile("benchmarks", str(len(benchmarks)), f"{parts:,} parts of them" if parts else "", link),
    ]
    if view.methods:
        survivors, pairs = _survivors(view, view.methods[0])
        tiles.append(
            Tile("pairs that survive Holm", f"{survivors:,} of {pairs:,}", "p < 0.05, corrected for all", "map")
        )
    ceiling = _ceiling(view, view.main_exam)
    if ceiling:
        value = "unknown" if ceiling.value is None else signed(ceiling.value)
        between = f"{COEFFICIENTS.get(ceiling.method, ceiling.method)} of two seeds {interval_text(ceiling.interval)}"
        note = ceiling.reason or between.strip()
        tiles.append(Tile("noise ceiling", value, note, "order", "warning" if ceiling.value is None else ""))
    return Tiles(tuple(tiles))


def _ceiling(view: ComparisonView, exam: str) -> NoiseCeiling | None:
    """The ceiling of an exam by the preferred method that it was computed by."""
    ceilings = [ceiling for ceiling in view.statistics.ceilings if ceiling.exam == exam]
    ranked = sorted(ceilings, key=lambda ceiling: (*_ORDER, ceiling.method).index(ceiling.method))
    return next(iter(ranked), None)


def _beside_the_ceiling(view: ComparisonView) -> Iterator[Block]:
    """Each metric's correlation with the main exam, beside how well one seed's exams predict another's."""
    ceiling = _ceiling(view, view.main_exam)
    method = ceiling.method if ceiling and ceiling.method in view.methods else _first(view.methods)
    pairs = view.of_exam(view.main_exam, method)
    if not pairs:
        return
    name = COEFFICIENTS.get(method, method)
    dots = sorted((_turned(view, pair) for pair in pairs), key=lambda dot: dot.value or 0.0, reverse=True)
    is_drawn = ceiling is not None and ceiling.value is not None and ceiling.method == method
    level = Dot("noise ceiling: one seed by another", ceiling.value, ceiling.interval) if ceiling and is_drawn else None
    note = (
        "Metrics marked ↓, of which less is better, are turned round: to the right lies what predicts exams as its "
        "direction promises."
    )
    yield Dots(f"each metric with {_named(view.main_exam).strip('`')}", name, tuple(dots), level, note)
    yield Prose(
        "The noise ceiling says how well the exams of one seed predict those of another: a metric that reaches it is "
        "worth one more tuning of every model on every dataset."
        if level
        else "There is no noise ceiling to hold the metrics against."
        + (f" Reason: {ceiling.reason}." if ceiling and ceiling.reason else "")
    )


def _turned(view: ComparisonView, pair: Correlation) -> Dot:
    """The correlation of a metric, turned round where less of it is better."""
    value = pair.value or 0.0
    if view.directions.get(pair.first) != "down":
        return Dot(pair.first, value, pair.interval)
    low, high = pair.interval or (0.0, 0.0)
    return Dot(f"{pair.first} ↓", -value, (-high, -low) if pair.interval else None)


def _first(methods: Sequence[str]) -> str:
    return next((method for method in _ORDER if method in methods), next(iter(methods), ""))
