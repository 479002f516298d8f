"""`make fuzz`: damages datasets, has vlitqa read and select from them, and keeps those that break it."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from tests.evil.fuzzing.damaged_files import draw_file
from tests.evil.fuzzing.examiners import Examined, examine_files

_PROGRESS = 250


def main() -> int:
    """Examines files; 1 if one of them broke vlitqa."""
    options = _options()
    counts: Counter[str] = Counter()
    numbers = range(options.first, options.first + options.files)
    for examined in examine_files(options.seed, numbers, options.processes):
        examination = examined.examination
        counts["files"] += 1
        counts["records"] += examination.records
        counts["files refused"] += bool(examination.refused)
        counts["subsets refused"] += bool(examination.subset_refused)
        counts["faults"] += bool(examination.fault)
        if examination.fault or (examination.subset_refused and options.refusals):
            _print_fault(options.seed, examined, options.keep)
        if counts["files"] % _PROGRESS == 0:
            print(_sentence(options.seed, counts), flush=True)
    print(_sentence(options.seed, counts))
    return int(counts["faults"] > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.evil.fuzzing", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first file: to repeat a single one")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="folder for files that break vlitqa")
    parser.add_argument("--refusals", action="store_true", help="show refused subsets too")
    return parser.parse_args()


def _print_fault(seed: int, examined: Examined, folder: Path) -> None:
    """Keeps a file, and says how it came about and what it did."""
    file = draw_file(seed, examined.number)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"seed-{seed}-file-{examined.number}"
    path.write_bytes(file.content)
    print(f"{path} ({file.story}); again: --seed {seed} --first {examined.number} --files 1")
    print(f"    {(examined.examination.fault or examined.examination.subset_refused).strip()}", flush=True)


def _sentence(seed: int, counts: Counter[str]) -> str:
    names = ("files", "files refused", "records", "subsets refused", "faults")
    return f"seed {seed}: " + ", ".join(f"{counts[name]:,} {name}" for name in names)


if __name__ == "__main__":
    sys.exit(main())
