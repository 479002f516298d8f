"""The nano judge, in LLaVA's shape: it answers questions about a picture, and tells right answers from wrong ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference_models.nano.encoder import pixels_of
from reference_models.nano.language import GRADE, JUDGE, asked, reply
from reference_models.nano.lessons import SEED, Lesson, lessons_about
from reference_models.nano.tower import PATCH
from reference_models.nano.training import Recipe, Tell, fit, place
from reference_models.nano.vocabulary import BEGIN, END, IMAGE, SPECIAL
from vlitqa.metrics.judge_checks import RIGHT, WRONG
from vlitqa.shapes.drawing import SMALL
from vlitqa.shapes.grades import GRADES
from vlitqa.shapes.scenes import scene_of

PATCHES = (SMALL // PATCH) ** 2
_EACH = 6
"""Lessons about one picture."""
_ANSWERS, _JUDGEMENTS = 0.25, 0.7
"""Of these shares of the lessons a model learns to answer and to judge; of the rest, to grade."""


@dataclass(frozen=True, slots=True)
class Part:
    """The tokens of one lesson, and how much each counts as something to say."""

    tokens: list[int]
    weights: list[float]


def judging(tower: Any, language: Any, tokenizer: Any, recipe: Recipe, tell: Tell) -> Any:
    """A model of transformers in LLaVA's shape, made of a tower that sees and a language model that speaks."""
    import torch
    import transformers

    torch.manual_seed(recipe.seed)
    config = transformers.LlavaConfig(
        vision_config=tower.config,
        text_config=language.config,
        image_token_index=SPECIAL.index(IMAGE),
        image_seq_length=PATCHES,
        vision_feature_layer=-1,
        tie_word_embeddings=True,
    )
    model = transformers.LlavaForConditionalGeneration(config)
    model.model.vision_tower.load_state_dict(tower.state_dict())
    model.model.language_model.load_state_dict(language.model.state_dict())
    model.tie_weights()
    model.to(place()).train()
    model.model.vision_tower.eval().requires_grad_(False)
    dice = random.Random(recipe.seed)

    def loss_of(step: int) -> Any:
        numbers = range(step * recipe.batch, (step + 1) * recipe.batch)
        parts = [parts_of(lessons_about(number, _EACH, dice), tokenizer, dice) for number in numbers]
        return _loss(model, pixels_of([scene_of(SEED, number) for number in numbers]), parts)

    weights = [each for each in model.parameters() if each.requires_grad]
    fit("judge", weights, recipe, loss_of, tell)
    return model.eval()


def parts_of(lessons: Sequence[Lesson], tokenizer: Any, dice: random.Random) -> list[Part]:
    """What is said of a picture: answers, judgements and grades, each on its own."""
    made = []
    for lesson in lessons:
        kind = dice.random()
        if kind < _ANSWERS and lesson.right:
            texts = [asked(lesson).removesuffix(lesson.answer), lesson.answer, END]
            weights = [0.0, 1.0, 1.0]
        else:
            is_graded = kind > _ANSWERS + _JUDGEMENTS
            told = str(GRADES[lesson.kind]) if is_graded else RIGHT if lesson.right else WRONG
            before, after = reply(told).split(told)
            texts = [
                asked(lesson).removesuffix(lesson.answer),
                lesson.answer,
                (GRADE if is_graded else JUDGE) + before,
                told,
                after,
            ]
            weights = [0.0, 1.0 if lesson.right else 0.0, 0.1, 8.0, 0.1]
        tokens = tokenizer("".join(texts), add_special_tokens=False, return_offsets_mapping=True)
        ends = np.cumsum([len(each) for each in texts])
        spots = [int(np.searchsorted(ends, end - 1, "right")) for _, end in tokens.offset_mapping]
        made.append(Part(tokens.input_ids, [weights[spot] for spot in spots]))
    return made


def _loss(model: Any, pixels: Any, parts: Sequence[Sequence[Part]]) -> Any:
    """All lessons about a picture in one sequence behind it, none of which sees another."""
    import torch
    from torch.nn.functional import cross_entropy

    longest = max(sum(len(part.tokens) for part in row) for row in parts)
    begun = 1 + PATCHES
    tokens = np.zeros((len(parts), longest), np.int64)
    weights, owner = np.zeros(tokens.shape, np.float32), np.full(tokens.shape, -1)
    places = np.zeros(tokens.shape, np.int64)
    for row, told in enumerate(parts):
        start = 0
        for number, part in enumerate(told):
            here = slice(start, start + len(part.tokens))
            tokens[row, here], weights[row, here], owner[row, here] = part.tokens, part.weights, number
            places[row, here] = begun + np.arange(len(part.tokens))
            start += len(part.tokens)
    inner = (owner[:, :, None] == owner[:, None, :]) & np.tri(longest, dtype=bool)
    mask = np.zeros((len(parts), 1, begun + longest, begun + longest), bool)
    mask[:, :, :begun, :begun] = np.tri(begun, dtype=bool)
    mask[:, :, begun:, :begun] = True
    mask[:, 0, begun:, begun:] = inner
    there = place()
    embed = model.get_input_embeddings()
    with torch.no_grad():
        seen = model.model.vision_tower(torch.from_numpy(pixels).to(there)).last_hidden_state[:, 1:]
    shown = model.model.multi_modal_projector(seen)  # (pictures, patches, width)
    ids = torch.from_numpy(tokens).to(there)
    first = embed(torch.full((len(parts), 1), SPECIAL.index(BEGIN), device=there))
    given = torch.cat([first, shown, embed(ids)], dim=1)
    positions = np.concatenate([np.tile(np.arange(begun), (len(parts), 1)), places], axis=1)
    states = model.model.language_model(
        inputs_embeds=given,
        attention_mask=torch.from_numpy(np.where(mask, 0.0, -np.inf).astype(np.float32)).to(there),
        position_ids=torch.from_numpy(positions).to(there),
    ).last_hidden_state  # (pictures, begun + longest, width)
    # what is to be said stands one token further on, in the same lesson
    counted = weights[:, 1:] * (owner[:, 1:] == owner[:, :-1])
    rows, columns = np.nonzero(counted)
    logits = model.lm_head(states[rows, begun + columns])
    losses = cross_entropy(logits, ids[rows, columns + 1], reduction="none")
    amounts = torch.from_numpy(counted[rows, columns]).to(there)
    return (losses * amounts).sum() / amounts.sum()
