"""Mixtures: weights are met to one row, copies and pictures of exams are left out, gold rows come last."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.given.run_cli import vlitqa
from vlitqa.construction.mixing import MixedDataset, quotas_of
from vlitqa.construction.recipe import Recipe
from vlitqa.construction.recipe_parts import DatasetPart
from vlitqa.containers.memory import rows_in_memory
from vlitqa.reader import open_dataset
from vlitqa.shapes.drawing import draw_scene
from vlitqa.shapes.scenes import scene_of

DATASET = open_dataset(rows_in_memory([{"instruction": "a", "input": "", "output": "b"}], "memory"))


def _sources(weights: list[float]) -> list[MixedDataset]:
    return [
        MixedDataset(part=DatasetPart(path=str(number), weight=weight), name=str(number), dataset=DATASET, roots=())
        for number, weight in enumerate(weights)
    ]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 500), st.floats(0.05, 9)), min_size=1, max_size=6),
    st.one_of(st.just(0), st.integers(1, 900)),
)
def test_every_dataset_gives_its_part_to_within_one_row(parts: list[tuple[int, float]], rows: int) -> None:
    sources = _sources([weight for _, weight in parts])
    sizes = {str(number): size for number, (size, _) in enumerate(parts)}
    quotas = quotas_of(Recipe(strategy="mix", rows=rows), sources, sizes)
    total, weights = sum(quotas.values()), sum(weight for _, weight in parts)
    assert not rows or total <= rows
    for number, (size, weight) in enumerate(parts):
        assert abs(quotas[str(number)] - total * weight / weights) < 1
        assert quotas[str(number)] <= size + 1


def _row(number: str, image: str | None, text: str) -> dict[str, Any]:
    mark = "<image>\n" if image else ""
    return {
        "id": number,
        **({"image": image} if image else {}),
        "conversations": [
            {"from": "human", "value": f"{mark}What is {text}?"},
            {"from": "gpt", "value": f"It is {text}."},
            {"from": "human", "value": "And then?"},
            {"from": "gpt", "value": f"Nothing but {text}."},
        ],
    }


def _dataset(folder: Path, name: str, rows: int, *, shade: int, texts: int = 0) -> None:
    place = folder / name
    (place / "images").mkdir(parents=True)
    lines = []
    for number in range(rows):
        draw_scene(scene_of(shade, number), 224).save(place / "images" / f"{number}.png")
        lines.append(_row(str(number), f"{number}.png", f"{name} {number}"))
    lines += [_row(f"t{number}", None, f"text {name} {number}") for number in range(texts)]
    (place / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _build(folder: Path, recipe: str, code: int = 0) -> dict[str, Any]:
    (folder / "mix.toml").write_text(f'strategy = "mix"\n{recipe}', encoding="utf-8")
    done = vlitqa("build", folder / "mix.toml", "--json", cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    return result


def _rows(folder: Path) -> list[dict[str, Any]]:
    (data,) = folder.glob("runs/build-mix-*/mix.jsonl")
    return [json.loads(line) for line in data.read_bytes().splitlines()]


_PART = '[[datasets]]\npath = "{0}/rows.jsonl"\nname = "{0}"\nlicence = "{0} licence"\n{1}\n'
_CONTROL = '[control]\nmetrics = "integrity"\n'


@pytest.mark.slow
def test_of_copies_that_of_the_gold_set_stays(tmp_path: Path) -> None:
    _dataset(tmp_path, "a", 6, shade=0)
    shutil.copytree(tmp_path / "a", tmp_path / "gold")
    (tmp_path / "gold" / "rows.jsonl").write_text(
        "".join((tmp_path / "a" / "rows.jsonl").read_text().splitlines(keepends=True)[:4])
    )
    result = _build(tmp_path, f"{_PART.format('a', '')}{_PART.format('gold', 'gold = true')}{_CONTROL}")
    assert result["tasks"] == {"a": 2, "gold": 4}
    assert result["faulty"] == {"repeated_row": 4}


@pytest.mark.slow
def test_rows_are_mixed_by_weight_with_their_images_and_licences_and_gold_rows_last(tmp_path: Path) -> None:
    _dataset(tmp_path, "a", 30, shade=0)
    _dataset(tmp_path, "b", 30, shade=40)
    _dataset(tmp_path, "gold", 4, shade=80)
    parts = _PART.format("a", "weight = 3") + _PART.format("b", "weight = 1") + _PART.format("gold", "gold = true")
    result = _build(tmp_path, f"rows = 24\n{parts}{_CONTROL}")
    assert result["tasks"] == {"a": 18, "b": 6, "gold": 4}
    assert result["licences"] == {"a licence": 18, "b licence": 6, "gold licence": 4}
    rows = _rows(tmp_path)
    assert [row["id"].startswith("gold/") for row in rows] == [False] * 24 + [True] * 4
    (folder,) = tmp_path.glob("runs/build-*")
    for row in rows:
        source, _, name = row["image"].partition("/")
        assert (folder / "images" / row["image"]).read_bytes() == (tmp_path / source / "images" / name).read_bytes()
    assert vlitqa("check", folder, "--fail-on", "error", cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_twenty_of_twenty_planted_pictures_of_an_exam_are_left_out_and_nothing_else(tmp_path: Path) -> None:
    _dataset(tmp_path, "a", 60, shade=5)
    (tmp_path / "exam").mkdir()
    for number in range(20):
        picture = Image.open(tmp_path / "a" / "images" / f"{number}.png")
        if number % 2:
            picture.resize((96, 96)).save(tmp_path / "exam" / f"{number}.jpg", quality=85)  # a near copy
        else:
            picture.save(tmp_path / "exam" / f"{number}.png")
    result = _build(tmp_path, f'{_PART.format("a", "")}[mix]\nexclude = ["exam"]\n{_CONTROL}')
    assert (result["rows"], result["faulty"]) == (40, {"exam_image": 20})
    assert not {f"a/{number}.png" for number in range(20)} & {row["image"] for row in _rows(tmp_path)}


@pytest.mark.slow
def test_a_copy_in_another_dataset_is_left_out_and_the_row_says_so(tmp_path: Path) -> None:
    _dataset(tmp_path, "a", 10, shade=0)
    _dataset(tmp_path, "b", 10, shade=40)
    lines = (tmp_path / "b" / "rows.jsonl").read_text().splitlines()[3:]
    shared = (tmp_path / "a" / "rows.jsonl").read_text().splitlines()[:3]
    (tmp_path / "b" / "rows.jsonl").write_text("\n".join([*shared, *lines]) + "\n")
    for number in range(2):  # the third has the same text and the same name, and is another picture
        shutil.copy(tmp_path / "a" / "images" / f"{number}.png", tmp_path / "b" / "images" / f"{number}.png")
    result = _build(tmp_path, _PART.format("a", "") + _PART.format("b", "") + _CONTROL)
    assert result["faulty"]["repeated_row"] == 2
    assert result["tasks"] == {"a": 8, "b": 8}
    lines = pq.read_table(next(tmp_path.glob("runs/build-*/origins.parquet"))).to_pylist()
    repeated = [line for line in lines if line["code"] == "repeated_row"]
    assert {json.loads(line["origin"])["dataset"] for line in repeated} == {"b"}


@pytest.mark.slow
def test_rounds_are_split_into_rows_that_all_show_their_image_and_texts_are_limited(tmp_path: Path) -> None:
    _dataset(tmp_path, "a", 6, shade=0, texts=10)
    result = _build(
        tmp_path, f"{_PART.format('a', 'rounds = ' + chr(34) + 'split' + chr(34))}[mix]\ntext_only = 0.25\n{_CONTROL}"
    )
    rows = _rows(tmp_path)
    assert all(len(row["conversations"]) == 2 for row in rows)
    shown = Counter("image" in row for row in rows)
    assert shown == {True: 12, False: 4}
    assert result["rows"] == 16


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ("", "names no datasets"),
        ('[[datasets]]\npath = "gone.jsonl"\n', "no file"),
        (_PART.format("a", "weigth = 2"), "there is no key 'weigth'. Did you mean weight?"),
        (_PART.format("a", "weight = 0"), "expected `float` > 0.0"),
        (_PART.format("a", "") * 2, "two datasets are called 'a'"),
        (_PART.format("a", "") + '[mix]\nexclude = ["nothing"]\n', "There is no folder"),
    ],
)
def test_a_mixture_that_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path, recipe: str, sentence: str) -> None:
    _dataset(tmp_path, "a", 2, shade=0)
    (tmp_path / "mix.toml").write_text(f'strategy = "mix"\n{recipe}', encoding="utf-8")
    done = vlitqa("build", tmp_path / "mix.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
