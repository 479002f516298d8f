"""`python -m tests.studies.tuned_builds FOLDER`: builds data by principles and with quality control, to tune models on.

One set has all seven principles or all but one. The other is of images whose annotations are their own; of images of
which a share carries the annotations of another; and of what quality control leaves of these. It prints the commands
of `vlitqa compare` that say which data made the better model.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import vlitqa
from tests.studies.answered_scenes import ANNOTATIONS, AnsweredScenes
from tests.studies.principles import PRINCIPLES

PRINCIPLED_ROWS, CONTROLLED_ROWS = 4_000, 2_000
_SCENES = AnsweredScenes(seed=7, count=4_200, side=224)
_MISMATCHED = replace(_SCENES, wrong_first=0.0, mismatched=0.4)
_RECIPE = """\
strategy = "adaption"
name = "{name}"
rows = {rows}
[images]
folder = "."
[[annotations]]
layout = "annotated"
file = "{annotations}"
[adaption]
{adaption}
[principles]
{off}
[control]
{control}
"""
_TASKS = """\
turns = 3
tasks = ["image captioning", "detailed description", "visual question answering", "object presence"]
combined = 0.0
"""
_CONTROL = 'metrics = "matching"\nrules = ["matching>=q50"]'


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltData:
    """One dataset of the study, by what its recipe says beside the others."""

    name: str
    off: str = ""
    """The principle that is switched off."""
    rows: int = PRINCIPLED_ROWS
    adaption: str = ""
    control: str = ""
    scenes: AnsweredScenes = _SCENES

    def build(self, folder: Path) -> Path:
        """Builds it from its scenes, which are drawn below a folder; returns its file."""
        home = folder / f"scenes-{self.scenes.mismatched:g}"
        self.scenes.write(home)
        recipe = home / f"{self.name}.toml"
        off = f"{self.off} = false" if self.off else ""
        recipe.write_text(
            _RECIPE.format(
                name=self.name,
                rows=self.rows,
                annotations=ANNOTATIONS,
                adaption=self.adaption,
                off=off,
                control=self.control,
            ),
            encoding="utf-8",
        )
        run = vlitqa.build(recipe, output=folder / "builds", quiet=True).finished
        assert run.build is not None
        return run.folder / run.build.data


def datasets() -> Iterator[BuiltData]:
    """All datasets; those that quality control chooses from have twice the rows."""
    yield BuiltData(name="all-principles")
    for principle in PRINCIPLES:
        yield BuiltData(name=f"no-{principle.replace('_', '-')}", off=principle)
    yield BuiltData(name="matched", rows=CONTROLLED_ROWS, adaption=_TASKS)
    mismatched = BuiltData(name="mismatched", rows=2 * CONTROLLED_ROWS, adaption=_TASKS, scenes=_MISMATCHED)
    yield mismatched
    yield replace(mismatched, name="controlled", control=_CONTROL)


def main() -> int:
    """Builds what is not there yet, and prints the command that tunes models on all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    files = {dataset.name: dataset.build(folder) for dataset in datasets()}
    for rows, names in ((PRINCIPLED_ROWS, list(files)[:-3]), (CONTROLLED_ROWS, list(files)[-3:])):
        data = ",".join(str(files[name]) for name in names)
        print(f"vlitqa compare --output {folder} --seeds 3 --rows {rows} --score-rows 200 --models llava --data {data}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
