"""Scorecards with the figures and findings that a test gives them."""

from __future__ import annotations

from vlitqa.results import Figure, Finding, Scorecard, Scored, Summary


def scorecard(
    figures: dict[str, tuple[Figure, ...]] | None = None, findings: tuple[Finding, ...] = (), *, records: int = 100
) -> Scorecard:
    """The scorecard of `data.jsonl`: the figures by metric; the findings are those of the first metric."""
    scored = [
        Scored(metric, {"version": 1}, Summary(of_metric, findings=findings if not place else ()))
        for place, (metric, of_metric) in enumerate((figures or {"integrity": ()}).items())
    ]
    return Scorecard(
        dataset="data.jsonl",
        sha256="0" * 64,
        format="llava",
        container="jsonl",
        rows=records,
        records=records,
        rejects=0,
        rejected=(),
        cut_off=False,
        failed=0,
        sample="all records",
        seed=0,
        scored=tuple(scored),
    )
