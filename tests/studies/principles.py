"""`python -m tests.studies.principles FOLDER`: builds data with all seven principles, and with each of them off alone.

The same scenes, the same annotations, as many rows and turns; of every three people who answer a question about a
picture the first is wrong in a share of cases. It goes on where it was stopped, and prints a table.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from msgspec.structs import replace

import vlitqa
from vlitqa.annotated_images.image import AnnotatedImage, ImageQuestion
from vlitqa.annotated_images.lines import write_annotated_lines
from vlitqa.annotated_images.scenes import annotated_scenes
from vlitqa.runs.finished import FinishedRun
from vlitqa.shapes.files import Studio

PRINCIPLES = (
    *("correctness", "task_diversity", "instruction_diversity", "response_diversity"),
    *("instruction_complexity", "object_complexity", "balance"),
)
SEEDS = (1, 2, 3, 4, 5)
_SCENES, _ROWS, _SIDE = 560, 400, 64
_WRONG_FIRST = 0.3
"""The share of questions whose first answer is that to another question."""
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
[principles]
{switches}
[control]
metrics = "tasks,instructions,responses,difficulty,granularity,balance"
"""


@dataclass(frozen=True, slots=True)
class Aim:
    """The figure that a principle aims at, and whether it should be higher with it."""

    metric: str
    figure: str
    variant: str
    is_higher: bool = True


AIMS: Mapping[str, Aim] = {
    "correctness": Aim("truth", "right answers about pictures", "true"),
    "task_diversity": Aim("tasks", "task labels", "original"),
    "instruction_diversity": Aim("instructions", "instructions within a task", "sound"),
    "response_diversity": Aim("responses", "responses within a task", "sound"),
    "instruction_complexity": Aim("difficulty", "difficulty", "sound"),
    "object_complexity": Aim("granularity", "regional instructions", "sound"),
    "balance": Aim("balance", "pairs of one task", "sound", is_higher=False),
}


def measure(folder: Path, seed: int, off: str) -> Mapping[str, float | None]:
    """The figures of all aims for one build; kept in a file, so that it is made once."""
    kept = folder / f"seed-{seed}-without-{off or 'nothing'}.json"
    if kept.is_file():
        figures: dict[str, float | None] = json.loads(kept.read_text())
        return figures
    data = folder / f"seed-{seed}"
    if not (data / "scenes.jsonl").is_file():
        _write_scenes(data, seed)
    switches = "\n".join(f"{name} = {'false' if name == off else 'true'}" for name in PRINCIPLES)
    recipe = data / f"without-{off or 'nothing'}.toml"
    recipe.write_text(_RECIPE.format(rows=_ROWS, seed=seed, switches=switches), encoding="utf-8")
    (data / "vlitqa.toml").write_text('profile = "shapes"\n', encoding="utf-8")
    run = vlitqa.build(recipe, output=folder / "runs", quiet=True)
    figures = {name: _figure(run.finished, aim) for name, aim in AIMS.items() if aim.metric != "truth"}
    figures["correctness"] = _true_share(run.finished, seed)
    kept.write_text(json.dumps(figures), encoding="utf-8")
    return figures


def _write_scenes(folder: Path, seed: int) -> None:
    """Scenes whose questions have three answers, of which the first is now and then wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(f"answers {seed}")
    scenes = [_with_people(image, dice) for image in annotated_scenes(seed, range(_SCENES), _SIDE)]
    (folder / "scenes.jsonl").write_bytes(write_annotated_lines(scenes))
    Studio(folder=folder, seed=seed, side=_SIDE).draw(range(_SCENES), ".")


def _with_people(image: AnnotatedImage, dice: random.Random) -> AnnotatedImage:
    answers = [question.answers[0] for question in image.questions]
    questions = []
    for question in image.questions:
        right = question.answers[0]
        others = [answer for answer in answers if answer != right]
        is_wrong = bool(others) and dice.random() < _WRONG_FIRST
        first = dice.choice(others) if is_wrong else right
        questions.append(ImageQuestion(question.text, (first, right, right), question.source))
    return replace(image, questions=tuple(questions))


def _figure(run: FinishedRun, aim: Aim) -> float | None:
    figure = run.figure(aim.metric, aim.figure, aim.variant)
    return figure.value if figure else None


def _true_share(run: FinishedRun, seed: int) -> float | None:
    """The share of answers to questions about pictures that are right; None where none is asked."""
    right = {
        image.file: {question.text: question.answers[0] for question in image.questions}
        for image in annotated_scenes(seed, range(_SCENES), _SIDE)
    }
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
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for seed in SEEDS:
        whole = measure(folder, seed, "")
        for name, aim in AIMS.items():
            without = measure(folder, seed, name)
            first, second = whole[name], without[name]
            moved = first is not None and second is not None and (first > second) == aim.is_higher and first != second
            print(
                seed, name, f"{aim.metric}: {aim.figure}", first, second, "moved" if moved else "NOT MOVED", flush=True
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
