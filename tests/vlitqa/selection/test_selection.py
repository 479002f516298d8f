"""Rules keep and drop what they say, and the ledger says it of every row."""

from __future__ import annotations

import io
import json
import os
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.given.rows import GOOD, written
from tests.given.run_cli import LIGHT, vlitqa
from tests.given.runs import bare_run
from vlitqa.errors import UsageError
from vlitqa.records import Place, Record
from vlitqa.results import FaultyRow, Labels, Measurement, Scored, Status, Summary
from vlitqa.runs.finished import FinishedRun
from vlitqa.runs.folder import RunFolder
from vlitqa.selection.ledger import DROPPED, KEPT, UNMEASURED
from vlitqa.selection.notation import parse_rule
from vlitqa.selection.selecting import Selection, select, what_if

VALUES = [0.1, 0.2, None, 0.4, 0.5, 0.6, 0.7, 0.8]
TASKS: Labels = {0: [("a",)], 1: [("a",)], 2: [("a",)], 3: [("a",), ("b",)], 4: [("b",)], 5: [("c",)], 6: [()]}
CLUSTERS: Labels = {row: [("7",)] for row in range(6)}


@pytest.fixture
def run(tmp_path: Path) -> FinishedRun:
    """A run of eight rows: one metric, task labels, one large cluster of responses."""
    folder = RunFolder(tmp_path)
    with folder.measurement_writer(["lexical", "responses", "integrity", "tasks"]) as writer:
        for row, value in enumerate(VALUES):
            place = Place(row, row + 1)
            status = Status.OK if value is not None else Status.EMPTY_TEXT
            lexical = Measurement(value, status, "" if value else "no text", {}, place)
            writer.add([(Record((), place=place), (lexical, Measurement(1.0), Measurement(0.0), Measurement(1.0)))])
    folder.write_labels({"tasks": TASKS, "responses": CLUSTERS})
    folder.write_findings({"integrity": [FaultyRow(row, "image_missing") for row in (1, 5)]})
    folder.close()
    return bare_run(tmp_path, [Scored(name, {}, Summary()) for name in ("lexical", "responses", "integrity", "tasks")])


def kept(run: FinishedRun, *rules: str, drop: bool = False, seed: int = 0) -> list[int]:
    return sorted(select(run, list(map(parse_rule, rules)), seed=seed, drop_unmeasured=drop).kept)


