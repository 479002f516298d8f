"""A figure is held against published ones only where it was measured alike."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reports.references import collect_references, reference
from tests.given.runs import bare_run, row, scored
from vlitqa.results import Figure, Scored, Summary
from vlitqa.runs.stored import read_scorecard

pytestmark = pytest.mark.slow

STORED = json.loads((Path(__file__).parents[2] / "reports" / "references.json").read_text(encoding="utf-8"))


def test_a_figure_is_told_beside_those_of_published_datasets(tmp_path: Path) -> None:
    run = scored(tmp_path, [row(at, f"Who is number {at}?", f"It is a man with number {at}.") for at in range(9)])
    card = read_scorecard(run)
    statistics = next(scored for scored in card.scored if scored.metric == "statistics")
    figure = next(figure for figure in statistics.summary.figures if figure.interval)
    sentence = reference(card, statistics, figure)
    published = STORED["metrics"]["statistics"]["figures"][f"{figure.name}, {figure.variant}"]
    assert [part.rpartition(" ")[0] for part in sentence.split("; ")] == list(published)
    other = replace(statistics, provenance={**statistics.provenance, "parameters": {"budget": 7}})
    assert reference(card, other, figure) == "", "measured with other parameters"
    assert reference(card, statistics, replace(figure, value=None)) == ""
    same_file = replace(card, sha256=STORED["sha256"]["SLAKE"])
    assert list(published) == ["LLaVA reasoning", "MiniGPT-4", "SLAKE"]
    assert [part.rpartition(" ")[0] for part in reference(same_file, statistics, figure).split("; ")] == [
        "LLaVA reasoning",
        "MiniGPT-4",
    ], "a dataset does not stand beside itself"


def test_a_metric_without_tools_compares_only_where_the_labels_that_it_reads_were_made_alike() -> None:
    pairs = Figure("pairs of one task", "sound", 0.1, direction="down")
    balance = Scored("balance", {"version": 3, "parameters": {}}, Summary((pairs,)))
    tasks = Scored("tasks", STORED["metrics"]["tasks"]["measured by"], Summary())
    alike = bare_run(Path("a"), [tasks, balance]).card
    assert reference(alike, balance, pairs) == "LLaVA reasoning 9.9 %; MiniGPT-4 52.9 %; SLAKE 4.6 %"
    tools = {**tasks.provenance["tools"], "tagger": "server 0123456789abcdef a-model, tags 2"}
    served = bare_run(Path("a"), [replace(tasks, provenance={**tasks.provenance, "tools": tools}), balance]).card
    assert reference(served, balance, pairs) == ""


def test_references_are_the_figures_of_runs(tmp_path: Path) -> None:
    run = scored(tmp_path, [row(at, f"Who is number {at}?", f"It is a man with number {at}.") for at in range(9)])
    references = collect_references({"ours": run})
    metrics = references["metrics"]
    assert references["sha256"] == {"ours": read_scorecard(run).sha256}
    assert metrics["statistics"]["figures"]["conversations, original"] == {"ours": 9.0}
    assert "repeated records, sound" not in metrics["duplicates"]["figures"], "it changes with the size"
    assert set(metrics) == {
        "integrity",
        "duplicates",
        "statistics",
        "lexical",
        "granularity",
        "negatives",
        "lengths",
    }
