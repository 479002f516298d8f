"""Processes that share the cores share them out, and what a user has set is never changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from vlitqa.backends.judges.local import CausalCritic
from vlitqa.contracts import Task
from vlitqa.contracts.tools import JudgeQuestion
from vlitqa.engines.cores import available_cores
from vlitqa.engines.threads import COUNTS, WAITING

CORES = available_cores()
GRADE, GRADES = "How difficult is the instruction? 1 is easiest.", tuple(map(str, range(1, 11)))


def settings(program: str, **said: str) -> Mapping[str, str | None]:
    """What a program finds in its environment after what it does, where a user has said no more than this."""
    silent = {name: value for name, value in os.environ.items() if name not in (*COUNTS, *WAITING)}
    shown = f"import json, os\n{program}\nprint(json.dumps([os.environ.get(each) for each in {(*COUNTS, *WAITING)}]))"
    command = [sys.executable, "-c", f"from vlitqa.engines.threads import *\n{shown}"]
    done = subprocess.run(command, env={**silent, **said}, capture_output=True, text=True, check=True)
    return dict(zip((*COUNTS, *WAITING), json.loads(done.stdout.splitlines()[-1]), strict=True))


def counts(threads: int) -> Mapping[str, str]:
    return dict.fromkeys(COUNTS, str(threads))


def test_a_process_that_is_alone_takes_all_cores_that_it_may_use() -> None:
    assert settings("limit_threads()") == {**counts(CORES), **WAITING}


def test_more_processes_than_cores_have_one_thread_each() -> None:
    assert settings(f"limit_threads({CORES + 1})") == {**counts(1), **WAITING}


def test_what_a_user_says_to_openmp_holds_for_every_library() -> None:
    assert settings("limit_threads(); limited_children(2).__enter__()", OMP_NUM_THREADS="7") == {**counts(7), **WAITING}


@pytest.mark.parametrize("name", COUNTS[1:])
def test_what_a_user_says_to_one_library_holds_for_that_library(name: str) -> None:
    assert settings("limit_threads()", **{name: "7"}) == {**counts(CORES), **WAITING, name: "7"}


def test_a_user_may_let_threads_spin() -> None:
    assert settings("limit_threads()", OMP_WAIT_POLICY="ACTIVE")["OMP_WAIT_POLICY"] == "ACTIVE"


def test_children_get_a_share_and_the_process_keeps_its_own() -> None:
    within = f"limit_threads()\nwith limited_children({CORES}): "
    show = "print(os.environ['OMP_NUM_THREADS'], flush=True)"
    assert settings(f"{within}assert os.environ['OMP_NUM_THREADS'] == '1'") == {**counts(CORES), **WAITING}
    assert settings(f"with limited_children({CORES}): {show}") == dict.fromkeys((*COUNTS, *WAITING))


@pytest.mark.model
def test_torch_that_is_loaded_already_takes_the_share_too() -> None:
    check = f"import torch; limit_threads({CORES + 1}); assert torch.get_num_threads() == 1"
    assert settings(check) == {**counts(1), **WAITING}


@pytest.fixture
def torch() -> Iterator[Any]:
    """torch, which has as many threads afterwards as before."""
    library = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
    before = library.get_num_threads()
    yield library
    library.set_num_threads(before)


@pytest.mark.model
def test_the_number_of_threads_changes_no_bit_of_what_a_model_on_this_machine_says(torch: Any) -> None:
    critic = CausalCritic.of("vlitqa/nano-llama")
    questions = [
        JudgeQuestion(GRADE, f"Instruction: {text}?", GRADES) for text in ("What is red", "How many circles are there")
    ]

    def chances(threads: int) -> list[Mapping[str, float]]:
        torch.set_num_threads(threads)
        found = [verdict.probabilities for verdict in critic.open().ask(questions)]
        assert torch.get_num_threads() == threads
        return found

    assert all(chances(1))
    assert chances(2) == chances(1) == chances(5)


@pytest.mark.parametrize("threads", ["2", "5"])
def test_the_number_of_threads_changes_no_bit_of_a_vendi_score(threads: str) -> None:
    program = (
        "import numpy\nfrom vlitqa.algorithms.vendi import VendiState\n"
        "vectors = numpy.random.default_rng(0).standard_normal((700, 768))\n"
        "vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)\n"
        "print(VendiState.of(vectors).score(1).hex())"
    )

    def score(count: str) -> str:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": count}
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert score(threads) == score("1")


@dataclass(frozen=True)
class Telling:
    """Work that tells how many threads its process may use."""

    def __call__(self, tasks: Sequence[Task]) -> list[Any]:
        return [os.environ.get(COUNTS[0]) for _ in tasks]

    def fingerprint(self) -> str:
        return ""

    def when_lost(self, _task: Task, reason: str) -> Any:
        return reason


@pytest.mark.slow
@pytest.mark.parametrize(("said", "share"), [({}, "1"), ({"OMP_NUM_THREADS": "7"}, "7")])
def test_workers_of_processes_share_the_cores(said: Mapping[str, str], share: str) -> None:
    program = (
        "from tests.given.troubled_metrics import batches\n"
        "from tests.vlitqa.engines.test_threads import Telling\n"
        "from vlitqa.engines.processes import ProcessEngine\n"
        f"limit_threads()\n[told] = ProcessEngine({CORES}).map(Telling(), batches(1))\nassert told == ['{share}'], told"
    )
    assert settings(program, **said)["OMP_NUM_THREADS"] == said.get("OMP_NUM_THREADS", str(CORES))
