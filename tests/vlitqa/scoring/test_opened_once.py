"""A dataset is opened and hashed once by one `vlitqa score`, and a model once by one process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.given.image_datasets import write_dataset
from vlitqa.backends.profiles import Profile, choose_tools
from vlitqa.backends.toolbox import Toolbox

COUNT = """
import hashlib, json, os, sys
opened, hashed, take_digest = [], [], hashlib.file_digest

def hear(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, os.PathLike)):
        opened.append(os.path.abspath(arguments[0]))

def file_digest(file, *more):
    hashed.append(1)
    return take_digest(file, *more)

hashlib.file_digest = file_digest
sys.addaudithook(hear)
from vlitqa.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("COUNTED", json.dumps([opened, len(hashed)]))
"""


@pytest.mark.slow
def test_one_score_of_two_datasets_opens_and_hashes_each_once(tmp_path: Path) -> None:
    datasets = [write_dataset(tmp_path / name, rows=rows, images=5) for name, rows in (("first", 40), ("second", 30))]
    options = ["--metrics", "light", "--equal-size", "--engine", "serial", "--output", str(tmp_path / "runs")]
    done = subprocess.run(
        [sys.executable, "-c", COUNT, "score", *map(str, datasets), *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("COUNTED")]
    opened, hashed = json.loads(line.removeprefix("COUNTED"))
    assert [opened.count(str(path)) for path in datasets] == [1, 1]
    assert hashed == len(datasets)
    assert len(list((tmp_path / "runs").glob("*/report.html"))) == 2, (
        "the pages were drawn, with rows from the datasets"
    )


@pytest.mark.model
def test_datasets_with_different_image_folders_share_one_judge(tmp_path: Path) -> None:
    choices = choose_tools(Profile("shapes"), ("judge",))
    folders = [tmp_path / name for name in ("a", "b", "a")]
    judges = [Toolbox((str(folder),), choices).open().judge for folder in folders]
    assert judges[0] is judges[1] is judges[2]
    images = [Toolbox((str(folder),), choices).open().images for folder in folders]
    assert images[0] is not images[1]
