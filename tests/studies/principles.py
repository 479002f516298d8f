"""`python -m tests.studies.principles FOLDER`: builds data with all seven principles, and with each of them off alone.

The same scenes, the same annotations, as many rows and turns; of every three people who answer a question about a
picture the first is wrong in a share of cases. It goes on where it was stopped, and prints a table. `--again` is the
second look at two principles, with other seeds and data on which they have something to do.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

import vlitqa
from tests.studies.answered_scenes import AnsweredScenes
from vlitqa.runs.finished import FinishedRun

PRINCIPLES = (
    *("correctness", "task_diversity", "instruction_diversity", "response_diversity"),
    *("instruction_complexity", "object_complexity", "balance"),
)
_SCENES, _ROWS, _SIDE = 560, 400, 64
_RECIPE = """\
strategy = "adaption"
name = "principles"
rows = {rows}
seed = {seed}
[images]
folder = "."
[[annotations]]
layout = "annotated"
file = "scenes.jsonl"
[adaption]
combined = 0.5
tasks = {tasks}
[principles]
{switches}
[control]
metrics = "{metrics}"
"""


@dataclass(frozen=True, slots=True)
class Aim:
    """The figure that a principle aims at, and whether it should be higher with it."""

    principle: str
    metric: str
    figure: str
    variant: str
    is_higher: bool = True

    def is_met(self, followed: float | None, switched_off: float | None) -> bool:
        """True if the figure moved the right way."""
        if followed is None or switched_off is None or followed == switched_off:
            return False
        return (followed > switched_off) == self.is_higher


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Principles that are tried on one kind of data with some seeds."""

    name: str
    seeds: Sequence[int]
    aims: Sequence[Aim]
    tasks: Sequence[str] = ()
    """All, unless some are named."""
    kind: str = ""
    """How the questions begin that are annotated; all, unless it is given."""

    @property
    def metrics(self) -> str:
        """The metrics of the aims, and those that they read."""
        names = {aim.metric for aim in self.aims} - {"truth"} | {"tasks"}
        return ",".join(sorted(names))


_SHARED = Aim("balance", "balance", "pairs of one task", "sound", is_higher=False)
_WITHIN = Aim("response_diversity", "responses", "responses within a task", "sound")
FIRST_LOOK = Look(
    name="first",
    seeds=(1, 2, 3, 4, 5),
    aims=(
        Aim("correctness", "truth", "right answers about pictures", "true"),
        Aim("task_diversity", "tasks", "task labels", "original"),
        Aim("instruction_diversity", "instructions", "instructions within a task", "sound"),
        _WITHIN,
        Aim("instruction_complexity", "difficulty", "difficulty", "sound"),
        Aim("object_complexity", "granularity", "regional instructions", "sound"),
        _SHARED,
    ),
)
SECOND_LOOK = (
    Look(
        name="again",
        seeds=(6, 7, 8, 9, 10),
        aims=(
            Aim("balance", "balance", "balance", "original", is_higher=False),
            Aim("response_diversity", "responses", "different responses", "sound"),
        ),
    ),
    Look(name="counts", seeds=(6, 7, 8, 9, 10), aims=(_SHARED,), kind="How many"),
    Look(name="choices", seeds=(6, 7, 8, 9, 10), aims=(_WITHIN,), tasks=("image captioning", "object presence")),
)


def measure(folder: Path, look: Look, seed: int, off: str) -> Mapping[str, float | None]:
    """The figures of all aims, by principle, for one build; kept in a file, so that it is made once."""
    kept = folder / f"{look.name}-{seed}-without-{off or 'nothing'}.json"
    if kept.is_file():
        figures: dict[str, float | None] = json.loads(kept.read_text())
        return figures
    scenes = AnsweredScenes(seed=seed, count=_SCENES, side=_SIDE, kind=look.kind)
    data = folder / f"scenes-{look.kind.partition(' ')[0]}-{seed}"
    scenes.write(data)
    recipe = data / f"{look.name}-without-{off or 'nothing'}.toml"
    recipe.write_text(
        _RECIPE.format(
            rows=_ROWS,
            seed=seed,
            tasks=json.dumps(look.tasks),
            switches=f"{off} = false" if off else "",
            metrics=look.metrics,
        ),
        encoding="utf-8",
    )
    run = vlitqa.build(recipe, output=folder / "runs", quiet=True).finished
    figures = {
        aim.principle: _true_share(run, scenes) if aim.metric == "truth" else _figure(run, aim) for aim in look.aims
    }
    kept.write_text(json.dumps(figures), encoding="utf-8")
    return figures


def _figure(run: FinishedRun, aim: Aim) -> float | None:
    figure = run.figure(aim.metric, aim.figure, aim.variant)
    return figure.value if figure else None


def _true_share(run: FinishedRun, scenes: AnsweredScenes) -> float | None:
    """The share of answers to questions about pictures that are right; None where none is asked."""
    right = scenes.right_answers()
    assert run.build is not None
    verdicts = list(_verdicts(run.folder / run.build.data, right))
    return sum(verdicts) / len(verdicts) if verdicts else None


def _verdicts(data: Path, right: Mapping[str, Mapping[str, str]]) -> Iterator[bool]:
    for line in data.read_bytes().splitlines():
        row = orjson.loads(line)
        instruction, response = (message["value"] for message in row["conversations"][:2])
        asked = [text for text in right[row["image"]] if text in instruction]
        if len(asked) == 1 and "Do two things" not in instruction:
            yield response == right[row["image"]][asked[0]]


def main() -> int:
    """Prints for each principle its figure with all principles and without it, seed by seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for look in SECOND_LOOK if options.again else (FIRST_LOOK,):
        for seed in look.seeds:
            followed = measure(options.folder, look, seed, "")
            for aim in look.aims:
                switched_off = measure(options.folder, look, seed, aim.principle)[aim.principle]
                verdict = "moved" if aim.is_met(followed[aim.principle], switched_off) else "NOT MOVED"
                cells = (look.name, seed, aim.principle, f"{aim.metric}: {aim.figure}", followed[aim.principle])
                print(*cells, switched_off, verdict, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
