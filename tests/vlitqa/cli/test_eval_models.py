"""`vlitqa eval --model`: a tuned model sits an exam, as a user asks for it and gets it wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

import pandas

import vlitqa as python
from reference_models.catalogue import choose_model
from tests.given.run_cli import vlitqa
from vlitqa.errors import VlitqaError
from vlitqa.results import to_json
from vlitqa.shapes.files import Studio, write_mme, write_seed_bench
from vlitqa.storage.places import SHIPPED

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tuned model, and an exam in the shape of SEED-Bench and one in that of MME."""
    folder = tmp_path_factory.mktemp("desk")
    choose_model("llava", "tiny").open().save(folder / "runs" / "tune-llava" / "model")
    write_seed_bench(Studio(folder=folder / "seed", side=32), 1)
    write_mme(Studio(folder=folder / "mme", side=32), 1)
    (folder / "answers.jsonl").write_text('{"question_id": "0", "prediction": "A"}\n')
    return folder


def without_remarks(line: str) -> Mapping[str, Any]:
    return {name: value for name, value in json.loads(line).items() if name != "remarks"}


def test_a_tuned_model_is_asked_once_and_its_answers_are_marked_again_from_their_file(
    desk: Path, tmp_path: Path
) -> None:
    command = ("eval", "--model", desk / "runs" / "tune-llava", "--benchmark", "seed", "--data-root", desk / "seed")
    first = vlitqa(*command, "--output", "kept", "--json", "--strict", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "tune-llava: 9 questions asked." in first.stderr
    result = json.loads(first.stdout)
    assert result["model"] == "tune-llava"
    assert result["coverage"]["answered"] == 9
    assert result["remarks"][0] == (
        "asked with the prompt likelihood, version 1, its options ranked by the mean over their tokens"
    )
    names = {path.name for path in (tmp_path / "kept").iterdir()}
    answers = "answers-seed-likelihood-tune-llava.jsonl"
    assert names == {"exams.json", "exams.parquet", answers}
    row = json.loads((tmp_path / "kept" / answers).read_text().splitlines()[0])
    assert (row["prompt"], row["prompt_version"], row["ranked_by"]) == ("likelihood", 1, "mean")
    assert len(row["likelihoods"]) == len(row["options"])
    assert row["model_digest"].startswith("llava ")
    again = vlitqa(*command, "--markdown", cwd=tmp_path)
    assert "tune-llava: 0 questions asked, 9 known from before." in again.stderr
    marked = ("eval", "--answers", tmp_path / "kept" / answers, "--benchmark", "seed", "--data-root", desk / "seed")
    assert without_remarks(vlitqa(*marked, "--json", cwd=tmp_path).stdout) == without_remarks(first.stdout)


def test_python_marks_models_and_files_as_the_command_does(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path / "cache"))
    model, root = desk / "runs" / "tune-llava", desk / "seed"
    asked = python.evaluate("seed", models=model, data_root=root, output=tmp_path / "kept")
    of_command = vlitqa("eval", "--model", model, "--benchmark", "seed", "--data-root", root, "--json", cwd=tmp_path)
    assert "9 known from before" in of_command.stderr
    assert to_json(asked.results[0]).decode() == of_command.stdout.strip()
    (answers,) = (tmp_path / "kept").glob("answers-*")
    marked = python.evaluate("seed", answers=[answers], data_root=root)
    pandas.testing.assert_frame_equal(marked.figures, asked.figures)
    assert marked.figures["model"].unique().tolist() == ["tune-llava"]
    assert asked.results[0].headline.name in marked._repr_html_()
    assert "tune-llava: " in repr(marked)
    assert (tmp_path / "kept" / "exams.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Name either"),
        ({"models": "a", "answers": "b"}, "Name either"),
        ({"answers": "b", "names": ["x", "y"]}, "needs a name for each"),
        ({"models": "nowhere", "data_root": "nowhere"}, "nowhere"),
        ({"answers": "nowhere.json"}, "nowhere.json"),
    ],
)
def test_python_refuses_in_a_sentence_what_cannot_be_marked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(VlitqaError, match=message):
        python.evaluate("seed", **arguments)


def test_two_models_stand_in_one_table_and_a_limit_is_told(desk: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(desk / "runs" / "tune-llava", tmp_path / "tune-other"))
    models = ("--model", desk / "runs" / "tune-llava" / "model", "--model", other)
    options = ("--benchmark", "mme", "--data-root", desk / "mme", "--limit", "4", "--longest", "2", "--seed", "5")
    done = vlitqa("eval", *models, *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "tune-llava (format: vlitqa): 4 of 14 questions answered" in done.stdout
    assert "--limit: 4 of 14 questions, drawn by the seed 5 evenly over groups" in done.stdout
    assert "tune-other (format: vlitqa)" in done.stdout
    assert "check that this is the right benchmark" not in done.stdout
    assert "tune-other: 0 questions asked, 4 known from before." in done.stderr, "its weights are the same"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            "--model runs/tune-llava --answers answers.jsonl --data-root seed",
            "--answers and --model exclude each other",
        ),
        ("--data-root seed", "Whose answers are to be marked?"),
        ("--model runs/tune-llava", "--model is asked the questions of SEED-Bench about its pictures"),
        ("--answers answers.jsonl --data-root seed --limit 3", "--answers holds answers already"),
        (
            "--model runs/tune-llava --data-root seed --prompt letter",
            "seed has no prompt 'letter'. Did you mean letters?",
        ),
        ("--model runs/tune-llava --data-root seed --image-root gone", "--image-root gone is no folder"),
        ("--model gone --data-root seed", "--model gone is no folder, and no name of a model. Names are"),
        ("--model runs --data-root seed", "runs holds no model that vlitqa saved (no vlitqa.json)"),
        (f"--model {SHIPPED / 'nano-encoder'} --data-root seed", "holds no model that vlitqa saved (no vlitqa.json)"),
        ("--model runs/tune-llava --model runs/tune-llava --data-root seed", "Every model needs a different name"),
        ("--model runs/tune-llava --name a --name b --data-root seed", "--name must be given once for each"),
        ("--model runs/tune-llava --data-root mme", "SEED-Bench.json is not in mme"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(desk: Path, arguments: str, sentence: str) -> None:
    done = vlitqa("eval", "--benchmark", "seed", *arguments.split(), cwd=desk)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("fault", ["cut", "other", "unknown", "broken"])
def test_a_damaged_folder_is_answered_with_a_sentence(fault: str, desk: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(desk / "runs" / "tune-llava" / "model", tmp_path / "model"))
    weights, description = folder / "model.safetensors", folder / "vlitqa.json"
    if fault == "cut":
        weights.write_bytes(weights.read_bytes()[:-1_000])
    else:
        contents = {"other": '{"model": "blip2"}', "unknown": '{"model": "lava"}', "broken": "{"}
        description.write_text(contents[fault])
    command = ("eval", "--model", folder, "--benchmark", "seed", "--data-root", desk / "seed", "--output", "kept")
    done = vlitqa(*command, cwd=tmp_path)
    sentences = {
        "cut": "cannot be loaded",
        "other": "is no BLIP-2 with OPT",
        "unknown": "names a model of the kind 'lava', which is none. Did you mean llava?",
        "broken": "vlitqa.json cannot be read",
    }
    assert done.returncode == 2
    assert sentences[fault] in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "kept").exists()
