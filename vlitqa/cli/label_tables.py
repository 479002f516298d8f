"""What people's labels come to, as `vlitqa annotate --report` prints it."""

from __future__ import annotations

from collections.abc import Mapping

from reports.label_words import (
    ROUND_COLUMNS,
    describe_alpha,
    describe_equal_pairs,
    describe_pool,
    describe_share,
    line_of_round,
)
from vlitqa.cli import screen
from vlitqa.results.annotation import AnnotationReport, AnnotationRounds, ItemShare


def show_rounds(result: AnnotationRounds) -> None:
    """Prints each round by itself, all of them side by side where there are several, and the pool."""
    for report in result.rounds:
        screen.show_facts(_facts_of(report))
    if len(result.rounds) > 1:
        screen.console().print(screen.grid(ROUND_COLUMNS, [list(line_of_round(report)) for report in result.rounds]))
    kinds = {name: f"{count:,}" for name, count in {**result.pool.qualities, **result.pool.characteristics}.items()}
    screen.show_facts({"for the next build": describe_pool(result.pool), "examples": kinds})


def _facts_of(report: AnnotationReport) -> dict[str, object]:
    facts: dict[str, object] = {
        "run": report.run,
        "items": f"{report.items:,}, of which {report.labelled:,} have all their labels",
        "labels": {name: f"{count:,}" for name, count in report.by_annotator.items()},
        "qualities": _listed(report.qualities),
        "causes": _listed({name: cause for name, cause in report.causes.items() if cause.items}),
        "characteristics": _listed(report.characteristics),
        "agreement (alpha)": {
            figure.name: "; ".join(filter(None, (describe_alpha(figure), describe_equal_pairs(figure))))
            for figure in report.agreement
        },
        "different labels": {name: f"{count:,}" for name, count in report.confusions.items()},
    }
    for name, count in (("skipped", report.skipped), ("to be decided", report.disputed)):
        if count:
            facts[name] = f"{count:,}"
    if report.repeated:
        facts["the same person again"] = f"{report.repeated_equal:,} of {report.repeated:,} say the same"
    if report.gold:
        facts["known items"] = f"{report.gold_right:,} of {report.gold:,} labels are right"
    if report.median_seconds is not None:
        facts["median seconds"] = f"{report.median_seconds:.0f}"
    return facts


def _listed(shares: Mapping[str, ItemShare]) -> dict[str, str]:
    return {name: f"{one.items:,}, {describe_share(one)}" if one.items else "0" for name, one in shares.items()}
