"""`python -m tests.evil.build_kills`: kills a build at random moments and holds its end against a quiet build.

A writer behind a real server counts what it answered; a reply that arrived must not be asked for again.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.given.builds import write_recipe
from tests.given.scripted_writer import WriterServer

_THREADS = 4
_ROWS = 40
_LONGEST = 600.0
_FILES = ("written.jsonl", "build.json", "origins.parquet", "recipe.toml", "scorecard.json")
"""What must be the same byte for byte; run.json and the page say when they were made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KilledBuild:
    """What a build that was killed came to."""

    kills: int
    while_writing: int
    """Kills of a process that had sent requests."""
    answered: int
    """Requests that the server answered."""
    needed: int
    """Requests that a quiet build makes."""
    paid_twice: int
    """Requests whose reply was on the disk before they were sent again."""
    different: tuple[str, ...]
    """Files that are not those of a quiet build."""


def kill_builds(folder: Path, kills: int, seed: int, reply_seconds: float) -> KilledBuild:
    """Kills one build so many times, each at a random moment, then lets it end."""
    calls, delay = Counter[str](), 0.0
    while_writing = 0

    def answer(payload: Mapping[str, Any], _call: int) -> tuple[int, Mapping[str, str], bytes]:
        time.sleep(delay)
        calls[f"{payload['seed']} {payload['messages'][-1]['content']}"] += 1
        return 200, {}, server.usual_answer(payload)

    dice = random.Random(seed)
    with WriterServer(answer=answer) as server:
        quiet, killed = folder / "quiet", folder / "killed"
        for place in (quiet, killed):
            place.mkdir()
            write_recipe(place, rows=_ROWS, scenes=_ROWS)
        needed = _run(quiet, server.url) or server.answered
        calls.clear()
        before, delay = server.answered, reply_seconds
        for _ in range(kills):
            begun = server.calls
            _run(killed, server.url, dice.uniform(0.5, 6.0))
            while_writing += server.calls > begun
        delay = 0.0
        _run(killed, server.url)
        answered = server.answered - before
    pairs = [(name, [_bytes_of(place, name) for place in (quiet, killed)]) for name in _FILES]
    return KilledBuild(
        kills=kills,
        while_writing=while_writing,
        answered=answered,
        needed=needed,
        paid_twice=sum(count - 1 for count in calls.values()),
        different=tuple(name for name, (first, second) in pairs if first != second),
    )


def _run(folder: Path, url: str, seconds: float = _LONGEST) -> int:
    """Builds for some seconds; returns 0 for a build that ended, or was killed on purpose."""
    command = [sys.executable, "-m", "vlitqa", "build", "written.toml", "--writer", f"server:{url}@scripted"]
    environment = {**os.environ, "OPENAI_API_KEY": "", "VLITQA_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*command, "--threads", str(_THREADS)],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return 0


def _bytes_of(folder: Path, name: str) -> bytes:
    (path,) = folder.glob(f"runs/build-*/{name}")
    return path.read_bytes()


def main() -> int:
    """Prints what came of it; returns 1 if a byte differs or too much was paid for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reply-seconds", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build = kill_builds(Path(folder), options.kills, options.seed, options.reply_seconds)
    print(build)
    return int(bool(build.different) or build.answered > build.needed + _THREADS * build.kills)


if __name__ == "__main__":
    sys.exit(main())