def said(selection: Selection) -> dict[int, str]:
    return {entry.row: entry.verdict for entry in selection.ledger}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("lexical>=0.5", [2, 4, 5, 6, 7]),
        ("lexical > 0.5", [2, 5, 6, 7]),
        ("lexical<=0.2", [0, 1, 2]),
        ("lexical<0.2", [0, 2]),
        ("lexical>=q50", [2, 4, 5, 6, 7]),  # the median of the seven values is 0.5
        ("lexical>=q100", [2, 7]),
        ("drop:image_missing", [0, 2, 3, 4, 6, 7]),
        ("drop:blurry_image", [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_a_parse_rule_single_rows_keeps_what_it_says(run: FinishedRun, rule: str, expected: list[int]) -> None:
    assert kept(run, rule) == expected


def test_a_row_that_was_not_measured_stays_unless_it_is_asked_to_go(run: FinishedRun) -> None:
    assert kept(run, "lexical>=0.5", drop=True) == [4, 5, 6, 7]
    assert said(select(run, [parse_rule("lexical>=0.5")]))[2] == UNMEASURED


def test_the_ledger_has_every_row_with_value_threshold_and_verdict(run: FinishedRun) -> None:
    ledger = select(run, [parse_rule("lexical>=q50")]).ledger
    assert [entry.value for entry in ledger] == VALUES
    assert {entry.threshold for entry in ledger} == {0.5}
    assert [entry.verdict for entry in ledger] == [DROPPED, DROPPED, UNMEASURED, DROPPED, *[KEPT] * 4]


def test_no_label_has_more_rows_than_the_quota_and_rows_without_a_label_stay(run: FinishedRun) -> None:
    left = kept(run, "tasks<=1")
    assert {6, 7} <= set(left)
    # row 3 has two labels, and takes the room of both
    labels = Counter(label for row in left for turn in TASKS.get(row, ()) for label in turn)
    assert labels == {"a": 1, "b": 1, "c": 1}


def test_even_means_as_many_as_the_median_label_has(run: FinishedRun) -> None:
    selection = select(run, [parse_rule("tasks<=even")])
    assert {entry.threshold for entry in selection.ledger} == {2.0}  # a has 4 rows, b has 2, c has 1


def test_a_cluster_of_responses_is_thinned_out_and_what_is_in_none_stays(run: FinishedRun) -> None:
    left = kept(run, "responses<=2")
    assert len([row for row in left if row < 6]) == 2
    assert {6, 7} <= set(left)


def test_a_quota_counts_only_rows_that_other_rules_left(run: FinishedRun) -> None:
    left = kept(run, "responses<=2", "drop:image_missing", "lexical>=0.4")
    assert left[-2:] == [6, 7]
    assert len({2, 3, 4} & set(left)) == 2, "0, 1 and 5 took no place of the cluster"


def test_a_finding_that_nothing_can_find_is_no_rule() -> None:
    with pytest.raises(UsageError) as refused:
        parse_rule("drop:image_mising")
    assert refused.value.repair == "Did you mean image_missing?"
    with pytest.raises(UsageError):
        parse_rule("responses<=-1")


def test_a_budget_covers_the_labels_that_it_is_told_to_cover(run: FinishedRun) -> None:
    covered = kept(run, "budget:3", "cover:responses")
    assert len(covered) == 3
    assert {6, 7} & set(covered), "rows in no cluster have their turn too"
    assert set(range(6)) & set(covered)
    for wrong in (["cover:responses"], ["cover:lexical", "budget:3"], ["cover:instructions", "budget:3"]):
        with pytest.raises(UsageError):
            kept(run, *wrong)


def test_a_budget_takes_labels_in_turn_and_the_best_of_each(run: FinishedRun) -> None:
    # the row without a value stays; then labels b, c and none: 3 counts for b, where nothing was taken yet
    assert kept(run, "budget:4:lexical") == [2, 4, 5, 7]
    assert kept(run, "budget:4:lexical", drop=True) == [3, 4, 5, 7]
    assert kept(run, "budget:1:lexical") == [2]
    assert len(kept(run, "budget:25%")) == 2
    assert kept(run, "budget:100%") == list(range(8))


def test_the_same_seed_draws_the_same_rows_and_another_draws_others(run: FinishedRun) -> None:
    draws = {}
    for seed in (0, 0, 1, 2, 3):
        draws.setdefault(seed, set()).add(tuple(kept(run, "budget:3", seed=seed)))
    assert all(len(each) == 1 for each in draws.values())
    assert len({*map(tuple, draws.values())}) > 1


def test_a_curve_says_how_many_rows_each_threshold_keeps(run: FinishedRun) -> None:
    curve = what_if(run, "lexical", steps=3)
    kept_above = [(point.sign, point.quantile, point.rows) for point in curve]
    assert kept_above == [(">=", 0.0, 7), (">=", 0.5, 4), (">=", 1.0, 1)]
    assert [point.threshold for point in curve] == pytest.approx([0.1, 0.5, 0.8])


@pytest.mark.parametrize(
    "text",
    ["", "lexical", "lexical>=", "lexical>=q101", "lexical>=even", "tasks<=0", "tasks<=1.5", "drop:", "drop:a b",
     "budget:0", "budget:0%", "budget:101%", "budget:1.5", "budget:ten", "lexical>=1;rm"],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_rule(text)
    assert refusal.value.repair.startswith("Such as ")


def test_a_metric_that_the_run_did_not_measure_is_named(run: FinishedRun) -> None:
    with pytest.raises(UsageError, match="did not measure 'matching'"):
        kept(run, "matching>=25")


def test_a_row_that_no_judge_saw_is_not_called_clean(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with folder.measurement_writer(["accuracy"]) as writer:
        unseen = Measurement(None, Status.NOT_MEASURED, "not in the sample")
        made = [Measurement(0.0), Measurement(1.0), unseen]
        writer.add([(Record((), place=Place(row, row + 1)), (each,)) for row, each in enumerate(made)])
    folder.write_findings({"accuracy": [FaultyRow(0, "judged_incorrect")]})
    folder.close()
    judged = bare_run(tmp_path / "run", [Scored("accuracy", {}, Summary())])
    assert said(select(judged, [parse_rule("drop:judged_incorrect")])) == {0: DROPPED, 1: KEPT, 2: UNMEASURED}
    assert kept(judged, "drop:judged_incorrect", drop=True) == [1]


def test_findings_of_a_judge_need_a_judge(run: FinishedRun) -> None:
    with pytest.raises(UsageError, match="did not measure 'accuracy'"):
        kept(run, "drop:judged_incorrect")


@pytest.mark.slow
def test_the_command_writes_untouched_rows_and_a_ledger(tmp_path: Path, drawings: Path) -> None:
    assert vlitqa("score", *LIGHT, drawings, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    done = vlitqa("select", run, "--rule", "drop:image_missing", "--rule", "drop:duplicate_row", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    whole = drawings.read_bytes().splitlines()
    assert (run / "selected.jsonl").read_bytes().splitlines() == [*whole[:8], *whole[10:]]
    ledger = pq.read_table(run / "ledger.parquet").to_pylist()
    assert [(each["row"], each["rule"]) for each in ledger if each["verdict"] == DROPPED] == [
        (10, "drop:image_missing"),
        (9, "drop:duplicate_row"),
    ]
    assert len(ledger) == 12 + 11, "copies are looked for among the rows that are left"


@pytest.mark.slow
def test_a_dataset_that_changed_since_it_was_scored_is_refused(tmp_path: Path, drawings: Path) -> None:
    copy = tmp_path / "rows.jsonl"
    copy.write_bytes(drawings.read_bytes())
    assert vlitqa("score", "--metrics", "statistics", copy, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    copy.write_bytes(drawings.read_bytes()[:-2])
    done = vlitqa("select", run, "--budget", "50%", cwd=tmp_path)
    assert (done.returncode, "has changed since it was scored" in done.stderr) == (2, True)
    assert not (run / "selected.jsonl").exists()
    moved = vlitqa("select", run, "--budget", "50%", "--dataset", drawings, cwd=tmp_path)
    assert moved.returncode == 0, moved.stderr


@pytest.mark.slow
def test_the_images_of_a_subset_are_found_with_what_is_said(drawings: Path, tmp_path: Path) -> None:
    """They keep their names, which say where they are from where the dataset lies."""
    assert vlitqa("score", drawings, *LIGHT, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    done = vlitqa("select", run, "--rule", "drop:image_missing", cwd=tmp_path)
    hint = re.search(r"--image-root (\S+)", done.stdout)
    assert hint
    assert json.loads(vlitqa("check", run / "selected.jsonl", "--json", cwd=tmp_path).stdout)["missing_images"] == 11
    found = vlitqa("check", run / "selected.jsonl", "--json", "--image-root", hint[1], cwd=tmp_path)
    assert json.loads(found.stdout)["missing_images"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("with_option", [False, True])
def test_images_in_the_images_folder_are_found_with_what_is_said(tmp_path: Path, *, with_option: bool) -> None:
    """A root is searched with its `images` folder, whether the user names it or not."""
    place, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    (place / "images").mkdir(parents=True)
    elsewhere.mkdir()
    Image.new("RGB", (64, 64), "red").save(place / "images" / "red.png")
    dataset = written((elsewhere if with_option else place) / "data.jsonl", {**GOOD, "image": "red.png"})
    option = ("--image-root", place) if with_option else ()
    assert vlitqa("score", dataset, *LIGHT, *option, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    done = vlitqa("select", run, "--rule", "drop:image_missing", cwd=tmp_path)
    (root,) = re.findall(r"--image-root (\S+)", done.stdout)
    check = vlitqa("check", run / "selected.jsonl", "--json", "--image-root", root, cwd=tmp_path)
    assert json.loads(check.stdout)["missing_images"] == 0
    beside = vlitqa("select", run, "--rule", "drop:image_missing", "--output", place / "subset.jsonl", cwd=tmp_path)
    assert "--image-root" not in beside.stdout, "they are found from there without any option"


@pytest.mark.slow
def test_nothing_is_said_of_images_that_the_rows_carry(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(picture, "PNG")
    row = {"question": "What is it?", "answer": "A red square.", "image": {"bytes": picture.getvalue(), "path": None}}
    pq.write_table(pa.Table.from_pylist([row, row]), tmp_path / "data.parquet")
    mapping = ("--map", "instruction=question,response=answer,image=image")
    assert vlitqa("score", tmp_path / "data.parquet", *LIGHT, *mapping, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    done = vlitqa("select", run, "--rule", "drop:image_missing", cwd=tmp_path)
    assert done.returncode == 0
    assert "--image-root" not in done.stdout


@pytest.mark.slow
def test_a_curve_of_what_should_be_little_keeps_what_is_below(drawings: Path, tmp_path: Path) -> None:
    """Each threshold stands once."""
    assert vlitqa("score", drawings, *LIGHT, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    done = vlitqa("select", run, "--what-if", "integrity", "--json", cwd=tmp_path)
    curve = json.loads(done.stdout)
    assert {each["sign"] for each in curve} == {"<="}
    bounds = [each["threshold"] for each in curve]
    assert bounds == sorted(set(bounds))
    assert [each["rows"] for each in curve] == [9] * (len(curve) - 1) + [12]


@pytest.mark.slow
def test_a_subset_takes_the_place_of_nothing_that_no_selection_wrote(tmp_path: Path) -> None:
    dataset = written(tmp_path / "data.jsonl", GOOD, GOOD)
    assert vlitqa("score", *LIGHT, dataset, cwd=tmp_path).returncode == 0
    (run,) = (tmp_path / "runs").iterdir()
    mine = tmp_path / "mine.jsonl"
    mine.write_text("precious")
    (tmp_path / "folder").mkdir()
    (tmp_path / "pipe").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "pipe")
    refused = {
        mine: "no selection wrote it",
        tmp_path / "folder": "is no ordinary file",
        tmp_path / "pipe": "is no ordinary file",
    }
    refused |= {dataset: "is the dataset itself", tmp_path / "away" / "x.jsonl": "There is no folder"}
    for target, said in refused.items():
        done = vlitqa("select", run, "--budget", 1, "--output", target, cwd=tmp_path)
        assert (done.returncode, said in " ".join(done.stderr.split())) == (2, True), (target, done.stderr)
    assert mine.read_text() == "precious"
    for _ in range(2):  # what a selection wrote, another may take the place of
        assert vlitqa("select", run, "--budget", 1, "--output", "new.jsonl", cwd=tmp_path).returncode == 0
    assert len((tmp_path / "new.jsonl").read_text().splitlines()) == 1
