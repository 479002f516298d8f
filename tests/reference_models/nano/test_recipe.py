"""The recipe of the nano models: what it makes is read by the ordinary libraries, and learns."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("open_clip", reason="pip install 'vlitqa[models]'")

from reference_models.nano.encoder import CONTEXT, pixels_of, save, trained
from reference_models.nano.recipe import RECIPES, make_all
from reference_models.nano.training import Recipe
from reference_models.nano.vocabulary import BEGIN, END, FILL, IMAGE, SIZE, made_tokenizer, texts_of_the_world
from vlitqa.backends.encoders.image_text import OpenClip
from vlitqa.backends.judges.local import CausalCritic, LlavaJudge
from vlitqa.contracts.tools import Picture, Question
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.drawing import drawn
from vlitqa.shapes.scenes import scene_of

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return made_tokenizer()


@pytest.mark.parametrize("text", ["The red circle is at the top left.", "Ein Käse, 漢字 и 🎈\n\tx", "\u202eabc\0", ""])
def test_any_text_is_read_and_comes_back(tokenizer: Any, text: str) -> None:
    ids = tokenizer(text, add_special_tokens=False).input_ids
    assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text
    assert max(ids, default=0) < SIZE


def test_words_of_the_world_are_one_token_and_marks_have_fixed_numbers(tokenizer: Any) -> None:
    assert [tokenizer.convert_tokens_to_ids(each) for each in (FILL, BEGIN, END, IMAGE)] == [0, 1, 2, 3]
    text = " ".join(text for _, text in zip(range(300), texts_of_the_world(9), strict=False))
    words = re.findall(r"\w+|[^\w\s]", text)
    assert len(tokenizer(text, add_special_tokens=False).input_ids) < 1.15 * len(words)
    captions = [caption_of(scene_of(5, number)) for number in range(2_000)]
    assert max(len(tokenizer(each).input_ids) for each in captions) <= CONTEXT


def test_the_same_tokenizer_is_made_again(tokenizer: Any) -> None:
    assert made_tokenizer().get_vocab() == tokenizer.get_vocab()


def test_an_encoder_learns_and_is_an_ordinary_one_of_open_clip(tokenizer: Any, tmp_path: Path) -> None:
    told: list[str] = []
    model = trained(tokenizer, Recipe(steps=100, batch=32), told.append)
    losses = [float(line.partition("loss ")[2].partition(",")[0]) for line in told]
    assert losses[-1] < 3.1, "of 32 pairs, chance has a loss of 3.47"
    save(model, tokenizer, tmp_path)
    backend = OpenClip.of(str(tmp_path))
    assert backend.missing() is None
    matcher = backend.open()
    scene = scene_of(7, 3)
    vector = matcher.images([Picture(64, 64, "PNG", 1, "x", np.asarray(drawn(scene, 64)))])
    ours = model.float().encode_image(_tensor(pixels_of([scene])), normalize=True).detach().numpy()
    assert np.abs(vector - ours).max() < 1e-5
    assert matcher.lengths(["The red circle."]) == [4]


def test_the_whole_recipe_makes_ordinary_models_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    short = {name: Recipe(steps=2, batch=2) for name in RECIPES}
    told: list[str] = []
    make_all(tmp_path, told.append, short)
    assert {line.partition(":")[0] for line in told} == {*RECIPES, "projector"}
    picture = Picture(64, 64, "PNG", 1, "x", np.asarray(drawn(scene_of(7, 3), 64)))
    asked = Question("Right?", "Instruction: Is it red?\n\nAnswer: Yes", ("correct", "incorrect"), (picture,))
    (verdict,) = LlavaJudge.of(str(tmp_path / "nano-judge")).open().ask([asked])
    assert verdict.answer in asked.answers
    for name in ("nano-llama", "nano-opt"):
        (verdict,) = (
            CausalCritic.of(str(tmp_path / name)).open().ask([replace(asked, answers=("1", "10"), pictures=())])
        )
        assert verdict.answer in ("1", "10")
    made = {path: path.read_bytes() for path in tmp_path.rglob("*.safetensors")}
    again: list[str] = []
    make_all(tmp_path, again.append, short)
    assert all(line.endswith("already") for line in again)
    shutil.rmtree(tmp_path / "nano-judge")
    make_all(tmp_path, again.append, short)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.safetensors")} == made, "the same for a seed"


def test_what_another_recipe_made_is_made_again_and_what_was_made_of_it(tmp_path: Path) -> None:
    short = {name: Recipe(steps=1, batch=2) for name in RECIPES}
    make_all(tmp_path, list[str]().append, short)
    told: list[str] = []
    make_all(tmp_path, told.append, {**short, "tower": Recipe(steps=2, batch=2)})
    kept = {line.partition(":")[0] for line in told if line.endswith("already")}
    assert kept == {"encoder", "llama", "opt"}
    assert {line.partition(":")[0] for line in told} - kept == {"tower", "projector", "judge"}


def _tensor(block: Any) -> Any:
    import torch

    return torch.from_numpy(block)
