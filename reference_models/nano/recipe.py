"""Makes all nano models from nothing but the shapes world, and holds how good they are against what is known."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from reference_models.nano import encoder, judge, language, tower
from reference_models.nano.vocabulary import made_tokenizer
from reference_models.training.recipe import ProgressCallback, TrainingRecipe

RECIPES: Mapping[str, TrainingRecipe] = {
    "encoder": TrainingRecipe(steps=220, batch_size=128),
    "llama": TrainingRecipe(steps=320, batch_size=64, learning_rate=2e-3),
    "opt": TrainingRecipe(steps=320, batch_size=64, learning_rate=2e-3),
    "tower": TrainingRecipe(steps=1_500, batch_size=64, learning_rate=3e-3),
    "judge": TrainingRecipe(steps=5_200, batch_size=6, learning_rate=4e-3),
}
MADE_BY = "recipe.json"
"""Beside each model: what it was made by; the code is not in it."""
TOLERANCES: Mapping[str, float] = {
    "encoder": 0.01,
    "judge: balanced accuracy": 0.03,
    "judge as an answerer": 0.15,
    "grades": 0.5,
}
"""How far the figures of another machine or another seed may lie from ours, by a part of their names."""


def make_all(folder: Path, tell: ProgressCallback, recipes: Mapping[str, TrainingRecipe] = RECIPES) -> None:
    """Trains what is not in the folder yet, or was made there otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = made_tokenizer()
    words = hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest()

    def make(name: str, train: Callable[[], Any], save: Callable[[Any, Any, Path], None], made_of: str = "") -> None:
        place, unfinished = folder / f"nano-{name}", folder / f"nano-{name}.part"
        parts = {each: _fields_of(recipes[each]) for each in (name, made_of) if each}
        made_by = json.dumps({"tokenizer": words, **parts}, indent=1) + "\n"
        if (place / MADE_BY).is_file() and (place / MADE_BY).read_text(encoding="utf-8") == made_by:
            tell(f"{name}: in {folder} already")
            return
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        save(train(), tokenizer, unfinished)
        (unfinished / MADE_BY).write_text(made_by, encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        unfinished.rename(place)

    make("encoder", partial(encoder.trained, tokenizer, recipes["encoder"], tell), encoder.save)
    for name in language.MADE:
        make(name, partial(language.speaking, name, tokenizer, recipes[name], tell), language.save)
    make("tower", partial(tower.seeing, recipes["tower"], tell), tower.save)
    make("judge", partial(judge.judging, folder, tokenizer, recipes["judge"], tell), judge.save, made_of="tower")


def _fields_of(recipe: TrainingRecipe) -> dict[str, float]:
    """The fields of a recipe under the keys of the files that come with vlitqa."""
    return {"steps": recipe.steps, "batch": recipe.batch_size, "rate": recipe.learning_rate, "seed": recipe.seed}


def departures(found: Mapping[str, float], known: Mapping[str, float]) -> list[str]:
    """Which figures lie further from the known ones than they may."""
    allowed = {name: next(limit for part, limit in TOLERANCES.items() if part in name) for name in known}
    return [name for name in known if abs(found[name] - known[name]) > allowed[name]]
