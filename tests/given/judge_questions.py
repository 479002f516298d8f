"""Beginnings of tests of a served judge: a key that must not leak, short pauses, and questions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.given.judge_server import JudgeServer
from vlitqa.backends.chat.address import Address
from vlitqa.backends.chat.client import Patience
from vlitqa.backends.judges.asking import OpenJudge
from vlitqa.backends.judges.served import ServerJudge
from vlitqa.contracts.tools import JudgeQuestion, Picture

KEY = "sk-CANARY-123456789"
SCORES = tuple(str(score) for score in range(1, 11))
RUBRIC = "How well does the response fit its picture? 1 is worst."
PATIENCE = Patience(deadline=600.0, read_timeout=300.0, first_pause=0.001, longest_pause=0.3)
"""Short pauses, and no deadline that a busy machine would miss."""


@pytest.fixture
def nothing_tells_the_key(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Iterator[None]:
    """Runs every test with a key, and ends it with a search for the key in its output, its log and its cache."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "OPENAI_BASE_URL", "OPENAI_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("VLITQA_JUDGE_CALLS", raising=False)
    for name in ("VLITQA_JUDGE_MODEL", "VLITQA_JUDGE_REVISION", "VLITQA_PLAIN_HTTP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path / "cache"))
    caplog.set_level("DEBUG")
    yield
    output = capfd.readouterr()
    cached = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert "CANARY" not in output.out + output.err + caplog.text
    assert b"CANARY" not in cached


def open_judge(server: JudgeServer, *, patience: Patience = PATIENCE, calls: int | None = None) -> OpenJudge:
    """Opens the judge of a server, with a budget of calls."""
    return ServerJudge(Address(server.url, "m", calls), patience).open()


def question(sample: str = "A red square.", *, vote: int = 0, pictures: tuple[Picture, ...] = ()) -> JudgeQuestion:
    """A question about a sample."""
    return JudgeQuestion(RUBRIC, sample, SCORES, pictures=pictures, vote=vote)


def questions(number: int) -> list[JudgeQuestion]:
    """Questions about different samples."""
    return [question(f"Sample {place}.") for place in range(number)]


def picture(kind: str) -> Picture:
    """A picture, half black and half white, from a file of this kind."""
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[:, 3:] = 255
    return Picture(width=6, height=4, format=kind, frames=1, digest="0123456789abcdef", pixels=pixels)
