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

from reference_models.catalogue import MODELS, choose_model
from reference_models.nano.encoder import TEXT_LENGTH, render_pixels, save_encoder, train_encoder
from reference_models.nano.recipe import RECIPE_FILE, RECIPES, make_models, recipe_json, tokenizer_digest
from reference_models.nano.vocabulary import (
    BOS,
    EOS,
    IMAGE_TOKEN,
    PAD,
    VOCABULARY_SIZE,
    corpus_texts,
    train_tokenizer,
)
from reference_models.training.recipe import TrainingRecipe
from vlitqa.backends.encoders.image_text import OpenClip
from vlitqa.backends.judges.local import CausalCritic, LlavaJudge
from vlitqa.contracts.models import Prompt
from vlitqa.contracts.tools import JudgeQuestion, Picture
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.drawing import draw_scene
from vlitqa.shapes.scenes import Scene, scene_of
from vlitqa.storage.places import SHIPPED


def picture_of(scene: Scene) -> Picture:
    pixels = np.asarray(draw_scene(scene, 64))
    return Picture(width=64, height=64, format="PNG", frames=1, digest="x", pixels=pixels)


pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def trained() -> tuple[Any, str]:
    """The tokenizer that the recipe trains, and its digest before its use."""
    tokenizer = train_tokenizer()
    return tokenizer, tokenizer_digest(tokenizer)


@pytest.fixture
def tokenizer(trained: tuple[Any, str]) -> Any:
    return trained[0]


@pytest.mark.parametrize("text", ["The red circle is at the top left.", "Ein Käse, 漢字 и 🎈\n\tx", "\u202eabc\0", ""])
def test_any_text_is_read_and_comes_back(tokenizer: Any, text: str) -> None:
    ids = tokenizer(text, add_special_tokens=False).input_ids
    assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text
    assert max(ids, default=0) < VOCABULARY_SIZE


def test_words_of_the_world_are_one_token_and_special_tokens_have_fixed_ids(tokenizer: Any) -> None:
    assert [tokenizer.convert_tokens_to_ids(token) for token in (PAD, BOS, EOS, IMAGE_TOKEN)] == [0, 1, 2, 3]
    text = " ".join(text for _, text in zip(range(300), corpus_texts(9), strict=False))
    words = re.findall(r"\w+|[^\w\s]", text)
    assert len(tokenizer(text, add_special_tokens=False).input_ids) < 1.15 * len(words)
    captions = [caption_of(scene_of(5, number)) for number in range(2_000)]
    assert max(len(tokenizer(caption).input_ids) for caption in captions) <= TEXT_LENGTH


def test_an_encoder_learns_and_is_an_ordinary_one_of_open_clip(tokenizer: Any, tmp_path: Path) -> None:
    lines: list[str] = []
    model = train_encoder(tokenizer, TrainingRecipe(steps=40, batch_size=32), lines.append)
    losses = [float(line.partition("loss ")[2].partition(",")[0]) for line in lines]
    assert losses[-1] < 3.35, "of 32 pairs, chance has a loss of 3.47"
    save_encoder(model, tokenizer, tmp_path)
    backend = OpenClip.of(str(tmp_path))
    assert backend.missing() is None
    matcher = backend.open()
    scene = scene_of(7, 3)
    vector = matcher.images([picture_of(scene)])
    ours = model.float().encode_image(_tensor(render_pixels([scene])), normalize=True).detach().numpy()
    assert np.abs(vector - ours).max() < 1e-5
    assert matcher.lengths(["The red circle."]) == [4]


def test_the_whole_recipe_makes_ordinary_models_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    short = {name: TrainingRecipe(steps=2, batch_size=2) for name in RECIPES}
    lines: list[str] = []
    make_models(tmp_path, lines.append, short)
    assert {line.partition(":")[0] for line in lines} == {*RECIPES, "projector", "tower of blip2"}
    picture = picture_of(scene_of(7, 3))
    question = JudgeQuestion(
        "Right?", "Instruction: Is it red?\n\nAnswer: Yes", ("correct", "incorrect"), pictures=(picture,)
    )
    (verdict,) = LlavaJudge.of(str(tmp_path / "nano-judge")).open().ask([question])
    assert verdict.answer in question.answers
    grading = replace(question, answers=("1", "10"), pictures=())
    for name in ("nano-llama", "nano-opt"):
        (verdict,) = CausalCritic.of(str(tmp_path / name)).open().ask([grading])
        assert verdict.answer in ("1", "10")
    for name in MODELS:
        model = choose_model(name, str(tmp_path / f"nano-{name}")).open()
        assert model.answer(
            [Prompt(Record((Turn("What is it?", None, (0,)),), (ImageRef("x"),)), (picture,))], longest=3
        )
    weights = {path: path.read_bytes() for path in tmp_path.rglob("*.safetensors")}
    shutil.rmtree(tmp_path / "nano-judge")
    assert made_anew(tmp_path, short) == {"projector", "judge"}
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.safetensors")} == weights, "the same for a seed"
    other_tower = {**short, "tower": replace(short["tower"], learning_rate=0.1)}
    others = {"encoder", "llama", "opt", "writer", "autoencoder", "painter"}
    assert made_anew(tmp_path, other_tower) == {*RECIPES, "projector", "tower of blip2"} - others, "all made of it"


def made_anew(folder: Path, recipes: dict[str, TrainingRecipe]) -> set[str]:
    """The names of what was trained, because the folder lacks it or another recipe made it."""
    lines: list[str] = []
    make_models(folder, lines.append, recipes)
    return {line.partition(":")[0] for line in lines if not line.endswith("already")}


def test_the_shipped_models_say_by_which_recipes_they_were_made(trained: tuple[Any, str]) -> None:
    digest, bound = trained[1], ["bound vision", "bound depth", "bound audio"]
    for name, models in {
        "encoder": ["encoder"],
        "llama": ["llama"],
        "opt": ["opt"],
        "writer": ["writer", "llama"],
        "judge": ["judge", "tower"],
        "painter": ["painter", "autoencoder"],
        "mim": ["mim", "queries", "llama", "blip2", "opt", "tower"],
        "imagebind_llm": ["imagebind_llm", *bound, "llama", "blip2", "opt", "tower"],
    }.items():
        shipped = (SHIPPED / f"nano-{name}" / RECIPE_FILE).read_text(encoding="utf-8")
        assert recipe_json(digest, {model: RECIPES[model] for model in models}) == shipped


def _tensor(block: Any) -> Any:
    import torch

    return torch.from_numpy(block)
