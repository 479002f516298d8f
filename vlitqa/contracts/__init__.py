"""The promises that the parts of vlitqa make to each other; reading this room is reading the system.

A line becomes a Record (`formats`), a Record becomes Measurements (`metrics`, with `tools`), an Engine says where that
work runs (`engines`), and a Metric combines its measurements into the Summary of a dataset. A Benchmark marks what a
model answered (`benchmarks`), and a Section tells what was found on a page (`sections`).
"""

from vlitqa.contracts.benchmarks import Benchmark, BenchmarkCard, ExamPrompt
from vlitqa.contracts.engines import Engine, Measured, Observer, Outcome, Task, Work
from vlitqa.contracts.formats import Format
from vlitqa.contracts.metrics import (
    ALONE,
    Card,
    Context,
    FigureName,
    Fit,
    FittedMetric,
    GoldRows,
    Metric,
    Principle,
    Sampled,
    Seeded,
)
from vlitqa.contracts.sections import Section
from vlitqa.contracts.tools import Tools

__all__ = [
    "ALONE",
    "Benchmark",
    "BenchmarkCard",
    "Card",
    "Context",
    "Engine",
    "ExamPrompt",
    "FigureName",
    "Fit",
    "FittedMetric",
    "Format",
    "GoldRows",
    "Measured",
    "Metric",
    "Observer",
    "Outcome",
    "Principle",
    "Sampled",
    "Section",
    "Seeded",
    "Task",
    "Tools",
    "Work",
]
