"""The judge against `transformers serve`, a server that others wrote, with a tiny model that has learned to reply."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.given.family import wait_until
from tests.given.tiny_models import make_critic, train_critic
from vlitqa.backends.chat.address import Address
from vlitqa.backends.judges.served import ServerCritic
from vlitqa.contracts.tools import JudgeQuestion
from vlitqa.results import Status

pytest.importorskip("fastapi", reason="`transformers serve` needs it")
pytestmark = pytest.mark.model
ANSWERS = ("1", "2", "3")
QUESTIONS = [JudgeQuestion("Grade the sample.", f"Instruction: {letter}?\n\nAnswer: yes.", ANSWERS) for letter in "abc"]


def served(folder: Path) -> Iterator[Address]:
    """A server of one model on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder)]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    process = subprocess.Popen(
        [*command, *options],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: process.poll() is not None or answers(port), "the server answers")
        yield Address(f"http://127.0.0.1:{port}/v1", str(folder))
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as reply:
        return bool(reply.status == 200)
    return False


@pytest.fixture(scope="module")
def schooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    folder = make_critic(tmp_path_factory.mktemp("schooled"))
    train_critic(folder, QUESTIONS, '{"answer": "2"}')
    yield from served(folder)


@pytest.fixture(scope="module")
def babbling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    yield from served(make_critic(tmp_path_factory.mktemp("babbling")))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path))


def test_what_a_served_model_replies_is_its_answer(schooled: Address) -> None:
    verdicts = ServerCritic(schooled).open().ask(QUESTIONS)
    assert [(verdict.answer, verdict.status) for verdict in verdicts] == [("2", Status.OK)] * 3


def test_a_served_model_that_babbles_has_no_answer(babbling: Address) -> None:
    (verdict,) = ServerCritic(babbling).open().ask(QUESTIONS[:1])
    assert (verdict.answer, verdict.status) == (None, Status.JUDGE_UNPARSABLE)
