"""A dataset of the hub is read where the hub's cache keeps it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

import vlitqa
from tests.given.run_cli import vlitqa as run_command
from vlitqa.containers.hub_snapshot import find_in_cache, name_of_place
from vlitqa.errors import DatasetError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def row(number: int) -> str:
    turns = [{"from": "human", "value": "<image>\nWhat is it?"}, {"from": "gpt", "value": f"Thing {number}."}]
    return json.dumps({"id": str(number), "image": f"pictures/{number}.png", "conversations": turns}) + "\n"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache as the hub's programs write it: names that are links to files with other names."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "hub" / "datasets--some-lab--talks"
    snapshot = folder / "snapshots" / COMMIT
    for name in ("blobs", "refs"):
        (folder / name).mkdir(parents=True)
    (snapshot / "pictures").mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    for number in range(4):
        Image.effect_noise((64, 64), 40 + number).save(folder / "blobs" / f"picture{number}", "PNG")
        (snapshot / "pictures" / f"{number}.png").symlink_to(f"../../../blobs/picture{number}")
    for number, name in enumerate(("a", "b")):
        (folder / "blobs" / f"rows{name}").write_text(row(2 * number) + row(2 * number + 1))
        (snapshot / f"{name}.jsonl").symlink_to(f"../../blobs/rows{name}")
    (snapshot / "README.md").write_text("# Talks\n")
    return snapshot


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("name", ["hub:some-lab/talks", "hub:some-lab/talks@main", f"hub:some-lab/talks@{COMMIT}"])
def test_a_snapshot_is_one_dataset_with_its_pictures_and_the_name_of_its_repository(name: str) -> None:
    card = vlitqa.check(name, quiet=True).card
    assert (card.dataset, card.records, card.findings()) == ("talks", 4, [])


def test_a_pattern_inside_names_some_of_its_files(cache: Path) -> None:
    assert vlitqa.check("hub:some-lab/talks/b.jsonl", quiet=True).card.records == 2
    assert vlitqa.check("hub:some-lab/talks/*.jsonl", quiet=True).card.records == 4
    assert find_in_cache(Path("hub:some-lab/talks/data")) == cache / "data"
    assert name_of_place(cache / "b.jsonl") == "b.jsonl"


@pytest.mark.usefixtures("cache")
def test_a_run_of_a_snapshot_is_selected_from_as_any_other() -> None:
    run = vlitqa.score("hub:some-lab/talks", metrics="lexical", quiet=True)
    assert run.folder.name.startswith("talks-")
    outcome = vlitqa.select(vlitqa.open_run(run.folder), "budget:50%")
    assert (outcome.rows, outcome.kept) == (4, 2)
    assert vlitqa.check(outcome.subset, image_root="hub/datasets--some-lab--talks/blobs", quiet=True).card.records == 2


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("name", "message", "repair"),
    [
        (
            "hub:some-lab/other",
            "some-lab/other is not in the hub's cache",
            "hf download --repo-type dataset some-lab/other",
        ),
        ("hub:some-lab/talks@v2", "is not in the hub's cache", "--revision v2"),
        ("hub:talks", "names no dataset of the hub", "hub:owner/name"),
        ("hub:", "names no dataset of the hub", "hub:owner/name"),
        ("hub:some-lab/..", "names no dataset of the hub", "hub:owner/name"),
        ("hub:some-lab/talks/../../x", "names no dataset of the hub", "hub:owner/name"),
        ("hub:some-lab/talks/gone.jsonl", "There is no file", "Check the name"),
    ],
)
def test_what_is_not_there_is_said_with_what_would_fetch_it(
    name: str, message: str, repair: str, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=message) as raised:
        vlitqa.check(name, quiet=True)
    assert repair in raised.value.repair
    assert run_command("check", name, cwd=tmp_path).returncode == 2


def test_the_shards_of_several_splits_are_no_single_dataset(cache: Path) -> None:
    (cache / "data").mkdir()
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
        (cache / "data" / f"{name}.jsonl").write_text(row(1))
    for file in cache.glob("*.jsonl"):
        file.unlink()
    with pytest.raises(DatasetError, match="holds several splits: test, train") as raised:
        vlitqa.check("hub:some-lab/talks", quiet=True)
    assert "test-*" in raised.value.repair
    assert vlitqa.check("hub:some-lab/talks/data/train-*", quiet=True).card.rows == 2
