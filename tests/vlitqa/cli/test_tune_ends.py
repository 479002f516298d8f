"""A tuning that is killed, or whose disk is full, is completed by the same command; damaged weights are refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.given.family import wait_until
from tests.given.run_cli import vlitqa
from tests.given.small_disks import fill, mounted

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

pytestmark = [pytest.mark.model, pytest.mark.slow]

SHAPES = Path(__file__).resolve().parents[3] / "examples" / "shapes"
TINY = ("tune", "--preset", "tiny", "--data", str(SHAPES / "dataset.jsonl"), "--limit", "16", "--batch-size", "4")
LONG = (*TINY, "--epochs", "4", "--checkpoint-minutes", "0")


def losses(runs: Path) -> list[float]:
    """The losses of the one finished tuning in a folder."""
    (folder,) = runs.iterdir()
    assert not [path for path in folder.rglob(".*") if path.name != ".gitattributes"]
    return [step["loss"] for step in json.loads((folder / "tuning.json").read_bytes())["steps"]]


def test_a_killed_tuning_goes_on_and_ends_as_one_that_was_left_alone(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "vlitqa", *LONG], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: bool(list(tmp_path.glob("runs/*/checkpoint.safetensors"))), "a checkpoint is written")
    finally:
        process.kill()
        process.wait()
    assert not list(tmp_path.glob("runs/*/model")), "the kill came too late to prove anything"
    resumed = vlitqa(*LONG, cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert "goes on after step" in resumed.stderr
    assert vlitqa(*LONG, "--output", "undisturbed", cwd=tmp_path).returncode == 0
    assert losses(tmp_path / "runs") == losses(tmp_path / "undisturbed")


@pytest.mark.parametrize("moment", ["checkpoint", "model"])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, moment: str) -> None:
    command = (*TINY, "--checkpoint-minutes", "0" if moment == "checkpoint" else "5")
    with mounted(tmp_path / "disk", "size=64m") as disk:
        filler = fill(disk, leave=1_000_000)
        done = vlitqa(*command, "--output", disk / "runs", cwd=tmp_path)
        assert done.returncode == 3, done.stderr
        assert "Error: No space is left in" in done.stderr
        (folder,) = (disk / "runs").iterdir()
        assert not [path for path in folder.iterdir() if path.name.endswith((".part", ".safetensors", "model"))]
        filler.unlink()
        again = vlitqa(*command, "--output", disk / "runs", cwd=tmp_path)
        assert again.returncode == 0, again.stderr
        assert len(losses(disk / "runs")) == 4


@pytest.mark.parametrize("kind", ["llava", "blip2", "openflamingo"])
def test_cut_weights_are_refused_by_tune_and_eval(tmp_path: Path, kind: str) -> None:
    assert vlitqa(*TINY, "--model", kind, "--limit", "4", cwd=tmp_path).returncode == 0
    (weights,) = tmp_path.glob("runs/*/model/model.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1_000])
    done = vlitqa(*TINY, "--model", kind, "--preset", weights.parent, "--output", "other", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("Error: ")
    assert str(weights.parent) in done.stderr
    assert not (tmp_path / "other").exists()
