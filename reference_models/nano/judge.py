"""The nano judge, in LLaVA's shape: it answers questions about a picture, and tells right answers from wrong ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy, softplus

from reference_models.nano.encoder import PREPROCESS, pixels_of
from reference_models.nano.language import GRADE, JUDGE, LIBRARY, MADE, TEMPLATE, asked, reply
from reference_models.nano.lessons import Lesson, in_common, lessons_about, with_slips
from reference_models.nano.packing import Part, packed
from reference_models.nano.tower import PATCH, WIDTH, learn_patches
from reference_models.nano.training_scenes import TRAINING_SEED, training_numbers
from reference_models.nano.vocabulary import BEGIN, END, IMAGE, SPECIAL
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import choose_device, fit
from vlitqa.metrics.judge_checks import RIGHT, WRONG
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import TEMPLATES
from vlitqa.shapes.drawing import SMALL
from vlitqa.shapes.grades import GRADES
from vlitqa.shapes.scenes import scene_of

PATCHES = (SMALL // PATCH) ** 2
_EACH = 6
"""Lessons about one picture."""
_PASSING = 0.04
"""As many steps as this share go before: what lies between tower and language model learns to pass on what it knows."""
_MORE = 2
"""How many times as many pictures there are in a step at first, when less is said of each."""
_TELLING = 0.08
"""In this share of its steps the model learns to tell what it sees, and judges nothing."""
_ANSWERS, _JUDGEMENTS = 0.25, 0.7
"""Of these shares of the lessons it then learns to answer and to judge; of the rest, to grade."""
DOUBTING = 4
"""The layer that knows whether an answer is wrong so far, so that later ones can add up what it knows."""
_REPLY = (0.1, 8.0, 0.1)
"""How much the judgement itself counts, and what stands around it."""


def judging(folder: Path, tokenizer: Any, recipe: TrainingRecipe, tell: ProgressCallback) -> Any:
    """A model of transformers in LLaVA's shape, made of the tower in a folder and a Llama that knows nothing yet."""
    torch.manual_seed(recipe.seed)
    tower = LIBRARY.CLIPVisionModel.from_pretrained(folder / "nano-tower", local_files_only=True)
    model = llava_of(tower, MADE["llama"]()).to(choose_device()).train()
    sees, projector = model.model.vision_tower.eval().requires_grad_(False), model.model.multi_modal_projector
    passed_on = partial(_passed_on, sees, projector)
    passing = replace(recipe, steps=max(1, round(_PASSING * recipe.steps)), batch_size=64)
    learn_patches("projector", projector, passed_on, passing, tell)
    dice, doubt = random.Random(recipe.seed), torch.nn.Linear(WIDTH, 1).to(choose_device())

    def loss_of(step: int) -> Any:
        telling = step < _TELLING * recipe.steps
        numbers = training_numbers(step, _MORE * recipe.batch_size if telling else recipe.batch_size)
        parts = [parts_of(_taught(number, telling, dice), tokenizer, dice, telling) for number in numbers]
        return loss_of_parts(model, doubt, pixels_of([scene_of(TRAINING_SEED, number) for number in numbers]), parts)

    weights = [*(each for each in model.parameters() if each.requires_grad), *doubt.parameters()]
    fit(weights, recipe, loss_of, tell, name="judge")
    return model.eval()


def llava_of(tower: Any, language: Any) -> Any:
    """A LLaVA that sees with a tower and speaks with a language model; what lies between them knows nothing yet."""
    config = LIBRARY.LlavaConfig(
        vision_config=tower.config,
        text_config=language.config,
        image_token_index=SPECIAL.index(IMAGE),
        image_seq_length=PATCHES,
        vision_feature_layer=-1,
        tie_word_embeddings=True,
    )
    model = LIBRARY.LlavaForConditionalGeneration(config)
    model.model.vision_tower.load_state_dict(tower.state_dict())
    model.model.language_model.load_state_dict(language.model.state_dict())
    model.tie_weights()
    return model


def _taught(number: int, telling: bool, dice: random.Random) -> list[Lesson]:
    """Lessons about a scene; at first all that there is to see, and few others."""
    if not telling:
        return lessons_about(number, _EACH, dice)
    scene = scene_of(TRAINING_SEED, number)
    whole = Lesson("detail", dice.choice(TEMPLATES), caption_of(scene), True)
    return [with_slips(whole, scene, dice), *lessons_about(number, 4, dice)]


