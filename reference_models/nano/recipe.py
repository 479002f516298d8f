"""The recipe that makes all nano models from nothing but the shapes world, and how far their figures may differ."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import TypeVar

from transformers import PreTrainedTokenizerFast

from reference_models.nano.aligned_models import (
    MakeAligned,
    make_aligned_blip2,
    make_aligned_imagebind_llm,
    make_aligned_llava,
    make_aligned_mim,
    make_aligned_openflamingo,
    save_aligned,
)
from reference_models.nano.encoder import save_encoder, train_encoder
from reference_models.nano.judge import save_judge, train_judge
from reference_models.nano.language import ARCHITECTURES, save_language_model, train_language_model
from reference_models.nano.painter import save_painter, train_painter
from reference_models.nano.tower import save_tower, train_tower
from reference_models.nano.vocabulary import train_tokenizer
from reference_models.nano.writer import WRITER_TEMPLATE, train_writer
from reference_models.training.recipe import ProgressCallback, TrainingRecipe

RECIPES: Mapping[str, TrainingRecipe] = {
    "encoder": TrainingRecipe(steps=220, batch_size=128),
    "llama": TrainingRecipe(steps=320, batch_size=64, learning_rate=2e-3),
    "opt": TrainingRecipe(steps=320, batch_size=64, learning_rate=2e-3),
    "writer": TrainingRecipe(steps=1_000, batch_size=32, learning_rate=2e-3),
    "tower": TrainingRecipe(steps=1_500, batch_size=64, learning_rate=3e-3),
    "judge": TrainingRecipe(steps=5_200, batch_size=6, learning_rate=4e-3),
    "patch words": TrainingRecipe(steps=300, batch_size=48, learning_rate=4e-3),
    "llava": TrainingRecipe(steps=2_000, batch_size=16, learning_rate=3e-3),
    "blip2": TrainingRecipe(steps=2_000, batch_size=16, learning_rate=3e-3),
    "openflamingo": TrainingRecipe(steps=2_000, batch_size=16, learning_rate=3e-3),
    "bound vision": TrainingRecipe(steps=1_500, batch_size=64, learning_rate=3e-3),
    "bound depth": TrainingRecipe(steps=500, batch_size=64, learning_rate=3e-3),
    "bound audio": TrainingRecipe(steps=500, batch_size=64, learning_rate=3e-3),
    "queries": TrainingRecipe(steps=800, batch_size=64, learning_rate=3e-3),
    "mim": TrainingRecipe(steps=1_200, batch_size=16, learning_rate=3e-3),
    "imagebind_llm": TrainingRecipe(steps=2_000, batch_size=16, learning_rate=3e-3),
    "autoencoder": TrainingRecipe(steps=2_500, batch_size=16, learning_rate=3e-3),
    "painter": TrainingRecipe(steps=3_000, batch_size=32, learning_rate=2e-3),
}
RECIPE_FILE = "recipe.json"
"""The file beside each model that says by which recipes and with which tokenizer it was made; it holds no code."""
TOLERANCES: Mapping[str, float] = {
    "encoder": 0.01,
    "judge: balanced accuracy": 0.03,
    "judge as an answerer": 0.15,
    "grades": 0.5,
    "things described right": 0.15,
    "captions chosen": 0.15,
    "writer": 0.1,
    "things recognised": 0.15,
}
"""How far the figures of another machine or another seed may differ from ours, by a part of their names."""
_ALIGNED: Mapping[str, tuple[MakeAligned, tuple[str, ...]]] = {
    "llava": (make_aligned_llava, ("llama", "tower", "patch words")),
    "blip2": (make_aligned_blip2, ("opt", "tower")),
    "openflamingo": (make_aligned_openflamingo, ("opt", "tower")),
    "mim": (make_aligned_mim, ("queries", "llama", "blip2", "opt", "tower")),
    "imagebind_llm": (
        make_aligned_imagebind_llm,
        ("bound vision", "bound depth", "bound audio", "llama", "blip2", "opt", "tower"),
    ),
}
"""The models that are tuned, and the recipes of the parts of which they are made."""
_Model = TypeVar("_Model")


def make_models(
    folder: Path, report_progress: ProgressCallback, recipes: Mapping[str, TrainingRecipe] = RECIPES
) -> None:
    """Trains every model that a folder lacks, or that was made there by another recipe."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer()
    digest = tokenizer_digest(tokenizer)  # before its use, because padding and truncation leave traces in it

    def make(
        name: str, train: Callable[[], _Model], save: Callable[[_Model, Path], None], *, parents: tuple[str, ...] = ()
    ) -> None:
        finished, unfinished = folder / f"nano-{name}", folder / f"nano-{name}.part"
        recipe_text = recipe_json(digest, {model: recipes[model] for model in (name, *parents)})
        if _has_recipe(finished, recipe_text):
            report_progress(f"{name}: in {folder} already")
            return
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        save(train(), unfinished)
        (unfinished / RECIPE_FILE).write_text(recipe_text, encoding="utf-8")
        shutil.rmtree(finished, ignore_errors=True)
        unfinished.rename(finished)

    train = partial(train_encoder, tokenizer, recipes["encoder"], report_progress)
    make("encoder", train, lambda model, path: save_encoder(model, tokenizer, path))
    for name in ARCHITECTURES:
        train = partial(train_language_model, name, tokenizer, recipes[name], report_progress)
        make(name, train, lambda model, path: save_language_model(model, tokenizer, path))
    writer_tokenizer = deepcopy(tokenizer)  # its chat format is another one
    train = partial(train_writer, folder, writer_tokenizer, recipes["writer"], report_progress)
    save = partial(save_language_model, tokenizer=writer_tokenizer, chat_template=WRITER_TEMPLATE)
    make("writer", train, lambda model, path: save(model, folder=path), parents=("llama",))
    make("tower", partial(train_tower, recipes["tower"], report_progress), save_tower)
    train = partial(train_judge, folder, tokenizer, recipes["judge"], report_progress)
    make("judge", train, lambda model, path: save_judge(model, tokenizer, path), parents=("tower",))
    train = partial(train_painter, deepcopy(tokenizer), recipes, report_progress)
    make("painter", train, save_painter, parents=("autoencoder",))
    for name, (make_aligned, parents) in _ALIGNED.items():
        train = partial(make_aligned, folder, deepcopy(tokenizer), recipes, report_progress)  # one adds tokens
        make(name, train, save_aligned, parents=parents)


