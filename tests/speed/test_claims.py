"""What the code says of its own speed, measured side by side; run by `make speed`."""

from __future__ import annotations

import dataclasses
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from time import monotonic, process_time

import numpy as np
import pytest
from sacremoses import MosesTokenizer

from vlitqa.algorithms.moses import _tokenize
from vlitqa.records import NOWHERE, Record, Turn

pytestmark = pytest.mark.speed


def best_of(repeats: int, *works: Callable[[], object]) -> list[float]:
    """The least processor time of each, taken in turn."""
    times = [float("inf")] * len(works)
    for _ in range(repeats):
        for place, work in enumerate(works):
            started = process_time()
            work()
            times[place] = min(times[place], process_time() - started)
    return times


def test_help_takes_less_than_0_3_seconds() -> None:
    def seconds() -> float:
        started = monotonic()
        subprocess.run([sys.executable, "-m", "vlitqa", "--help"], capture_output=True, timeout=60, check=True)
        return monotonic() - started

    best = min(seconds() for _ in range(7))
    print(f"\nvlitqa --help: {best:.2f} s")
    assert best < 0.3


def test_help_costs_little_more_than_the_library_that_prints_it() -> None:
    def seconds(*arguments: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], capture_output=True, timeout=60, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    pairs = [(seconds("-m", "vlitqa", "--help"), seconds("-c", "import typer, rich.console")) for _ in range(5)]
    ours, theirs = (min(column) for column in zip(*pairs, strict=True))
    print(f"\nvlitqa --help / import typer, rich.console: {ours / theirs:.1f}")
    assert ours < 3 * theirs


def test_values_are_cheaper_than_frozen_dataclasses() -> None:
    copies = [(name, object, dataclasses.field(default=None)) for name in Record.__struct_fields__]
    frozen = dataclasses.make_dataclass("Frozen", copies, frozen=True, slots=True)
    turns = (Turn("a", "b"),)

    def make(kind: Callable[..., object]) -> Callable[[], object]:
        return lambda: [kind(turns=turns, images=(), id="x", placeholders=1, place=NOWHERE) for _ in range(50_000)]

    slow, quick = best_of(5, make(frozen), make(Record))
    print(f"\na frozen record / a value: {slow / quick:.1f}")
    assert slow > 1.5 * quick


def test_moses_tokens_are_quicker_than_the_plain_tokenizer() -> None:
    words = random.Random(1).choices(["the", "red", "circle,", "stands", "alone.", "It's", "Mr.", "blue"], k=130 * 200)
    texts = [" ".join(words[start : start + 130]) for start in range(0, len(words), 130)]
    plain = MosesTokenizer("en")
    slow, quick = best_of(
        3, lambda: [plain.tokenize(text, escape=False) for text in texts], lambda: [_tokenize(text) for text in texts]
    )
    print(f"\nsacremoses / moses_tokens: {slow / quick:.1f}")
    assert slow > 1.5 * quick


def test_sorting_counts_different_numbers_quicker_than_unique() -> None:
    numbers = np.random.default_rng(1).integers(0, 2**50, 1_500_000)
    slow, quick = best_of(3, lambda: len(np.unique(numbers)), lambda: np.count_nonzero(np.diff(np.sort(numbers))) + 1)
    print(f"\nnumpy.unique / sort: {slow / quick:.1f}")
    assert slow > 1.5 * quick
