"""`make kills`: kills commands at moments spread over all of their duration, repeats each, and compares every byte.

`python -m tests.evil.killing` kills `select` 200 times, `report` 100 times and `score` 200 times.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.given.family import started_with, wait_until
from tests.given.image_datasets import write_dataset
from tests.given.run_cli import LIGHT, TIMEOUT

_RUN = "RUN"
"""Stands for the run folder, whose name begins with a date."""
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "select": ("select", _RUN, "--rule", "lexical>=q10", "--budget", "50%", "--output", "subset.jsonl"),
    "report": ("report", _RUN, "--rows", "20"),
    "score": ("score", *LIGHT, "../data/data.jsonl", "--output", "runs"),
}
TIMES: Mapping[str, int] = {"select": 200, "report": 100, "score": 200}
_ROWS, _IMAGES = 300, 20
_OF_ONE_RUN = ("command", "started", "finished", "seconds", "from_cache")
"""What run.json says of the process that wrote it."""
_ROWS_OF_ONE_RUN = re.compile(rb"<tr><td>(started|seconds|measurements from the cache)</td>.*?</tr>")
"""What the page says of it."""
_CACHE = "cache"


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill, and what was different when the command had been run again."""

    command: str
    second: float
    """When it was killed, counted from its start."""
    hit: bool
    """False if the command ended first."""
    fault: str


class KillingGround:
    """A folder in which commands are killed: each starts from the same files, under the same path."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._seed = folder, seed
        self._work = folder / "work"
        write_dataset(folder / "data", rows=_ROWS, images=_IMAGES)
        self._before = {name: folder / f"before-{name}" for name in COMMANDS}
        self._before["score"].mkdir()
        self._begin("score")
        self._run("score")
        for name in ("select", "report"):
            shutil.copytree(self._work, self._before[name])

    def kills(self, name: str, count: int) -> Iterator[Kill]:
        """Kills a command so many times, each time a little later, and runs it again."""
        expected, seconds = self._undisturbed(name)
        for number in range(count):
            share = (number + Random(f"{self._seed}/{name}/{number}").random()) / count
            self._begin(name)
            hit = self._is_killed(name, share * seconds)
            status = self._run(name)
            fault = f"it ends with {status}" if status else self._difference(expected)
            yield Kill(name, share * seconds, hit, fault)

    def _undisturbed(self, name: str) -> tuple[dict[str, bytes], float]:
        """The results of a command that nobody kills, and the seconds that it takes."""
        self._begin(name)
        start = time.monotonic()
        assert self._run(name) == 0
        seconds = time.monotonic() - start
        return self._results(), seconds

    def _begin(self, name: str) -> None:
        shutil.rmtree(self._work, ignore_errors=True)
        shutil.copytree(self._before[name], self._work)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        run = next((self._work / "runs").glob("*/"), Path())
        arguments = [str(run) if argument == _RUN else argument for argument in COMMANDS[name]]
        return subprocess.Popen(
            [sys.executable, "-m", "vlitqa", *arguments],
            cwd=self._work,
            env={**os.environ, "VLITQA_CACHE": str(self._work / _CACHE)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _run(self, name: str) -> int:
        return self._start(name).wait(TIMEOUT)

    def _is_killed(self, name: str, seconds: float) -> bool:
        process = self._start(name)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        hit = process.wait() == -signal.SIGKILL
        wait_until(lambda: not started_with(str(self._work / _CACHE)), "the workers of a killed command end")
        return hit

    def _difference(self, expected: Mapping[str, bytes]) -> str:
        """Names the files that are not as they should be; empty if all are."""
        results = self._results()
        wrong = [name for name in sorted(expected | results) if expected.get(name) != results.get(name)]
        return f"not the same: {', '.join(wrong)}" if wrong else ""

    def _results(self) -> dict[str, bytes]:
        """Every file but those of the cache, hidden ones too, without what tells one run from another."""
        files = [path for path in self._work.rglob("*") if path.is_file()]
        names = {str(path.relative_to(self._work)): path for path in files}
        return {name: _lasting(path) for name, path in names.items() if not name.startswith(f"{_CACHE}/")}


def _lasting(path: Path) -> bytes:
    """The bytes of a file, without times and without what was taken from the cache."""
    content = path.read_bytes()
    if path.name == "run.json":
        info = {name: value for name, value in json.loads(content).items() if name not in _OF_ONE_RUN}
        return json.dumps(info, sort_keys=True).encode()
    return _ROWS_OF_ONE_RUN.sub(b"", content) if path.suffix == ".html" else content


def main() -> int:
    """Kills every command, and prints what a kill changed; 1 if one did."""
    parser = argparse.ArgumentParser(prog="python -m tests.evil.killing", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="share of the kills: 0.1 for every tenth")
    options = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        ground = KillingGround(Path(folder), options.seed)
        for name, times in TIMES.items():
            kills = list(ground.kills(name, round(times * options.share)))
            for kill in kills:
                if kill.fault:
                    print(f"{name}, killed after {kill.second:.3f} s: {kill.fault}")
            faults += sum(bool(kill.fault) for kill in kills)
            hits = sum(kill.hit for kill in kills)
            print(f"{name}: {len(kills)} kills, {hits} in time, {faults} faults (seed {options.seed})", flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
