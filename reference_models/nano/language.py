"""Nano language models in the shapes of Llama and OPT: they speak of the shapes world, and grade its instructions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers

from reference_models.nano.lessons import Lesson, lessons_about
from reference_models.nano.training_scenes import TRAINING_SEED, training_numbers
from reference_models.nano.vocabulary import BEGIN, END, FILL, SIZE, SPECIAL
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import choose_device, fit
from vlitqa.metrics.rubrics import sample_of
from vlitqa.records import Turn
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.grades import GRADES
from vlitqa.shapes.scenes import scene_of

LIBRARY: Any = transformers  # parts of it have no types
ROOM = 1024
"""Tokens that a model can read at once."""
_WIDTH = 128
_SHAPE = {
    "vocab_size": SIZE,
    "hidden_size": _WIDTH,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "max_position_embeddings": ROOM,
    "bos_token_id": SPECIAL.index(BEGIN),
    "eos_token_id": SPECIAL.index(END),
    "pad_token_id": SPECIAL.index(FILL),
}
JUDGE, GRADE = "\nRight?\n", "\nGrade?\n"
"""What is said before a judgement and before a grade."""
_TEMPLATE = """\
{%- macro text(message) -%}
{{- message.content if message.content is string else message.content | selectattr('type', 'equalto', 'text') \
| map(attribute='text') | join -}}
{%- endmacro -%}
{%- set judging = namespace(now=false) -%}
{{- bos_token -}}
{%- for message in messages -%}
{%- for part in message.content if part.type == 'image' -%}{{- '<image>' -}}{%- endfor -%}
{%- if message.role == 'user' and text(message).startswith('<data-') -%}
{%- set judging.now = true -%}
{{- text(message).split('\\n')[1:-1] | join('\\n') -}}
{%- elif message.role == 'user' and judging.now -%}
{{- JUDGE if '"incorrect"' in text(message) else GRADE -}}
{%- elif message.role == 'user' -%}
{{- 'Instruction: ' + text(message) + '\\n\\nAnswer: ' -}}
{%- elif message.role == 'assistant' and not judging.now -%}
{{- text(message) + eos_token -}}
{%- endif -%}
{%- endfor -%}"""
TEMPLATE = _TEMPLATE.replace("JUDGE", json.dumps(JUDGE)).replace("GRADE", json.dumps(GRADE))
"""Rubrics are left out, because these models know no other. What is no question of a judge is an instruction."""


def asked(lesson: Lesson) -> str:
    return sample_of(Turn(lesson.instruction, lesson.answer))


def reply(answer: str) -> str:
    return f'{{"answer": "{answer}"}}'


def graded(lesson: Lesson) -> str:
    return f"{asked(lesson)}{GRADE}{reply(str(GRADES[lesson.kind]))}"


def _llama() -> Any:
    config = LIBRARY.LlamaConfig(intermediate_size=3 * _WIDTH, tie_word_embeddings=True, **_SHAPE)
    return LIBRARY.LlamaForCausalLM(config)


def _opt() -> Any:
    config = LIBRARY.OPTConfig(word_embed_proj_dim=_WIDTH, ffn_dim=4 * _WIDTH, dropout=0.0, **_SHAPE)
    return LIBRARY.OPTForCausalLM(config)


def speaking(name: str, tokenizer: Any, recipe: TrainingRecipe, tell: ProgressCallback) -> Any:
    """A model that has read captions, instructions with right answers, and their grades."""
    torch.manual_seed(recipe.seed)
    model = MADE[name]().to(choose_device()).train()
    dice = random.Random(recipe.seed)

    def loss_of(step: int) -> Any:
        texts = [f"{BEGIN}{_said(number, dice)}{END}" for number in training_numbers(step, recipe.batch_size)]
        given = tokenizer(texts, add_special_tokens=False, padding=True, return_tensors="pt").to(choose_device())
        labels = given.input_ids.masked_fill(given.attention_mask == 0, -100)
        return model(input_ids=given.input_ids, attention_mask=given.attention_mask, labels=labels).loss

    fit(model.parameters(), recipe, loss_of, tell, name=name)
    return model.eval()


def _said(number: int, dice: random.Random) -> str:
    if dice.random() < 0.2:
        return caption_of(scene_of(TRAINING_SEED, number))
    while True:
        lesson = lessons_about(number, 1, dice)[0]
        if dice.random() < 0.4:
            return graded(lesson)
        if lesson.right:
            return asked(lesson)


MADE: Mapping[str, Callable[[], Any]] = {"llama": _llama, "opt": _opt}


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """As transformers keeps a language model, in half precision."""
    tokenizer.chat_template = TEMPLATE
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
