"""A configuration and a split lead to the files that `datasets` would read; a list leads to what it names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import datasets
import pytest

from tests.given.hub_server import Hub, serve_hub
from tests.given.rows import GOOD, written
from tests.given.run_cli import check_json, vlitqa
from vlitqa.api.parts import PlaceChoices
from vlitqa.containers.hub_snapshot import fetch_snapshot
from vlitqa.containers.parts import Part, files_of_part
from vlitqa.errors import DatasetError, UsageError
from vlitqa.reader import Reading, open_dataset

pytestmark = pytest.mark.slow
CARD = """---
license: mit
configs:
- config_name: charts
  data_files:
  - split: train
    path: charts/train-*
  - split: test
    path: [charts/test-a.jsonl, charts/test-b.jsonl]
- config_name: ocr
  data_files: ocr/*.jsonl
---
# Some data
"""


def folder_with(place: Path, *names: str, card: str = "") -> Path:
    """A folder with these files, each of which holds one row that bears its name."""
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        written(place / name, {**GOOD, "id": name})
    if card:
        (place / "README.md").write_text(card)
    return place


def names_of(folder: Path, part: Part) -> list[str]:
    return [str(file.relative_to(folder)) for file in files_of_part(folder, part)]


CHARTS = ("charts/train-0.jsonl", "charts/train-1.jsonl", "charts/test-a.jsonl", "charts/test-b.jsonl", "ocr/x.jsonl")


@pytest.mark.parametrize(
    ("part", "names"),
    [
        (Part("charts", "train"), ["charts/train-0.jsonl", "charts/train-1.jsonl"]),
        (Part("charts", "test"), ["charts/test-a.jsonl", "charts/test-b.jsonl"]),
        (Part("ocr"), ["ocr/x.jsonl"]),
        (Part("ocr", "train"), ["ocr/x.jsonl"]),
    ],
)
def test_the_card_says_which_files_are_a_configuration_and_a_split(
    part: Part, names: list[str], tmp_path: Path
) -> None:
    folder = folder_with(tmp_path / "data", *CHARTS, card=CARD)
    assert names_of(folder, part) == names
    loaded = datasets.load_dataset(str(folder), part.config, split=part.split or "train", cache_dir=str(tmp_path / "c"))
    assert sorted(loaded["id"]) == names


@pytest.mark.parametrize(
    ("files", "part", "names"),
    [
        (("train.jsonl", "test.jsonl"), Part(split="train"), ["train.jsonl"]),
        (("data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl", "data/dev-00000-of-00001.jsonl"),
         Part(split="validation"), ["data/dev-00000-of-00001.jsonl"]),
        (("train/a.jsonl", "train/b.jsonl", "test/a.jsonl"), Part(split="train"), ["train/a.jsonl", "train/b.jsonl"]),
        (("my_training_set.jsonl", "my_eval_set.jsonl"), Part(split="test"), ["my_eval_set.jsonl"]),
        (("cats/train.jsonl", "dogs/train.jsonl"), Part("dogs", "train"), ["dogs/train.jsonl"]),
        (("cats/a.jsonl", "dogs/b.jsonl"), Part("dogs"), ["dogs/b.jsonl"]),
        (("strain.jsonl", "train.jsonl"), Part(split="train"), ["train.jsonl"]),
    ],
)  # fmt: skip
def test_without_a_card_names_of_files_say_it(
    files: tuple[str, ...], part: Part, names: list[str], tmp_path: Path
) -> None:
    assert names_of(folder_with(tmp_path, *files), part) == names


@pytest.mark.parametrize(
    ("card", "part", "message", "repair"),
    [
        (CARD, Part("chart"), "has no configuration 'chart'", "It has charts, ocr."),
        (CARD, Part(split="train"), "holds several configurations: charts, ocr", "--config charts"),
        (CARD, Part("charts"), "holds several splits: train, test", "--split train"),
        (CARD, Part("charts", "val"), "has no split 'val'", "It has train, test."),
        (CARD.replace("ocr/*.jsonl", "../*.jsonl"), Part("ocr"), "which is no place in it", "Mend the card."),
        (CARD.replace("ocr/*.jsonl", "none/*.jsonl"), Part("ocr"), "holds no file of the configuration 'ocr'", "Check"),
        ("", Part("cats"), "has no configuration 'cats'", "Its folders are charts, ocr."),
        ("", Part(split="train2"), "is named as the split 'train2'", "It holds"),
        ("---\n: [\n---\n", Part("cats"), "has no configuration 'cats'", "Its folders are"),
        ("---\n" + "[" * 5000 + "\n---\n", Part("cats"), "has no configuration 'cats'", "Its folders are"),
        ("---\nconfigs: 3\n---\n", Part("../x"), "has no configuration '../x'", "Its folders are"),
    ],
)
def test_a_part_that_is_not_there_is_named(card: str, part: Part, message: str, repair: str, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "data", *CHARTS, card=card)
    with pytest.raises(DatasetError) as caught:
        files_of_part(folder, part)
    assert message in caught.value.message
    assert repair in caught.value.repair


def test_a_folder_that_datasets_saved_has_its_splits(tmp_path: Path) -> None:
    split = datasets.Dataset.from_list([{"question": "What?", "answer": "This."}] * 3)
    datasets.DatasetDict({"train": split, "test": split.select([0])}).save_to_disk(str(tmp_path / "saved"))
    report = check_json(tmp_path / "saved", "--split", "test", cwd=tmp_path)
    assert (report["records"], report["path"]) == (1, "saved-test")
    assert check_json(tmp_path / "saved", "--split", "train", cwd=tmp_path)["records"] == 3


def test_images_of_a_part_are_looked_for_in_the_whole_folder(drawings: Path, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "data", "charts/train.jsonl")
    picture = next((drawings.parent / "images").iterdir())
    (folder / "images").mkdir()
    (folder / "images" / "a.png").write_bytes(picture.read_bytes())
    turns = [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "This."}]
    written(folder / "charts" / "train.jsonl", {"id": "1", "image": "a.png", "conversations": turns})
    report = check_json(folder, "--config", "charts", "--split", "train", cwd=tmp_path)
    assert (report["images"], report["missing_images"]) == (1, 0)


def test_an_entry_of_llama_factorys_list_is_opened_as_it_says(tmp_path: Path) -> None:
    written(tmp_path / "rows.jsonl", *[{"ask": "What?", "tell": f"This {row}."} for row in range(3)])
    folder_with(tmp_path, "chats.jsonl")
    entries = {
        "mine": {"file_name": "rows.jsonl", "columns": {"prompt": "ask", "response": "tell"}},
        "chats": {"file_name": "chats.jsonl", "formatting": "sharegpt", "columns": {"messages": "conversations"}},
        "lost": {"file_name": "lost.jsonl"},
        "far": {"hf_hub_url": "some-lab/far-away"},
        "odd": {"script_url": "x"},
    }
    listed = tmp_path / "dataset_info.json"
    listed.write_text(json.dumps(entries))
    report = check_json(listed, "--config", "mine", cwd=tmp_path)
    assert (report["records"], report["format"]) == (3, "mapped")
    assert check_json(listed, "--config", "chats", cwd=tmp_path)["format"] == "llava"
    for name, sentence in (
        ("lost", "names lost.jsonl, which is not there"),
        ("far", "some-lab/far-away is not in the hub's cache"),
        ("odd", "odd names no file"),
        ("min", "lists no dataset 'min'"),
    ):
        done = vlitqa("check", listed, "--config", name, cwd=tmp_path, HF_HUB_CACHE=str(tmp_path / "hub"))
        assert done.returncode == 2
        assert sentence in done.stderr


def test_an_entry_of_internvls_list_names_its_images(drawings: Path, tmp_path: Path) -> None:
    (tmp_path / "shell").mkdir()
    entry = {"root": str(drawings.parent / "images"), "annotation": "rows/a.jsonl", "repeat_time": 2, "length": 1}
    (tmp_path / "shell" / "meta.json").write_text(json.dumps({"drawings": entry}))
    picture = next((drawings.parent / "images").iterdir()).name
    turns = [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "This."}]
    (tmp_path / "rows").mkdir()
    written(tmp_path / "rows" / "a.jsonl", {"id": "1", "image": picture, "conversations": turns})
    report = check_json(tmp_path / "shell" / "meta.json", "--config", "drawings", cwd=tmp_path)
    assert (report["records"], report["missing_images"]) == (1, 0)


@pytest.mark.parametrize(
    ("paths", "choices", "message"),
    [
        (["a.jsonl", "b.jsonl"], PlaceChoices(split="train"), "a part of one dataset"),
        (["a.jsonl"], PlaceChoices(split="train", name="x"), "a part of one dataset"),
        (["a.jsonl"], PlaceChoices(split="train"), "which has no splits"),
        (["absent"], PlaceChoices(split="train"), "There is no folder absent"),
    ],
)
def test_choices_that_lead_nowhere_are_refused(
    paths: list[str], choices: PlaceChoices, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder_with(tmp_path, "a.jsonl", "b.jsonl"))
    with pytest.raises(UsageError, match=message):
        choices.apply([Path(path) for path in paths], Reading())


FILES = {
    "README.md": CARD.encode(),
    **{name: (json.dumps({**GOOD, "id": name}) + "\n").encode() for name in CHARTS},
}


def ask_hub(folder: Path, address: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A check in a process of its own: the hub's client reads its address when it is loaded."""
    surroundings = {
        **os.environ,
        "HF_ENDPOINT": address,
        "HF_HUB_CACHE": str(folder / "hub"),
        "VLITQA_CACHE": str(folder / "cache"),
    }
    command = [sys.executable, "-m", "vlitqa", "check", *options]
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=600)


def test_a_dataset_of_the_hub_is_fetched_once_and_then_read_from_the_cache(tmp_path: Path) -> None:
    part = ("hub:some-lab/charts", "--config", "charts", "--split", "test", "--json")
    with serve_hub(Hub("some-lab/charts", FILES)) as hub:
        absent = ask_hub(tmp_path, hub.address, *part)
        assert absent.returncode == 2
        assert "Fetch it: --fetch, or hf download --repo-type dataset some-lab/charts" in absent.stderr
        assert not hub.fetched
        done = ask_hub(tmp_path, hub.address, *part, "--fetch")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["records"] == 2
        assert json.loads(done.stdout)["path"] == "charts-charts-test"
        assert sorted(hub.fetched) == sorted(FILES)
        hub.fetched.clear()
        again = ask_hub(tmp_path, hub.address, *part, "--fetch")
        assert (again.stdout, hub.fetched) == (done.stdout, [])
    assert ask_hub(tmp_path, hub.address, *part).stdout == done.stdout, "the hub is not asked any more"


def test_files_of_a_pattern_are_fetched_alone_and_the_card_with_them(tmp_path: Path) -> None:
    with serve_hub(Hub("some-lab/charts", FILES)) as hub:
        done = ask_hub(tmp_path, hub.address, "hub:some-lab/charts/charts/train-*", "--fetch", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["records"] == 2
    assert sorted(hub.fetched) == ["README.md", "charts/train-0.jsonl", "charts/train-1.jsonl"]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("hub:some-lab/other", "The hub has no dataset some-lab/other"),
        ("hub:some-lab/charts@v9", "some-lab/charts has no revision 'v9'"),
    ],
)
def test_what_the_hub_does_not_have_is_named(place: str, sentence: str, tmp_path: Path) -> None:
    with serve_hub(Hub("some-lab/charts", FILES)) as hub:
        done = ask_hub(tmp_path, hub.address, place, "--fetch")
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_hub_that_does_not_answer_is_named(tmp_path: Path) -> None:
    done = ask_hub(tmp_path, "http://127.0.0.1:9", "hub:some-lab/charts", "--fetch")
    assert done.returncode == 2
    assert "some-lab/charts cannot be fetched" in done.stderr


def test_any_other_path_is_not_fetched(tmp_path: Path) -> None:
    fetch_snapshot(tmp_path / "rows.jsonl")
    assert open_dataset(written(tmp_path / "rows.jsonl", GOOD)).record_rows == [0]
