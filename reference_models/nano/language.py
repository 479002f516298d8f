"""Nano language models in the shapes of Llama and OPT: they know the shapes world and grade its instructions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from reference_models.nano.lessons import Lesson, lessons_about
from reference_models.nano.training_scenes import TRAINING_SEED, training_numbers
from reference_models.nano.vocabulary import BOS, EOS, PAD, VOCABULARY_SIZE, token_id
from reference_models.training.devices import choose_device, move_to_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit
from vlitqa.metrics.rubrics import sample_of
from vlitqa.records import Turn
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.grades import GRADES
from vlitqa.shapes.scenes import scene_of

CONTEXT_LENGTH = 1024
_WIDTH = 128
_CONFIG = {
    "vocab_size": VOCABULARY_SIZE,
    "hidden_size": _WIDTH,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "max_position_embeddings": CONTEXT_LENGTH,
    "bos_token_id": token_id(BOS),
    "eos_token_id": token_id(EOS),
    "pad_token_id": token_id(PAD),
}
JUDGEMENT_CUE, GRADE_CUE = "\nRight?\n", "\nGrade?\n"
"""The words after which a model judges an answer, or grades an instruction."""
_CAPTION_SHARE, _GRADED_SHARE = 0.2, 0.4
"""The shares of captions among all texts, and of graded lessons among drawn lessons."""
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
CHAT_TEMPLATE = _TEMPLATE.replace("JUDGE", json.dumps(JUDGEMENT_CUE)).replace("GRADE", json.dumps(GRADE_CUE))
"""The chat format: a judge's rubric is left out, because these models know no other; all else is an instruction."""


def train_language_model(
    name: str, tokenizer: PreTrainedTokenizerFast, recipe: TrainingRecipe, report_progress: ProgressCallback
) -> PreTrainedModel:
    """Trains a language model on captions, instructions with right answers, and their grades."""
    torch.manual_seed(recipe.seed)
    model = move_to_device(ARCHITECTURES[name]())
    model.train()
    dice = random.Random(recipe.seed)

    def losses_of_step(step: int) -> Iterator[torch.Tensor]:
        numbers = training_numbers(step, recipe.batch_size)
        texts = [f"{BOS}{_draw_text(number, dice)}{EOS}" for number in numbers]
        batch = tokenizer(texts, add_special_tokens=False, padding=True, return_tensors="pt").to(choose_device())
        token_ids, attention_mask = batch.input_ids, batch.attention_mask  # (batch, tokens)
        labels = token_ids.masked_fill(attention_mask == 0, -100)  # (batch, tokens)
        loss: torch.Tensor = model(input_ids=token_ids, attention_mask=attention_mask, labels=labels).loss  # ()
        yield loss

    fit(model.parameters(), recipe, losses_of_step, report_progress, name=name)
    model.eval()  # type: ignore[no-untyped-call]
    return model


def save_language_model(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path, chat_template: str = CHAT_TEMPLATE
) -> None:
    """Saves a language model in half precision, with its tokenizer and its chat format, as transformers loads them."""
    tokenizer.chat_template = chat_template
    model.half().save_pretrained(folder)  # type: ignore[no-untyped-call]
    tokenizer.save_pretrained(folder)


def lesson_text(lesson: Lesson) -> str:
    """The instruction and the answer of a lesson, as a judge reads them."""
    return sample_of(Turn(lesson.instruction, lesson.answer))


def graded_text(lesson: Lesson) -> str:
    """The text of a lesson with the grade of its instruction."""
    return f"{lesson_text(lesson)}{GRADE_CUE}{judge_reply(str(GRADES[lesson.kind]))}"


def judge_reply(verdict: str) -> str:
    """The JSON in which a judge gives a verdict."""
    return f'{{"answer": "{verdict}"}}'


def _draw_text(number: int, dice: random.Random) -> str:
    if dice.random() < _CAPTION_SHARE:
        return caption_of(scene_of(TRAINING_SEED, number))
    while True:
        lesson = lessons_about(number, 1, dice)[0]
        if dice.random() < _GRADED_SHARE:
            return graded_text(lesson)
        if lesson.is_right:
            return lesson_text(lesson)


def _make_llama() -> LlamaForCausalLM:
    settings = {**_CONFIG, "intermediate_size": 3 * _WIDTH, "tie_word_embeddings": True}
    return LlamaForCausalLM(LlamaConfig.from_dict(settings))


def _make_opt() -> OPTForCausalLM:
    settings = {**_CONFIG, "word_embed_proj_dim": _WIDTH, "ffn_dim": 4 * _WIDTH, "dropout": 0.0}
    return OPTForCausalLM(OPTConfig.from_dict(settings))


ARCHITECTURES: Mapping[str, Callable[[], PreTrainedModel]] = {"llama": _make_llama, "opt": _make_opt}
"""The language models by name, each made without any training."""
