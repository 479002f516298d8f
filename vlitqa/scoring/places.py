"""Every place of the findings of a check, where a scorecard names the first few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from vlitqa.records import Place
from vlitqa.results import Finding, Scorecard, Summary
from vlitqa.results.findings import place_names
from vlitqa.scoring.sinks import MemorySink


def with_all_places(card: Scorecard, summaries: Sequence[Summary], sink: MemorySink) -> Scorecard:
    """Returns the scorecard with every place in its findings; the summaries hold the faulty rows of its metrics."""
    scored = tuple(
        replace(of_metric, summary=replace(of_metric.summary, findings=_complete(summary, sink.places)))
        for of_metric, summary in zip(card.scored, summaries, strict=True)
    )
    rejected = tuple(_with_places(finding, sink.rejected.get(finding.code, ())) for finding in card.rejected)
    return replace(card, rejected=rejected, scored=scored)


def _complete(summary: Summary, places: Mapping[int, Place]) -> tuple[Finding, ...]:
    faulty: defaultdict[str, list[Place]] = defaultdict(list)
    for fault in summary.faulty:
        faulty[fault.code].append(places[fault.row])
    return tuple(_with_places(finding, faulty[finding.code]) for finding in summary.findings)


def _with_places(finding: Finding, places: Sequence[Place]) -> Finding:
    """Returns a finding with these places; as it is where they are not all, as for commas, which are no rows."""
    return replace(finding, examples=place_names(places)) if len(places) == finding.rows else finding
