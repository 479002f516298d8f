"""Holds the results of this checkout against those of another commit, byte for byte: for moves that change nothing.

`python -m tests.given.same_results COMMIT DATASET…` scores, draws and selects from each dataset with the code of both,
and prints every file that differs; exit code 1 where one does. Times and paths in run.json are made the same first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SELECTIONS = (("--rules", "paper", "--budget", "50%"), ("--rule", "lexical>=q10", "--rule", "tasks<=5"))
SAME = {"command": ["vlitqa"], "started": "2026-01-01", "finished": "2026-01-01", "seconds": 1.0, "from_cache": 0}


def write_results(code: Path, dataset: Path, folder: Path) -> None:
    """The run folder of a dataset, its page, and subsets with their ledgers, made by the code of a checkout."""
    folder.mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(code), "VLITQA_CACHE": str(folder.with_suffix(".cache"))}

    def run(*arguments: object) -> None:
        command = [sys.executable, "-m", "vlitqa", *map(str, arguments)]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)

    run("score", dataset, "--engine", "serial", "--output", ".")
    (made,) = folder.glob("*/run.json")
    made.parent.rename(folder / "run")
    info = folder / "run" / "run.json"
    info.write_text(json.dumps({**json.loads(info.read_text()), **SAME}, sort_keys=True))
    run("report", "run")
    for number, rules in enumerate(SELECTIONS):
        run("select", "run", *rules, "--output", f"subset-{number}")


def differences(first: Path, second: Path) -> Iterator[str]:
    """The files of two folders that are not the same bytes."""
    files = {path.relative_to(folder) for folder in (first, second) for path in folder.rglob("*") if path.is_file()}
    for name in sorted(files):
        pair = [folder / name for folder in (first, second)]
        if not all(path.is_file() for path in pair) or pair[0].read_bytes() != pair[1].read_bytes():
            yield str(name)


def main(commit: str, datasets: list[Path]) -> int:
    """Prints what differs between a commit and this checkout; 1 where anything does."""
    with tempfile.TemporaryDirectory() as place:
        code = Path(place) / "code"
        subprocess.run(["git", "clone", "--quiet", ROOT, code], check=True)
        subprocess.run(["git", "checkout", "--quiet", commit], cwd=code, check=True)
        found = 0
        for number, dataset in enumerate(datasets):
            folders = []
            for name, checkout in (("then", code), ("now", ROOT)):
                work = Path(place) / "work"  # the same path for both, because pages print it
                write_results(checkout, dataset.resolve(), work)
                folders.append(work.rename(Path(place) / f"{name}-{number}"))
            different = list(differences(*folders))
            found += len(different)
            print(f"{dataset.name}: {', '.join(different) or 'the same bytes'}", flush=True)
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], [Path(name) for name in sys.argv[2:]]))
