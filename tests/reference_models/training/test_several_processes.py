"""Two processes that `torchrun` starts learn what one learns, go on after a kill, and write one model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from torch.distributed.fsdp import FSDPModule  # noqa: E402

from reference_models.catalogue import choose_model  # noqa: E402
from reference_models.training.folder import RESULT, read_result  # noqa: E402
from reference_models.training.processes import join_processes  # noqa: E402
from reference_models.training.tuning import CHECKPOINT  # noqa: E402
from tests.given.shared_tunings import CASES, losses_of_case  # noqa: E402
from tests.given.tiny_dialogues import BLACK, prompt_of  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402
from vlitqa.results.tuning import TuningResult  # noqa: E402

pytestmark = [pytest.mark.model, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[3]
COMMAND = ["-m", "vlitqa", "tune", "--preset", "tiny", "--data", str(ROOT / "examples" / "shapes" / "dataset.jsonl")]
OPTIONS = [
    *("--limit", "16", "--batch-size", "4", "--epochs", "2"),
    *("--learning-rate", "1e-3", "--checkpoint-minutes", "0"),
]
TORCHRUN = [
    *(sys.executable, "-m", "torch.distributed.run"),
    *("--nproc-per-node", "2", "--standalone", "--local-addr", "127.0.0.1"),
]
HANGS = 240.0
"""Seconds after which a command that should have ended is ended."""


def start(command: list[str], **files: int) -> subprocess.Popen[str]:
    """Starts a command at the root of the project, in a session of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, start_new_session=True, stderr=subprocess.PIPE, **files
    )


def end(process: subprocess.Popen[str]) -> str:
    """Waits for a command and all that it started; returns what it told."""
    try:
        return process.communicate(timeout=HANGS)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def read(output: Path) -> tuple[Path, TuningResult]:
    """The folder and the result of the only tuning in an output folder."""
    (path,) = output.glob(f"*/{RESULT}")
    result = read_result(path.parent)
    assert result is not None
    return path.parent, result


def test_two_processes_have_the_losses_of_one_also_after_a_kill_and_their_model_answers(tmp_path: Path) -> None:
    alone = start([sys.executable, *COMMAND, *OPTIONS, "-o", str(tmp_path / "alone")])
    shared = [*TORCHRUN, *COMMAND, *OPTIONS, "-o", str(tmp_path / "shared")]
    killed = start(shared)
    while not list(tmp_path.glob(f"shared/*/{CHECKPOINT}")) and killed.poll() is None:
        time.sleep(0.02)
    killed.terminate()
    end(killed)
    assert not list(tmp_path.glob(f"shared/*/{RESULT}")), "it was killed on its way"
    resumed = start(shared)
    messages, _ = end(resumed), end(alone)
    assert (resumed.returncode, alone.returncode) == (0, 0), messages
    assert messages.count("goes on after step") == 1, "the first process alone speaks"

    (folder, two), (_, one) = read(tmp_path / "shared"), read(tmp_path / "alone")
    assert [step.loss for step in two.steps] == pytest.approx([step.loss for step in one.steps], rel=1e-5)
    assert [(step.targets, step.tokens) for step in two.steps] == [(step.targets, step.tokens) for step in one.steps]
    assert (two.trained_parameters, two.parameters) == (one.trained_parameters, one.parameters)
    assert not (folder / CHECKPOINT).exists()
    model = choose_model("llava", str(folder / "model")).open()
    assert len(model.answer([prompt_of(BLACK)], longest=4)) == 1


def test_every_model_learns_the_same_where_only_some_rows_have_pictures(tmp_path: Path) -> None:
    """Also with adapters, with Muon and in mixed precision; a step of one row leaves a process without work."""
    shared = start([*TORCHRUN, "-m", "tests.given.shared_tunings", str(tmp_path / "losses.json")])
    alone = {name: losses_of_case(name, tmp_path / "alone") for name in CASES}
    messages = end(shared)
    assert shared.returncode == 0, messages
    losses = msgspec.json.decode((tmp_path / "losses.json").read_bytes(), type=dict[str, list[float]])
    for name, expected in alone.items():
        tolerance = 1e-3 if CASES[name].precision != "float32" else 2e-5
        assert losses[name] == pytest.approx(expected, rel=tolerance), name


def test_an_early_torch_is_refused_before_processes_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delattr(FSDPModule, "set_reduce_scatter_unused_params")
    with pytest.raises(UsageError, match="Several processes cannot tune a model with torch"), join_processes():
        pass
