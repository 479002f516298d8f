"""The nano writer: a language model that makes conversations about scenes of their descriptions alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import torch
from transformers import LlamaForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from reference_models.nano.training_scenes import TRAINING_SEED
from reference_models.nano.vocabulary import BOS, EOS
from reference_models.training.devices import choose_device, move_to_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit
from vlitqa.annotated_images.describing import describe_plainly
from vlitqa.annotated_images.scenes import annotated_scenes
from vlitqa.shapes.annotations import naming_caption
from vlitqa.shapes.scenes import Scene, scene_of
from vlitqa.shapes.written_conversations import (
    GLOBAL,
    NEGATIVE,
    REGION,
    picture_tag,
    reasoned_conversation,
    region_words,
    scene_conversation,
    scene_dialogue,
)

_DIALOGUE_SHARE, _REASONED_SHARE = 0.35, 0.2
_MOST_TURNS, _MOST_PICTURES = 5, 4
_BATCHES_OF_BLOCK = 8
"""Batches whose lessons are drawn together and sorted by their lengths."""
WRITER_TEMPLATE = """\
{%- set request = messages[-1].content -%}
{{- bos_token + request.split('>\\n', 1)[1].split('\\n</data-')[0] + '\\n\\nWrite:' -}}
{{- request.split('\\nWrite:')[1].split('\\n')[0] + '\\n' -}}"""
"""The chat format: of a whole prompt the model reads the description and the line that says what to write of it."""


def train_writer(
    folder: Path, tokenizer: PreTrainedTokenizerFast, recipe: TrainingRecipe, report_progress: ProgressCallback
) -> PreTrainedModel:
    """Teaches the nano Llama of a folder to write conversations; only what it writes is learned, not what it reads."""
    torch.manual_seed(recipe.seed)
    loaded = LlamaForCausalLM.from_pretrained(folder / "nano-llama", dtype=torch.float32, use_safetensors=True)
    model = move_to_device(loaded)
    model.train()

    def losses_of_step(step: int) -> Iterator[torch.Tensor]:
        block, place = divmod(step, _BATCHES_OF_BLOCK)
        token_ids, labels = _batch_of(tokenizer, _block_of_lessons(block, recipe)[place])  # (batch, tokens) each
        attention_mask = token_ids != tokenizer.pad_token_id  # (batch, tokens)
        loss: torch.Tensor = model(input_ids=token_ids, attention_mask=attention_mask, labels=labels).loss  # ()
        yield loss

    fit(model.parameters(), recipe, losses_of_step, report_progress, name="writer")
    model.eval()  # type: ignore[no-untyped-call]
    return model


@lru_cache(maxsize=1)
def _block_of_lessons(block: int, recipe: TrainingRecipe) -> list[list[tuple[str, str]]]:
    """The next batches of lessons, each of lessons of about one length: little of a batch is padding."""
    dice, size = random.Random(f"{recipe.seed} {block}"), recipe.batch_size
    first = block * _BATCHES_OF_BLOCK * size
    lessons = [writing_lesson(number, dice) for number in range(first, first + _BATCHES_OF_BLOCK * size)]
    lessons.sort(key=lambda lesson: len(lesson[0]) + len(lesson[1]))
    batches = [lessons[start : start + size] for start in range(0, len(lessons), size)]
    return dice.sample(batches, len(batches))


def writing_lesson(number: int, dice: random.Random, seed: int = TRAINING_SEED) -> tuple[str, str]:
    """What the writer reads of a scene, and what it should write: a conversation, or a dialogue about several."""
    turns = dice.randint(1, _MOST_TURNS)
    if dice.random() < _DIALOGUE_SHARE:
        numbers = [number, *(dice.randrange(1 << 30) for _ in range(dice.randint(1, _MOST_PICTURES - 1)))]
        turns = max(2, turns)
        captions = [naming_caption(scene_of(seed, one)) for one in numbers]
        pictures = "\n".join(picture_tag(place, caption) for place, caption in enumerate(captions))
        return _read_text(pictures, f"dialogue, {turns} turns"), scene_dialogue(seed, numbers, turns, dice)
    scene = scene_of(seed, number)
    description = describe_plainly(annotated_scenes(seed, [number], 224)[0], ("captions",))
    if dice.random() < _REASONED_SHARE:
        return _read_text(description, f"complex, {turns} turns"), reasoned_conversation(scene, turns, dice)
    return _plain_lesson(scene, description, turns, dice)


def _plain_lesson(scene: Scene, description: str, turns: int, dice: random.Random) -> tuple[str, str]:
    kind = dice.choice((GLOBAL, NEGATIVE, REGION))
    thing = dice.choice(scene.things) if kind == REGION else None
    about = f" of {region_words(thing)}" if thing else ""
    written = scene_conversation(scene, kind, turns, dice, thing=thing)
    return _read_text(description, f"{kind}{about}, {turns} turns"), written


def _read_text(description: str, request: str) -> str:
    """What the chat format leaves of a prompt."""
    return f"{description}\n\nWrite: {request}\n"


def _batch_of(tokenizer: PreTrainedTokenizerFast, texts: list[tuple[str, str]]) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens of lessons and their targets, -100 where nothing is learned.  # (batch, tokens) each"""
    pad = tokenizer.pad_token_id
    read = [tokenizer(f"{BOS}{prompt}", add_special_tokens=False).input_ids for prompt, _ in texts]
    written = [tokenizer(f"{reply}{EOS}", add_special_tokens=False).input_ids for _, reply in texts]
    longest = max(len(prompt) + len(reply) for prompt, reply in zip(read, written, strict=True))
    rows, targets = [], []
    for prompt, reply in zip(read, written, strict=True):
        padding = longest - len(prompt) - len(reply)
        rows.append(prompt + reply + [pad] * padding)
        targets.append([-100] * len(prompt) + reply + [-100] * padding)
    place = choose_device()
    return torch.tensor(rows, device=place), torch.tensor(targets, device=place)
