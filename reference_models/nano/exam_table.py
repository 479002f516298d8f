"""`python -m reference_models.nano.exam_table`: what the nano models learn of datasets, as a table.

Each model is tuned on the first rows of a dataset of the shapes world by the recipe of its preset. It answers with the
sentence that it finds most probable of four, about scenes that nobody has learned from.
"""

from __future__ import annotations

import argparse
import sys
import time

from vlitqa.engines.threads import limit_threads


def main(arguments: list[str]) -> int:
    """Writes a row for each model and dataset."""
    limit_threads()  # before torch is loaded
    from reference_models.catalogue import MODELS, choose_model
    from reference_models.nano.tuned_exams import NO_DATASET, dimensions_above_chance, right_by_dimension, tune_on
    from vlitqa.shapes.datasets import MAKERS
    from vlitqa.shapes.questions import DIMENSIONS

    datasets = [NO_DATASET, *MAKERS]
    parser = argparse.ArgumentParser(prog="python -m reference_models.nano.exam_table", description=__doc__)
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--datasets", nargs="+", choices=datasets, default=[NO_DATASET, "adapted", "guided"])
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--questions", type=int, default=400)
    options = parser.parse_args(arguments)
    sys.stdout.write(f"| model | dataset | {' | '.join(DIMENSIONS)} | above chance | seconds of tuning |\n")
    sys.stdout.write("|---" * (len(DIMENSIONS) + 4) + "|\n")
    for name in options.models:
        for dataset in options.datasets:
            started = time.monotonic()
            model = tune_on(choose_model(name, "nano"), dataset, options.rows, _report)
            seconds = time.monotonic() - started
            right = right_by_dimension(model, options.questions)
            shares = " | ".join(f"{number / options.questions:.2f}" for number in right.values())
            above = dimensions_above_chance(right, options.questions)
            sys.stdout.write(f"| {name} | {dataset} | {shares} | {above} of {len(right)} | {seconds:.0f} |\n")
            sys.stdout.flush()
    return 0


def _report(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
