"""All benchmarks by their names; the module of one is loaded only when it is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from vlitqa.catalogue import load_named, suggestion
from vlitqa.contracts import Benchmark
from vlitqa.errors import UsageError
from vlitqa.plugins.tables import PluggableTable

ZERO_SHOT = (
    "iiit5k", "svt", "ic13", "ic15", "svtp", "cute80", "coco-text", "total-text", "wordart", "ctw", "host", "wost",
    "sroie", "funsd", "nocaps", "flickr30k", "docvqa", "textvqa", "stvqa", "ocrvqa", "okvqa", "gqa", "visdial",
    "iconqa", "vsr", "scienceqa", "vizwiz", "ocr", "kie", "caption", "vqa",
)  # fmt: skip
"""The rows of `evaluators.benchmarks.zero_shot.sets`, which one class marks; a law holds the two against each other."""
BENCHMARKS = PluggableTable(
    "benchmarks",
    {
        "seed": "evaluators.benchmarks.seed_bench:SeedBench",
        "mme": "evaluators.benchmarks.mme:MME",
        **dict.fromkeys(ZERO_SHOT, "evaluators.benchmarks.zero_shot.suite:ZeroShot"),
    },
)


def load_benchmark(name: str, rules: str = "", root: Path | None = None, seed: int = 0) -> Benchmark:
    """A benchmark by its name, with its usual rules where none are named."""
    exam: Any = load_named(BENCHMARKS, name, "benchmark")(name=name, root=root, seed=seed)
    usual: Benchmark = exam
    if rules and rules not in usual.card.rules:
        repair = suggestion(rules, dict.fromkeys(usual.card.rules))
        raise UsageError(f"{name} has no rules {rules!r}.", repair=repair)
    chosen: Benchmark = replace(exam, rules=rules) if rules else usual
    return chosen