def figures_out_of_tolerance(measured: Mapping[str, float], shipped: Mapping[str, float]) -> list[str]:
    """Names the figures that differ from the shipped ones by more than they may."""
    tolerances = {name: next(limit for part, limit in TOLERANCES.items() if part in name) for name in shipped}
    return [name for name in shipped if abs(measured[name] - shipped[name]) > tolerances[name]]


def recipe_json(digest: str, recipes: Mapping[str, TrainingRecipe]) -> str:
    """Writes recipes and the digest of a tokenizer under the keys of the files that come with vlitqa."""
    return (
        json.dumps({"tokenizer": digest, **{name: _fields(recipe) for name, recipe in recipes.items()}}, indent=1)
        + "\n"
    )


def tokenizer_digest(tokenizer: PreTrainedTokenizerFast) -> str:
    """The SHA-256 of a tokenizer's words, merges and settings."""
    return hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest()


def _fields(recipe: TrainingRecipe) -> dict[str, object]:
    """The values of a recipe; the optimizer is named where it is not the one of the models that come with vlitqa."""
    fields = {"steps": recipe.steps, "batch": recipe.batch_size, "rate": recipe.learning_rate, "seed": recipe.seed}
    return {**fields} if recipe.optimizer == "muon" else {**fields, "optimizer": recipe.optimizer}


def _has_recipe(model_folder: Path, recipe_text: str) -> bool:
    path = model_folder / RECIPE_FILE
    return path.is_file() and path.read_text(encoding="utf-8") == recipe_text