def parts_of(lessons: Sequence[Lesson], tokenizer: Any, dice: random.Random, telling: bool = False) -> list[Part]:
    """What is said of a picture: answers, judgements and grades, each on its own, and words that would be wrong."""
    made: list[Part] = []
    for lesson in lessons:
        kind, right = dice.random(), float(lesson.right)
        asks = asked(lesson).removesuffix(lesson.answer)
        if telling or (kind < _ANSWERS and lesson.right):
            texts, weights = [asks, lesson.answer, END], [0.0, right, right]
        else:
            is_graded = kind > _ANSWERS + _JUDGEMENTS
            told = str(GRADES[lesson.kind]) if is_graded else RIGHT if lesson.right else WRONG
            before, after = reply(told).split(told)
            texts = [asks, lesson.answer, (GRADE if is_graded else JUDGE) + before, told, after]
            weights = [0.0, right, *_REPLY]
        tokens = tokenizer("".join(texts), add_special_tokens=False, return_offsets_mapping=True)
        ends = np.array([end for _, end in tokens.offset_mapping])
        spots = np.searchsorted(np.cumsum([len(each) for each in texts]), ends - 1, "right")
        wrong_after = len("".join(texts)) if lesson.right else len(asks) + lesson.wrong_from
        signs = np.where(spots == 1, np.where(ends <= wrong_after, 1, -1), 0)
        number, said = len(made), tokens.input_ids
        made.append(Part(said, [weights[spot] for spot in spots], signs.tolist()))
        for start, word in lesson.slips:
            kept = int((ends <= len(asks) + start).sum())
            other = tokenizer(" " + word, add_special_tokens=False).input_ids
            alike = in_common(other, said[kept:])
            rest = other[alike:]
            made.append(Part(rest, [0.0] * len(rest), [-1] * len(rest), number, kept + alike))
    return made


def loss_of_parts(model: Any, doubt: Any, pixels: Any, parts: Sequence[Sequence[Part]]) -> Any:
    """Of all that is to be said about each picture, and of the doubt that a wrong word should raise at once."""
    there, rows = choose_device(), packed(parts, 1 + PATCHES)
    embed = model.get_input_embeddings()
    begin = embed(torch.full((len(parts), 1), SPECIAL.index(BEGIN), device=there))
    shown = _passed_on(model.model.vision_tower, model.model.multi_modal_projector, torch.from_numpy(pixels).to(there))
    tokens = torch.from_numpy(rows.tokens).to(there)
    told = model.model.language_model(
        inputs_embeds=torch.cat([begin, shown, embed(tokens)], dim=1),
        attention_mask=torch.from_numpy(rows.mask()).to(there),
        position_ids=torch.from_numpy(rows.places).to(there),
        output_hidden_states=True,
    )
    states, early = (each[:, rows.picture :] for each in (told.last_hidden_state, told.hidden_states[DOUBTING]))
    row, column, amount = rows.to_say()
    losses = cross_entropy(model.lm_head(states[row, column]), tokens[row, column + 1], reduction="none")
    amounts = torch.from_numpy(amount).to(there)
    known = np.nonzero(rows.signs)
    signs = torch.from_numpy(rows.signs[known]).to(there)
    doubts = softplus(signs * doubt(early[known])[:, 0])
    return (losses * amounts).sum() / amounts.sum() + doubts.mean()


def _passed_on(tower: Any, projector: Any, pixels: Any) -> Any:
    """What the language model is given of pictures; the tower learns nothing more.  # (pictures, patches, width)"""
    with torch.no_grad():
        seen = tower(pixels).last_hidden_state[:, 1:]
    return projector(seen)


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """As transformers keeps a LLaVA, in half precision."""
    tokenizer.chat_template = TEMPLATE
    sight = LIBRARY.CLIPImageProcessor(
        size={"shortest_edge": SMALL},
        crop_size={"height": SMALL, "width": SMALL},
        image_mean=PREPROCESS["mean"],
        image_std=PREPROCESS["std"],
    )
    processor = LIBRARY.LlavaProcessor(
        sight,
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        num_additional_image_tokens=1,
    )
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)
