"""Ratings that rows bring become measurements like any others, and are held against those of our metrics."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import vlitqa
from tests.given.rows import written
from tests.given.run_cli import vlitqa as run_command
from vlitqa.algorithms.rank_correlation import spearman_interval
from vlitqa.errors import UsageError
from vlitqa.records import Place, Record
from vlitqa.results import Measurement, Status
from vlitqa.scoring.ratings import Rating

pytestmark = pytest.mark.slow
WORDS = ("red", "blue", "cat", "dog", "sits", "runs", "tree", "house", "sky", "moon")
ROWS = [
    {
        "id": str(row),
        "source": "even" if row % 2 == 0 else "odd",
        "conversations": [
            {"from": "human", "value": f"What is in picture {row}?"},
            {"from": "gpt", "value": " ".join(WORDS[: 1 + row % 10] * 4)},
        ],
        "variety": row % 10,
        "nested": {"marks": [row % 4, row % 3]},
        **({"rare": str(row)} if row < 3 else {}),
    }
    for row in range(40)
]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("value", "rating"),
    [
        *((3, 3.0), (2.5, 2.5), ("4", 4.0), (True, 1.0), ([1, 2, "3"], 2.0)),
        *((None, None), ("good", None), ([1, "x"], None), ([], None), (float("nan"), None), ({"a": 1}, None)),
    ],
)
def test_a_rating_is_a_number_or_the_mean_of_numbers(value: object, rating: float | None) -> None:
    record = Record((), source={"score": value}, id="a", place=Place(row=0, line=1))
    measurement = Rating("score").measure_record(record)
    assert (measurement.value, measurement.record_id) == (rating, "a")
    assert (measurement.status is Status.OK) == (rating is not None)


def test_ratings_are_columns_of_the_run_and_rules_can_judge_by_them() -> None:
    run = vlitqa.score(ROWS, metrics="lexical", ratings="variety, nested.marks", by="source", quiet=True)
    frame = run.frame()
    assert frame["variety"].tolist() == [row % 10 for row in range(40)]
    assert frame["nested.marks"].tolist() == [(row % 4 + row % 3) / 2 for row in range(40)]
    assert len(run.select("variety>=5").rows) == 20
    assert len(run.select("nested.marks>2").rows) == sum((row % 4 + row % 3) / 2 > 2 for row in range(40))
    assert run.card.unread_fields == ("rare",)
    means = run.groups[run.groups["metric"] == "variety"].set_index("group")["value"]
    assert means.to_dict() == {"even": 4.0, "odd": 5.0}
    assert run.select("budget:10:lexical").rows


def test_the_rank_correlation_with_each_metric_is_that_of_scipy() -> None:
    run = vlitqa.score(ROWS, metrics=("lexical", "statistics"), ratings=["variety"], quiet=True)
    (scored,) = [scored for scored in run.card.scored if scored.metric == "variety"]
    (table,) = scored.summary.tables
    rows = {row[0]: row for row in table.rows}
    expected = stats.spearmanr(run.frame()["variety"], run.frame()["lexical"]).statistic
    assert rows["lexical"][1:3] == (40, pytest.approx(expected))
    assert rows["lexical"][3] <= rows["lexical"][2] <= rows["lexical"][4]
    assert "variety" not in rows
    assert scored.summary.figures[0].value == pytest.approx(4.5)
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "variety and the metrics" in page


def test_rows_without_a_rating_are_left_out_and_few_are_not_correlated() -> None:
    run = vlitqa.score(ROWS, metrics="lexical", ratings="rare", quiet=True)
    (scored,) = [scored for scored in run.card.scored if scored.metric == "rare"]
    assert (scored.summary.figures[0].measured, dict(scored.summary.figures[0].left_out)) == (
        3,
        {"records without a rating": 37},
    )
    assert scored.summary.tables[0].rows == ()


def test_the_interval_covers_the_true_correlation_of_ranks() -> None:
    """Of normal pairs with Pearson's .6 the rank correlation of the source is 6/π·asin(.3)."""
    generator, truth = np.random.default_rng(0), 6 / np.pi * np.arcsin(0.3)
    covered = 0
    for _ in range(400):
        first, noise = generator.normal(size=(2, 60))
        correlation = stats.spearmanr(first, 0.6 * first + 0.8 * noise).statistic
        low, high = spearman_interval(correlation, 60)
        covered += low <= truth <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_a_rating_of_nothing_has_no_mean() -> None:
    nothing = [Measurement(None, Status.NOT_APPLICABLE, "its score is no number")]
    figure = Rating("score").combine(nothing).figures[0]
    assert (figure.value, figure.reason) == (None, "no row has a number as score")
    assert Rating("score").combine([]).figures[0].value is None


@pytest.mark.parametrize(
    ("field", "message"), [("varity", "none of the first rows"), ("lexical", "a metric has this name")]
)
def test_a_field_that_can_be_no_rating_is_refused(field: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        vlitqa.score(ROWS, metrics="lexical", ratings=field, quiet=True)


def test_the_command_line_writes_the_same_ratings(tmp_path: Path) -> None:
    data = written(tmp_path / "rows.jsonl", *ROWS)
    options = ("--metrics", "lexical", "--ratings", "variety", "--ratings", "nested.marks", "--json")
    done = run_command("score", data, *options, "--engine", "processes", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = vlitqa.score(data, metrics="lexical", ratings=("variety", "nested.marks"), output="door", quiet=True)
    printed = tmp_path / json.loads(done.stdout)["run"]
    for name in ("scorecard.json", "measurements.parquet"):
        assert (printed / name).read_bytes() == (run.folder / name).read_bytes()
