"""A build that is killed at any moment ends in the same bytes, and pays for no reply that arrived."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evil.build_kills import kill_builds


@pytest.mark.slow
def test_a_build_that_is_killed_six_times_ends_in_the_same_bytes_and_pays_little_more(tmp_path: Path) -> None:
    build = kill_builds(tmp_path, kills=6, seed=1, reply_seconds=0.5)
    assert build.different == ()
    assert build.needed == 40
    assert build.while_writing > 0
    assert build.answered <= build.needed + 4 * build.kills
    assert build.paid_twice <= 4 * build.kills  # what was on its way when the process died
