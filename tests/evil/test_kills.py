"""A command that was killed at any moment and is run again ends with the bytes of one that was left alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.evil.killing import KillingGround

pytestmark = pytest.mark.slow

SEED = 2026
TIMES: Mapping[str, int] = {"select": 6, "report": 4, "score": 3}
"""Elsewhere `score` is killed at fourteen chosen moments; `make kills` kills all three hundreds of times."""


def test_thirteen_kills_change_no_byte_and_leave_no_temporary_file(tmp_path: Path) -> None:
    ground = KillingGround(tmp_path, SEED)
    kills = [kill for name, count in TIMES.items() for kill in ground.kills(name, count)]
    assert len(kills) == 13
    assert not [kill for kill in kills if kill.fault]
    assert sum(kill.hit for kill in kills) > len(kills) / 2, "most kills came too late to prove anything"


def test_a_file_that_is_left_behind_is_seen(tmp_path: Path) -> None:
    kills = KillingGround(tmp_path, SEED).kills("select", 2)
    assert not next(kills).fault
    (tmp_path / "before-select" / ".left").touch()
    assert next(kills).fault == "not the same: .left"
