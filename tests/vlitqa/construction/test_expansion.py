"""Short answers that a writer makes sentences of: each sentence says the same, or its row is dropped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.given.run_cli import vlitqa
from tests.given.scripted_writer import WriterServer, compose
from vlitqa.annotated_images.image import AnnotatedImage, AnnotatedImages, AnnotationSource, ImageObject, ImageQuestion
from vlitqa.construction.adaption import Adapter
from vlitqa.construction.expansion import EXPANDED_TASKS, EXPANSION, Expander
from vlitqa.construction.pools import read_pools
from vlitqa.construction.prompt_texts import read_prompt_texts
from vlitqa.construction.recipe import Recipe
from vlitqa.construction.recipe_parts import AdaptionPart
from vlitqa.contracts.writers import WriterReply

RECIPE = """\
strategy = "adaption"
name = "expanded"
rows = 40
[images]
scenes = 50
side = 64
[adaption]
expand = true
tasks = ["visual question answering", "counting", "image captioning"]
[writer]
{writer}
[control]
metrics = "integrity"
"""
BOX = (0.1, 0.2, 0.3, 0.4)


def _expander(*questions: ImageQuestion) -> Expander:
    things = tuple(ImageObject(name=name, source="s", box=BOX) for name in ("dog", "cat"))
    images = [
        AnnotatedImage(file="a.png", questions=questions),
        AnnotatedImage(file="b.png", objects=things),
    ]
    annotated = AnnotatedImages(images=images, sources=[AnnotationSource(name="s")])
    tasks = AdaptionPart(expand=True, combined=0.0, tasks=("visual question answering",))
    adapter = Adapter(Recipe(strategy="adaption", adaption=tasks), annotated, read_pools(expands=True))
    return Expander(adapter, read_prompt_texts(EXPANSION))


@pytest.mark.parametrize(
    ("reply", "codes"),
    [
        ("1. There are two people on the bench.", []),
        ("1. There are 2 of them.", []),
        ("1) Two people sit there.", []),
        ("1. There are three people on the bench.", ["lost_answer", "new_object"]),
        ("1. There are two people and a dog.", ["new_object"]),
        ("1. There are two people with dogs.", ["new_object"]),
        ("1. Two people and 7 bags stand there.", ["new_object"]),
        ("1. Two people in red sit there.", ["new_object"]),
        ("1. It might be that there are two of them.", ["hedge"]),
        ("1. The description mentions two people.", ["source_leak"]),
        ("There are two people.", ["wrong_shape"]),
        ("1. There are two.\n2. There are two more.", ["wrong_shape"]),
        ("2. There are two.", ["wrong_shape"]),
        ("", ["no_reply"]),
    ],
)
def test_a_sentence_keeps_its_answer_and_names_nothing_new(reply: str, codes: list[str]) -> None:
    expander = _expander(ImageQuestion("How many people sit there?", ("2",), "s"))
    (order,) = expander.orders()
    record, faults = expander.read(order, WriterReply(text=reply))
    assert [fault.code for fault in faults] == codes
    if not codes:
        assert record.turns[0].response == reply[3:]


@pytest.mark.parametrize(
    ("answer", "sentence", "is_kept"),
    [
        ("no", "No, nobody sits there.", True),
        ("no", "It rains, no doubt about it.", False),
        ("yes", "No, yes would be wrong.", False),
        ("0", "There are no people.", True),
        ("出口", "标志写着出口。", True),
        ("出口", "It says something else.", False),
        ("красный", "Он синий.", False),
    ],
)
def test_yes_no_zero_and_other_scripts_are_kept_in_their_way(answer: str, sentence: str, is_kept: bool) -> None:  # noqa: FBT001 - a case
    expander = _expander(ImageQuestion("What is it?", (answer,), "s"))
    (order,) = expander.orders()
    faults = expander.read(order, WriterReply(text=f"1. {sentence}"))[1]
    assert ("lost_answer" not in [fault.code for fault in faults]) == is_kept


def test_a_thing_that_the_question_names_is_no_new_one() -> None:
    expander = _expander(ImageQuestion("How many dogs are there?", ("2",), "s"))
    (order,) = expander.orders()
    assert expander.read(order, WriterReply(text="1. There are two dogs."))[1] == []


def test_expanded_tasks_have_pools_that_ask_for_no_short_answer() -> None:
    pools = read_pools(expands=True)
    assert {pools[task].answer for task in EXPANDED_TASKS} == {"a sentence or two"}
    assert all(
        "word" not in line and "number only" not in line for task in EXPANDED_TASKS for line in pools[task].instructions
    )


def _rows(folder: Path) -> list[dict[str, Any]]:
    (data,) = folder.glob("runs/*/expanded.jsonl")
    return [json.loads(line) for line in data.read_bytes().splitlines()]


def test_a_build_with_expanded_answers_is_the_one_without_in_sentences(tmp_path: Path) -> None:
    recipe = tmp_path / "expanded.toml"
    recipe.write_text(RECIPE.format(writer=""), encoding="utf-8")
    with WriterServer() as server:
        writer = ("--writer", f"server:{server.url}@scripted")
        forecast = json.loads(vlitqa("build", recipe, *writer, "--dry-run", "--json", cwd=tmp_path).stdout)
        assert server.calls == 0
        done = vlitqa("build", recipe, *writer, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (forecast["rows"], forecast["requests"]) == (40, server.answered)
    rows = _rows(tmp_path)
    (run,) = tmp_path.glob("runs/*")
    origins = {line["id"]: json.loads(line["origin"]) for line in pq.read_table(run / "origins.parquet").to_pylist()}
    tasks = [origins[row["id"]]["turns"][0]["task"] for row in rows]
    assert len(rows) == 40
    assert set(tasks) == {"visual question answering", "counting", "image captioning"}
    for row, task in zip(rows, tasks, strict=True):
        response = row["conversations"][1]["value"]
        assert response.startswith("The answer is ") or "First: " in response or task == "image captioning"
        assert ("writer" in origins[row["id"]]) == ("The answer is" in response)
    shown = vlitqa("build", run, "--explain", next(row["id"] for row in rows if "The answer" in str(row)), cwd=tmp_path)
    assert "Short answer: " in shown.stdout
    assert "[raw reply]" in shown.stdout


def test_a_lost_answer_is_asked_for_once_more_and_then_its_row_is_dropped(tmp_path: Path) -> None:
    recipe = tmp_path / "expanded.toml"
    recipe.write_text(RECIPE.format(writer="attempts = 2"), encoding="utf-8")

    def answer(payload: Any, call: int) -> tuple[int, dict[str, str], bytes]:
        text = compose(payload["messages"], 0) if call % 3 else "1. Something else."
        return 200, {"Content-Type": "application/json"}, server.completion(payload, text)

    server = WriterServer(answer)
    with server:
        done = vlitqa("build", recipe, "--writer", f"server:{server.url}@s", "--threads", "1", "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["rows"] + sum(report["faulty"].values()) == report["drafted"]
    assert not any("Something else" in str(row) for row in _rows(tmp_path))


def test_expansion_needs_a_writer_that_is_named(tmp_path: Path) -> None:
    recipe = tmp_path / "expanded.toml"
    recipe.write_text(RECIPE.format(writer=""), encoding="utf-8")
    done = vlitqa("build", recipe, cwd=tmp_path)
    assert done.returncode == 2
    assert "--writer" in done.stderr
