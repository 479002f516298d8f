"""`vlitqa compare` with the tiny model: what is done is done once, whatever stops it and whoever does it."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

import vlitqa as python
from tests.given.family import started_with, wait_until
from tests.given.printed_lines import printed_lines
from tests.given.run_cli import LIGHT, vlitqa

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from vlitqa.errors import UsageError
from vlitqa.records import Record
from vlitqa.shapes.files import Studio, write_dataset, write_seed_bench
from vlitqa.validation.corruptions import inject_fault

pytestmark = [pytest.mark.model, pytest.mark.slow]

ROWS, KILLS = 6, int(os.environ.get("KILLS", "3"))
FILES = ("comparison.json", "statistics.json", "exams.csv", "quality.csv", "report.html")


def write_materials(folder: Path) -> None:
    """Two datasets of drawn shapes and an exam about other ones."""
    for name, fault in (("clean", ""), ("wrong", "answers_exchanged:50")):
        studio = Studio(folder=folder / name, side=32)
        write_dataset(studio, "guided", ROWS, break_records=lambda rows, fault=fault: broken(rows, fault))
    write_seed_bench(Studio(folder=folder / "exam", seed=7, side=32), 1)


def broken(rows: Sequence[Record], fault: str) -> Sequence[Record]:
    return inject_fault(rows, fault, 0) if fault else rows


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the materials and a comparison that nothing disturbed."""
    folder = tmp_path_factory.mktemp("calm")
    write_materials(folder)
    done = compare(folder)
    assert done.returncode == 0, done.stderr
    assert "2 datasets of 6 rows, 1 model, 1 seed: 2 cells, 2 of them left to do" in done.stderr
    return folder


def arguments(folder: Path, *more: str) -> list[str]:
    data = ",".join(str(folder / name / "dataset.jsonl") for name in ("clean", "wrong"))
    return [
        *("compare", "--models", "llava", "--preset", "tiny", *LIGHT),
        *("--data", data, "--data-root", str(folder / "exam"), *more),
    ]


