"""All benchmarks by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from evaluators.benchmarks.mme import MME
from evaluators.benchmarks.seed_bench import SeedBench
from evaluators.benchmarks.zero_shot.sets import EVERY
from evaluators.benchmarks.zero_shot.suite import ZeroShot
from vlitqa.catalogue import suggestion
from vlitqa.contracts import Benchmark
from vlitqa.errors import UsageError

BENCHMARKS: Mapping[str, Callable[..., Any]] = {
    "seed": SeedBench,
    "mme": MME,
    **{name: partial(ZeroShot, name) for name in EVERY},
}


def benchmark(name: str, rules: str = "", root: Path | None = None, seed: int = 0) -> Benchmark:
    """A benchmark by its name, with its usual rules where none are named."""
    if name not in BENCHMARKS:
        raise UsageError(f"There is no benchmark {name!r}.", repair=suggestion(name, BENCHMARKS))
    made: Benchmark = BENCHMARKS[name](root=root, seed=seed)
    known = made.card.rules
    if not rules:
        return made
    if rules not in known:
        raise UsageError(f"{name} has no rules {rules!r}.", repair=suggestion(rules, dict.fromkeys(known)))
    chosen: Benchmark = BENCHMARKS[name](rules=rules, root=root, seed=seed)
    return chosen
