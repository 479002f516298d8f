"""The scorecard of a dataset, from the tally of its rows and the summaries of its metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vlitqa.backends.profiles import other_tools
from vlitqa.contracts import FittedMetric, Metric
from vlitqa.results import Finding, Scorecard, Scored, Summary
from vlitqa.results.figures import OTHER_TOOLS
from vlitqa.results.findings import FaultPlaces, worst_first
from vlitqa.scoring.job import Job
from vlitqa.scoring.plan import Tally
from vlitqa.scoring.provenance import metric_provenance
from vlitqa.scoring.summing import has_failed


def make_scorecard(job: Job, tally: Tally, summaries: Sequence[Summary], *, pool: Sequence[str]) -> Scorecard:
    """Makes the scorecard of a dataset; its labels and its faulty rows are kept in files of their own."""
    scored = tuple(
        Scored(metric.card.name, _provenance(metric, job, pool), replace(summary, labels={}, tags={}, faulty=()))
        for metric, summary in zip(job.measured, summaries, strict=True)
    )
    fields = [rating.card.name for rating in job.ratings] + ([job.grouping.field] if job.grouping else [])
    used = {*fields, *(field.partition(".")[0] for field in fields)}
    return Scorecard(
        dataset=job.dataset.name,
        sha256=job.dataset.sha256,
        format=job.dataset.format.name if job.dataset.format else "",
        container=job.dataset.container.name,
        rows=tally.rows,
        records=tally.records,
        rejects=tally.rejects,
        rejected=_rejected_findings(tally),
        cut_off=tally.cut_off,
        failed=tally.failed + sum(map(has_failed, summaries)),
        sample=job.sample,
        seed=job.request.seed,
        scored=scored,
        frames=job.dataset.reading.frames if tally.has_videos else 0,
        unread_fields=tuple(name for name in job.dataset.unread_fields if name not in used),
    )


def _provenance(metric: Metric, job: Job, pool: Sequence[str]) -> Mapping[str, object]:
    fitted_on = {"fitted on": sorted(set(pool))} if isinstance(metric, FittedMetric) else {}
    gold = {"gold": job.gold.digest} if metric.card.gold and job.gold and job.joined_gold.rows else {}
    card, toolbox = metric.card, job.plan.toolbox
    others = other_tools(toolbox.choices, card.tools_of_original or card.tools)
    return {**metric_provenance(metric, toolbox), **({OTHER_TOOLS: others} if others else {}), **fitted_on, **gold}


def _rejected_findings(tally: Tally) -> tuple[Finding, ...]:
    """The rejects by their code; a file without rows is one fault."""
    if not tally.rows and not tally.cut_off:
        return (FaultPlaces(1).finding("no_rows"),)
    return worst_first(places.finding(code) for code, places in tally.rejected.items())
