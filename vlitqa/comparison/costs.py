"""What the cells of a comparison that are left will cost, by one step of each model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reference_models.training.costs import TuningCosts, measure_costs, size_in_words, time_in_words
from vlitqa.algorithms.counted import counted
from vlitqa.comparison.cell_work import tuning_job
from vlitqa.comparison.cells import TuningCell
from vlitqa.comparison.plan import ComparisonPlan
from vlitqa.engines.threads import one_thread


def costs_of(plan: ComparisonPlan, workers: int) -> Iterator[str]:
    """A line for each model whose cells are left, and one for all of them."""
    counts = Counter(cell.model for cell in plan.left)
    firsts = {cell.model: cell for cell in reversed(plan.left)}
    seconds = 0.0
    for model, count in counts.items():
        costs = _measure(firsts[model])
        seconds += count * costs.seconds
        yield (
            f"{model}: {counted(count, 'tuning')} of {counted(costs.steps, 'step')}, each about "
            f"{time_in_words(costs.seconds)} and {size_in_words(costs.peak_bytes + costs.held_bytes)} of memory"
        )
    if not counts:
        yield "nothing is left to do"
        return
    at_once = min(workers, counts.total())
    yield f"all tunings, {at_once:,} at a time: about {time_in_words(seconds / at_once)}, and the exams"


def _measure(cell: TuningCell) -> TuningCosts:
    """Computes one step of the tuning of a cell, as its own process would."""
    job = tuning_job(cell)
    with one_thread():
        return measure_costs(job.tuning)
