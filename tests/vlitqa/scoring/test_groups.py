"""Figures by group are those that the rows of the group would have alone; every record is in one group."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import vlitqa
from tests.given.rows import written
from vlitqa.errors import UsageError
from vlitqa.reader import open_dataset
from vlitqa.records import Record
from vlitqa.results.figures import Figure
from vlitqa.results.groups import GroupScores, ScoresByGroup, worst_groups_first
from vlitqa.scoring.grouping import choose_grouping

pytestmark = pytest.mark.slow

SOURCES = {"coco": 40, "ocr": 20, "charts": 12, "rare": 3}
METRICS = ("integrity", "duplicates", "statistics", "negatives", "lengths", "granularity")


def rows_of(source: str, count: int) -> list[dict[str, object]]:
    return [
        {
            "id": f"{source}-{number}",
            "data_source": source,
            "meta": {"kind": source[0]},
            **({"image": "lost.png"} if source == "charts" and number % 2 else {}),
            "conversations": [
                {"from": "human", "value": f"What is {source} {number}?"},
                {"from": "gpt", "value": f"It is {'not ' * (source == 'ocr')}a {source}" + " word" * (number % 7)},
            ],
        }
        for number in range(count)
    ]


ROWS = [row for source, count in SOURCES.items() for row in rows_of(source, count)]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path / "cache"))


def by_group(data: object, by: str) -> ScoresByGroup:
    scores = vlitqa.score(data, metrics=METRICS, by=by, quiet=True).card.by_group
    assert scores is not None
    return scores


def test_each_group_has_the_figures_of_its_rows_alone() -> None:
    scores = by_group(ROWS, "data_source")
    assert [(group.name, group.records) for group in scores.groups] == [("coco", 40), ("ocr", 20), ("charts", 12)]
    assert (scores.smaller_groups, scores.records_in_them) == (1, 3)
    for group in scores.groups:
        alone = vlitqa.score(rows_of(group.name, group.records), metrics=METRICS, name=group.name, quiet=True).card
        for scored in alone.scored:
            for figure, of_group in zip(scored.summary.figures, group.figures[scored.metric], strict=True):
                assert replace(of_group, interval=None) == replace(figure, interval=None)
                ends = None if figure.interval is None else pytest.approx(figure.interval, rel=0.05)
                assert of_group.interval == ends, "drawn anew for other rows"
        assert dict(group.findings) == {finding.code: finding.rows for finding in alone.findings()}


def test_the_whole_is_scored_as_without_groups_and_the_field_counts_as_read() -> None:
    whole = vlitqa.score(ROWS, metrics=METRICS, quiet=True).card
    grouped = vlitqa.score(ROWS, metrics=METRICS, by="source", quiet=True)
    assert [scored.summary for scored in grouped.card.scored] == [scored.summary for scored in whole.scored]
    assert (whole.unread_fields, grouped.card.unread_fields) == (("data_source", "meta"), ("meta",))
    assert vlitqa.open_run(grouped.folder).card == grouped.card
    frame = grouped.groups
    assert set(frame["group"]) == {"coco", "ocr", "charts"}
    clean = frame[(frame["figure"] == "clean records") & (frame["group"] == "charts")]
    assert clean["value"].tolist() == [0.5]
    assert vlitqa.open_run(grouped.folder).groups.equals(frame)


@pytest.mark.parametrize(("by", "names"), [("meta.kind", {"c", "o"}), ("source", {"coco", "ocr", "charts"})])
def test_a_field_may_lie_in_another_and_source_is_whatever_the_rows_call_it(by: str, names: set[str]) -> None:
    assert {group.name for group in by_group(ROWS, by).groups} == names


def test_files_are_groups_too(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    for name, rows in (("a.jsonl", ROWS[:30]), ("b.jsonl", ROWS[30:])):
        written(folder / name, *[{**row, "data_source": None} for row in rows])
    assert [(group.name, group.records) for group in by_group(folder, "file").groups] == [
        ("b.jsonl", 45),
        ("a.jsonl", 30),
    ]
    assert by_group(written(tmp_path / "one.jsonl", *ROWS), "file").groups[0].name == "one.jsonl"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("coco", "coco"),
        (3, "3"),
        (None, "(none)"),
        ("", "(none)"),
        (True, "true"),
        (["a", 1], '["a",1]'),
        ("x" * 99, "x" * 80 + "…"),
    ],
)
def test_any_value_names_a_group(value: object, name: str, tmp_path: Path) -> None:
    dataset = open_dataset(written(tmp_path / "rows.jsonl", {**ROWS[0], "tag": value}, {**ROWS[0], "tag": "other"}))
    grouping = choose_grouping(dataset, "tag")
    assert grouping is not None
    with dataset.entries() as entries:
        records = [entry for entry in entries if isinstance(entry, Record)]
    assert [grouping.group_of(record) for record in records] == [name, "other"]


@pytest.mark.parametrize(
    ("by", "message", "repair"),
    [
        ("data_sourse", "none of the first rows of rows.jsonl has this field", "Did you mean data_source?"),
        ("source", "has none of the fields source, data_source", "Name the field."),
    ],
)
def test_a_field_that_no_row_has_is_refused(by: str, message: str, repair: str, tmp_path: Path) -> None:
    rows = ROWS if by != "source" else [{key: row[key] for key in ("id", "conversations")} for row in ROWS]
    with pytest.raises(UsageError) as caught:
        vlitqa.score(written(tmp_path / "rows.jsonl", *rows), metrics=METRICS, by=by, quiet=True)
    assert message in caught.value.message
    assert repair in caught.value.repair


def test_the_worst_group_of_a_figure_stands_first() -> None:
    def make_group(name: str, value: float | None, direction: str) -> GroupScores:
        figure = Figure("share", "sound", value, direction=direction)
        return GroupScores(name=name, records=9, findings={}, figures={"some": (figure,)})

    for direction, order in (("up", ["low", "high", "none"]), ("down", ["high", "low", "none"])):
        groups = (
            make_group("none", None, direction),
            make_group("high", 0.9, direction),
            make_group("low", 0.1, direction),
        )
        scores = ScoresByGroup(field="source", groups=groups)
        assert [group.name for group, _ in worst_groups_first(scores, "some", "share", "sound")] == order


def test_rules_on_sources_keep_what_they_say() -> None:
    run = vlitqa.score(ROWS, metrics=METRICS, by="source", quiet=True)

    def kept(*rules: str) -> dict[str, int]:
        sources = [row["data_source"] for row in run.select(*rules).data]
        return {name: sources.count(name) for name in SOURCES if name in sources}

    assert kept("source<=10") == {"coco": 10, "ocr": 10, "charts": 10, "rare": 3}
    assert kept("source<=even") == {"coco": 16, "ocr": 16, "charts": 12, "rare": 3}, "the median of four sources is 16"
    assert kept("mix:coco=2,ocr=1,charts=1") == {"coco": 24, "ocr": 12, "charts": 12}
    assert kept("mix:coco=0.5,rare=0.25") == {"coco": 6, "rare": 3}
    assert kept("drop:image_missing", "mix:coco=2,charts=1") == {"coco": 12, "charts": 6}
    assert kept("budget:8", "cover:source") == {"coco": 2, "ocr": 2, "charts": 2, "rare": 2}


def test_a_subset_says_what_it_yields_of_each_source(tmp_path: Path) -> None:
    run = vlitqa.score(written(tmp_path / "rows.jsonl", *ROWS), metrics=METRICS, by="source", quiet=True)
    outcome = vlitqa.select(run, "mix:coco=1,charts=1", output=tmp_path / "kept.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    alone = vlitqa.score([row for row in rows if row["data_source"] == "charts"], metrics="statistics", quiet=True).card
    images = alone.figure("statistics", "images in conversations", "original")
    assert images
    assert images.value is not None
    (charts,) = [of for of in outcome.sources if of.source == "charts"]
    assert (charts.rows, charts.images) == (12, round(12 * images.value))
    assert sum(of.rows for of in outcome.sources) == outcome.kept == 24


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("mix:coco=1,nothing=1", "no row is of the source 'nothing'"),
        ("mix:coco", "names each source once, with a weight above 0"),
        ("mix:coco=0", "names each source once, with a weight above 0"),
        ("mix:coco=1,coco=2", "names each source once, with a weight above 0"),
    ],
)
def test_a_mixture_that_means_nothing_is_refused(rule: str, message: str) -> None:
    run = vlitqa.score(ROWS, metrics="statistics", by="source", quiet=True)
    with pytest.raises(UsageError, match=message):
        run.select(rule)


@pytest.mark.parametrize("rule", ["source<=3", "mix:coco=1", "uniform:source:50%"])
def test_rules_on_sources_need_a_run_that_knows_them(rule: str) -> None:
    run = vlitqa.score(ROWS, metrics="statistics", quiet=True)
    with pytest.raises(UsageError, match="does not say of which source each row is"):
        run.select(rule)
