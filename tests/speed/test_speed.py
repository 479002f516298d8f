"""Ratios measured side by side in one run, so that they hold on any machine: `make speed`."""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path

import pytest

from vlitqa.algorithms.near_duplicates import group_near_texts, minhash_signatures
from vlitqa.algorithms.ngrams import corpus_of, ngram_counts
from vlitqa.cli import GARBAGE_THRESHOLDS
from vlitqa.engines.serial import SerialEngine
from vlitqa.metrics.duplicates import Duplicates
from vlitqa.metrics.integrity import Integrity
from vlitqa.reader import open_dataset
from vlitqa.scoring.job import ScoreRequest
from vlitqa.scoring.loop import BATCH
from vlitqa.scoring.score import check_dataset

pytestmark = pytest.mark.speed

ROWS = 150_000
READS_1_GB = """
import sys
from pathlib import Path
from vlitqa.reader import Reading, open_dataset
with open_dataset(Path(sys.argv[1]), Reading()).entries() as entries:
    rows = sum(1 for _ in entries)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(rows, peak.split()[1])
"""
"""VmHWM begins with the program; ru_maxrss would count the test run that started it."""


def best_of(repeats: int, *works: Callable[[], object]) -> list[float]:
    """The shortest processor time of each work in seconds; they take turns, so that a slow moment meets all of them."""
    times = [float("inf")] * len(works)
    for _ in range(repeats):
        for position, work in enumerate(works):
            gc.collect()
            start = time.process_time()
            work()
            times[position] = min(times[position], time.process_time() - start)
    return times


def show(title: str, *rows: tuple[str, str]) -> None:
    """One small table."""
    print(f"\n{title}")
    for name, value in rows:
        print(f"  {name:<44} {value:>12}")


@contextmanager
def few_collections() -> Iterator[None]:
    """The garbage collector as the command line sets it."""
    before = gc.get_threshold()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    yield
    gc.set_threshold(*before)


class Sentences:
    """Sentences of made-up words, drawn by a seed; frequent words come often, as in a language."""

    def __init__(self, seed: int, words: int = 8_000) -> None:
        self._random = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgkjqxz"
        self._words = ["".join(self._random.choices(letters, k=self._random.randint(2, 9))) for _ in range(words)]
        self._weights = list(accumulate(rank**-0.8 for rank in range(1, words + 1)))

    def words(self, least: int, most: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._weights, k=self._random.randint(least, most))

    def sentence(self, least: int, most: int) -> str:
        return " ".join(self.words(least, most)).capitalize() + "."

    def llava_row(self, number: int) -> str:
        """One row as LLaVA-Instruct-150K has them: 58k conversations, 23k descriptions, 77k answers of 119 words."""
        kind = self._random.random() * 158
        turns = self._random.randint(3, 6) if kind < 58 else 1
        answer = (10, 30) if kind < 58 else (80, 158)
        messages = []
        for _ in range(turns):
            messages.append({"from": "human", "value": self.sentence(8, 14)})
            messages.append({"from": "gpt", "value": self.sentence(*answer)})
        return json.dumps({"id": f"{number:012d}", "conversations": messages})


def test_reading_and_checking_takes_less_than_four_times_json_loads(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    sentences = Sentences(1)
    with path.open("w") as file:
        file.writelines(sentences.llava_row(number) + "\n" for number in range(ROWS))

    def check() -> None:
        request = ScoreRequest(metrics=(Integrity(), Duplicates(near=False)))
        card = check_dataset(open_dataset(path), request, lambda **_: SerialEngine(), lambda *_: None)
        assert (card.records, card.rejects) == (ROWS, 0)

    def loads() -> None:
        with path.open() as file:
            for line in file:
                json.loads(line)

    def loads_bytes() -> None:
        with path.open("rb") as file:
            for line in file:
                json.loads(line)

    with few_collections():
        checked, loaded, loaded_bytes = best_of(5, check, loads, loads_bytes)
    show(
        f"check, {ROWS:,} rows without images",
        ("vlitqa check", f"{checked:.2f} s"),
        ("json.loads", f"{loaded:.2f} s"),
        ("ratio, at most 4", f"{checked / loaded:.2f}"),
        ("ratio to json.loads of bytes", f"{checked / loaded_bytes:.2f}"),
    )
    assert checked < 4 * loaded


def test_a_json_array_of_1_gb_streams_in_less_than_500_mb(tmp_path: Path) -> None:
    path = tmp_path / "array.json"
    sentences = Sentences(2)
    tails = [sentences.llava_row(number).split(",", 1)[1] for number in range(2_000)]
    rows = written = 0
    try:
        with path.open("w") as file:
            file.write("[")
            while written < 1_000_000_000:
                written += file.write(f'{", " if rows else ""}{{"id": "{rows:012d}",{tails[rows % len(tails)]}')
                rows += 1
            file.write("]")
        command = [sys.executable, "-c", READS_1_GB, str(path)]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=280)
        seconds = time.perf_counter() - start
    finally:
        path.unlink()
    found, kilobytes = map(int, done.stdout.split())
    show(
        f"read, a JSON array of 1 GB, {rows:,} rows",
        ("time", f"{seconds:.0f} s"),
        ("memory, at most 500 MB", f"{kilobytes / 1024:.0f} MB"),
    )
    assert found == rows
    assert kilobytes < 500 * 1024


def test_ngrams_are_counted_at_least_three_times_as_fast_as_by_a_counter() -> None:
    sentences = Sentences(3, words=30_000)
    segments = [sentences.words(5, 25) for _ in range(120_000)]

    def by_counter() -> dict[int, tuple[int, int]]:
        counts = {n: Counter[tuple[str, ...]]() for n in (2, 3, 4)}
        for words in segments:
            for n, counter in counts.items():
                counter.update(zip(*(words[start:] for start in range(n)), strict=False))
        return {n: (len(counter), counter.total()) for n, counter in counts.items()}

    assert ngram_counts(corpus_of(segments)) == by_counter()
    ours, counter = best_of(3, lambda: ngram_counts(corpus_of(segments)), by_counter)
    show(
        f"n-grams of {sum(map(len, segments)):,} tokens",
        ("ngram_counts", f"{ours:.2f} s"),
        ("collections.Counter", f"{counter:.2f} s"),
        ("times as fast, at least 3", f"{counter / ours:.1f}"),
    )
    assert counter > 3 * ours


def test_near_duplicates_among_100_000_texts_take_less_than_10_seconds() -> None:
    sentences = Sentences(4)
    texts = [sentences.sentence(20, 120) for _ in range(99_000)]
    texts += [text + " indeed" for text in texts[:1_000]]

    def find() -> int:
        made = [row for at in range(0, len(texts), BATCH) for row in minhash_signatures(texts[at : at + BATCH])]
        return len(set(group_near_texts(made, 0.8).tolist()))

    assert 98_900 <= find() <= 99_100
    (seconds,) = best_of(2, find)
    show(f"near duplicates among {len(texts):,} texts", ("time, at most 10 s", f"{seconds:.1f} s"))
    assert seconds < 10