def compare(folder: Path, *more: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return vlitqa(*arguments(folder, *more), cwd=cwd or folder)


def files(folder: Path) -> dict[str, bytes]:
    """The files of the only comparison in a folder."""
    (comparison,) = folder.glob("runs/compare-*")
    return {name: (comparison / name).read_bytes() for name in FILES}


def test_every_figure_is_there_and_nothing_is_done_twice(calm: Path) -> None:
    content = json.loads(files(calm)["comparison.json"])
    assert [dataset["name"] for dataset in content["datasets"]] == ["clean/dataset.jsonl", "wrong/dataset.jsonl"]
    assert {dataset["rows"] for dataset in content["datasets"]} == {ROWS}
    exams = content["exams"]
    assert exams[:2] == ["mean", "seed"]
    assert len(exams) == 11
    assert [figure["value"] is not None for figure in content["figures"]] == [True] * 2 * len(exams)
    before = files(calm)
    again = compare(calm)
    assert "2 cells, 0 of them left to do" in again.stderr
    assert "mean exam, in percent" in again.stdout
    assert files(calm) == before


def test_python_compares_to_the_same_bytes(calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLITQA_CACHE", str(calm / "cache"))
    monkeypatch.chdir(tmp_path)
    data = [calm / name / "dataset.jsonl" for name in ("clean", "wrong")]
    compared = python.compare(data, models="llava", preset="tiny", metrics=LIGHT[1], data_root=calm / "exam")
    assert compared.folder == tmp_path / "runs" / next(calm.glob("runs/compare-*")).name
    assert files(tmp_path) == files(calm)
    means = compared.exams.query("exam == 'mean'")
    assert list(means["dataset"]) == ["clean/dataset.jsonl", "wrong/dataset.jsonl"]
    assert "lexical" in set(compared.quality["metric"])
    shown = compared._repr_html_()
    assert "clean/dataset.jsonl" in shown
    assert f"{means['value'].iloc[0]:.1f}" in shown
    with pytest.raises(UsageError, match="There is no model 'lava'"):
        python.compare(data, models=["lava"])


def test_one_seed_more_does_only_its_own_cells(calm: Path, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    done = compare(calm, "--seeds", "2", "--output", str(calm / "runs"), cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "4 cells, 2 of them left to do" in done.stderr
    assert len(list(calm.glob("runs/compare-*"))) == 2
    newest = max(calm.glob("runs/compare-*"), key=lambda path: (path / "comparison.json").stat().st_mtime)
    assert json.loads((newest / "comparison.json").read_bytes())["seeds"] == [0, 1]
    for path in newest.iterdir():
        path.unlink()
    newest.rmdir()


def test_a_comparison_that_is_killed_again_and_again_ends_with_the_same_bytes(calm: Path, tmp_path: Path) -> None:
    dice, kills, folder = random.Random(5), 0, tmp_path / "first"
    folder.mkdir()
    while kills < KILLS:
        if not start_and_kill(calm, folder, after=dice.uniform(1, 8)):
            folder = tmp_path / f"after-{kills}-kills"  # it had ended
            folder.mkdir(exist_ok=True)
            continue
        kills += 1
    done = compare(calm, cwd=folder)
    assert done.returncode == 0, done.stderr
    for path in tmp_path.iterdir():
        assert files(path) == files(calm)
        assert not [part for part in path.glob("runs/**/.*") if part.name != ".gitattributes"]


def start_and_kill(calm: Path, folder: Path, *, after: float) -> bool:
    """Starts the comparison and kills it; false if it had ended by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "vlitqa", *arguments(calm)],
        cwd=folder,
        env={**os.environ, "VLITQA_CACHE": str(folder / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: (folder / "runs").exists() or process.poll() is not None, "it has begun")
    time.sleep(after)
    was_running = process.poll() is None
    process.kill()
    process.wait()
    wait_until(lambda: not started_with(str(folder / "cache")), "its processes end when it is gone")
    return was_running


def test_what_cannot_be_done_has_its_reason_and_everything_else_is_there(calm: Path, tmp_path: Path) -> None:
    silent = tmp_path / "silent.jsonl"
    rows = [json.loads(line) for line in (calm / "clean" / "dataset.jsonl").read_text().splitlines()]
    for row in rows:
        row["conversations"] = row["conversations"][:1]
    silent.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = vlitqa(
        *("compare", "--models", "llava", "--preset", "tiny", *LIGHT, "--benchmarks", "seed,mme"),
        *("--data", f"{calm / 'clean' / 'dataset.jsonl'},{silent}", "--data-root", f"seed={calm / 'exam'}"),
        *("--output", str(calm / "runs"), "--image-root", str(calm / "clean" / "images")),
        cwd=tmp_path,
    )
    assert done.returncode == 3, done.stderr
    assert "mme: no model sits it, because MME needs its questions" in done.stderr
    assert "silent.jsonl has no row that llava can learn from" in done.stderr
    (comparison,) = [path for path in calm.glob("runs/compare-*") if b"silent" in (path / "exams.csv").read_bytes()]
    figures = json.loads((comparison / "comparison.json").read_bytes())["figures"]
    values = {(figure["dataset"], figure["exam"]): (figure["value"], figure["reason"]) for figure in figures}
    assert values["dataset", "seed"][0] is not None
    assert values["dataset", "mme"] == (None, "MME needs its questions")
    assert values["silent", "seed"][0] is None
    assert "no row that llava can learn from" in values["silent", "seed"][1]
    for path in comparison.iterdir():
        path.unlink()
    comparison.rmdir()


def test_the_same_rows_about_other_pictures_are_other_tunings(calm: Path, tmp_path: Path) -> None:
    for place in ("one", "other"):
        shutil.copytree(calm / "clean", tmp_path / place)
        tune = ("tune", "--preset", "tiny", "--limit", "1", "--data", str(tmp_path / place / "dataset.jsonl"))
        done = vlitqa(*tune, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("runs/tune-*"))) == 2
    data = ("--data", f"{tmp_path / 'one' / 'dataset.jsonl'},{tmp_path / 'other' / 'dataset.jsonl'}")
    plan = compare(calm, *data, "--dry-run", cwd=tmp_path)
    assert "llava: 4 tunings" in plan.stdout


def test_the_plan_is_shown_with_memory_and_time_and_nothing_is_tuned(calm: Path, tmp_path: Path) -> None:
    done = compare(calm, "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "llava: 2 tunings of 1 step, each about" in done.stdout
    assert "all tunings, " in done.stdout
    assert not list(tmp_path.glob("runs/*"))


@pytest.mark.cluster
def test_a_cluster_that_loses_one_of_two_nodes_gives_the_same_bytes(calm: Path, tmp_path: Path) -> None:
    from vlitqa.engines.ray_cluster import import_ray

    import_ray()  # first, because Ray must know that it listens on the loopback device alone
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        node = nodes.add_node(num_cpus=1)
        command = subprocess.Popen(
            [sys.executable, "-m", "vlitqa", *arguments(calm, "--engine", "ray")],
            cwd=tmp_path,
            env={**os.environ, "VLITQA_CACHE": str(tmp_path / "cache"), "RAY_ADDRESS": nodes.address},
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until(
            lambda: len(list(tmp_path.glob("runs/tune-*"))) == 2 or command.poll() is not None, "both nodes work"
        )
        assert len(list(tmp_path.glob("runs/cells/*/seed-*"))) < 2, "the node is lost too late to prove anything"
        nodes.remove_node(node, allow_graceful=False)
        told = command.communicate(timeout=300)[1]
        assert command.returncode == 0, told
    finally:
        nodes.shutdown()
    assert files(tmp_path) == files(calm)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--models", "llva"), "There is no model 'llva'."),
        (("--benchmarks", "sead"), "sead"),
        (("--engine", "slurm"), "There is no engine 'slurm' for cells."),
        (("--data-root", "mme=x"), "--data-root names mme, which no model sits."),
        (("--exams", "exams.csv"), "--runs and --exams belong together."),
    ],
)
def test_a_wrong_command_ends_before_anything_is_made(tmp_path: Path, options: tuple[str, str], sentence: str) -> None:
    done = vlitqa("compare", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not (tmp_path / "runs").exists()


def test_finished_runs_and_a_table_of_exams_are_enough(calm: Path, tmp_path: Path) -> None:
    runs = sorted(path for path in calm.glob("runs/dataset-*") if path.is_dir())[:2]
    table = tmp_path / "exams.csv"
    lines = [f"{run.name},llava,SEED,{value}" for run, value in zip(runs, (41.5, 33), strict=True)]
    table.write_text("\n".join(("dataset,model,exam,value", *lines)))
    names = [option for run in runs for option in ("--runs", str(run))]
    done = vlitqa("compare", *names, "--exams", str(table), cwd=tmp_path)
    printed = vlitqa("compare", *names, "--exams", str(table), "--json", cwd=tmp_path)
    assert len(printed_lines("compare", printed.stdout)) == 1
    assert done.returncode == 0, done.stderr
    figures = json.loads(files(tmp_path)["comparison.json"])["figures"]
    assert [figure["value"] for figure in figures] == [41.5, 33]
    table.write_text(table.read_text() + "\nother,llava,SEED,1")
    refused = vlitqa("compare", *names, "--exams", str(table), cwd=tmp_path)
    assert refused.returncode == 2
    assert "The exams are of a dataset 'other', of which there is no run." in refused.stderr


def test_quality_control_is_compared_with_the_whole_and_with_a_control(calm: Path, tmp_path: Path) -> None:
    done = vlitqa(
        *("compare", "--models", "llava", "--preset", "tiny", *LIGHT, "--select", "lexical>=q50"),
        *("--data", calm / "clean" / "dataset.jsonl", "--data-root", calm / "exam", "--output", calm / "runs"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "dataset: quality control (lexical>=q50) keeps 3 of 6 rows; its control are as many drawn rows whatever" in (
        done.stderr
    )
    assert "3 cells, 2 of them left to do" in done.stderr
    (folder,) = {path.parent for path in calm.glob("runs/compare-*/comparison.json") if b"control" in path.read_bytes()}
    content = json.loads((folder / "comparison.json").read_bytes())
    assert [(dataset["name"], dataset["rows"], dataset["treatment"]) for dataset in content["datasets"]] == [
        ("dataset", ROWS, ""),
        ("dataset with quality control", ROWS // 2, "quality control"),
        ("dataset, random subset", ROWS // 2, "random subset"),
    ]
    assert all(figure["value"] is not None for figure in content["figures"])
    effects = json.loads((folder / "statistics.json").read_bytes())["effects"]
    assert {(effect["dataset"], effect["model"]) for effect in effects} == {("dataset", "llava")}
    shutil.rmtree(folder)


def test_rules_that_could_judge_nothing_are_refused_before_anything_is_made(calm: Path, tmp_path: Path) -> None:
    for more, says in (
        (("--select", "matching>=q25"), "matching is not measured"),
        (("--select", "nothing"), "'nothing' is no rule"),
        (("--select", "statistics>=q50", "--score-rows", "2"), "--select judges every row"),
    ):
        done = compare(calm, *more, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert says in done.stderr
    assert not (tmp_path / "runs").exists()


def test_processes_share_a_tuning_of_adapters_and_its_failure_is_told(calm: Path, tmp_path: Path) -> None:
    silent = tmp_path / "silent.jsonl"
    row = json.loads((calm / "clean" / "dataset.jsonl").read_text().splitlines()[0])
    silent.write_text(json.dumps({**row, "conversations": row["conversations"][:1]}) + "\n")
    done = vlitqa(
        *("compare", "--models", "llava", "--preset", "tiny", *LIGHT, "--data-root", calm / "exam"),
        *("--data", f"{calm / 'clean' / 'dataset.jsonl'},{silent}", "--image-root", calm / "clean" / "images"),
        *("--tuning", "processes=2,lora=2,tokens-at-once=500,recompute,precision=mixed"),
        cwd=tmp_path,
    )
    assert done.returncode == 3, done.stderr
    assert "silent.jsonl has no row that llava can learn from" in done.stdout
    assert "2 cells, 2 of them left to do" in done.stderr
    (tuning,) = tmp_path.glob("runs/tune-*/tuning.json")
    result = json.loads(tuning.read_bytes())
    assert (result["recipe"]["adapter_rank"], result["recipe"]["precision"]) == (2, "mixed")
    figures = json.loads(files(tmp_path)["comparison.json"])["figures"]
    assert [figure["dataset"] for figure in figures if figure["value"] is not None] == ["dataset"] * 11
    wrong = compare(calm, "--tuning", "lora=x", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "--tuning 'lora=x' means nothing" in wrong.stderr
