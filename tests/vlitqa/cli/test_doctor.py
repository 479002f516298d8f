"""`vlitqa doctor` shows what this process may use."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.given.run_cli import vlitqa

pytestmark = pytest.mark.slow


def test_the_cores_are_those_that_the_process_may_use(tmp_path: Path) -> None:
    cores = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(cores)})
        done = vlitqa("doctor", "--json", cwd=tmp_path)
    finally:
        os.sched_setaffinity(0, cores)
    assert json.loads(done.stdout)["cores"] == 1


def test_every_preset_says_whether_it_is_ready_and_what_fetches_it(tmp_path: Path) -> None:
    done = vlitqa("doctor", "--json", cwd=tmp_path, HF_HUB_CACHE=str(tmp_path / "hub"), HOME=str(tmp_path))
    models = json.loads(done.stdout)["models"]
    assert models["llava tiny"] == "ready, on any machine"
    assert models["llava paper"].startswith("not here: hf download llava-hf/llava-1.5-7b-hf; tuning needs 109 GB in ")
    assert "GB in bfloat16" in models["blip2 paper"]
    assert models["openflamingo paper"].count("hf download") == 3
    assert models["mim paper"].startswith("not here: hf download SihengLi/TextBind second_stage_model.pt; ")
    assert models["imagebind_llm paper"].count("into ~/imagebind_llm/") == 3
