"""The nano judge, in LLaVA's shape: it answers questions about a picture, and tells right answers from wrong ones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy, softplus
from transformers import (
    CLIPImageProcessor,
    CLIPVisionModel,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from reference_models.nano.encoder import PIXEL_MEAN, PIXEL_STD, render_pixels
from reference_models.nano.language import ARCHITECTURES, CHAT_TEMPLATE
from reference_models.nano.lesson_segments import segments_of
from reference_models.nano.lessons import Lesson, add_negative_words, lessons_about
from reference_models.nano.packing import PackedSequences, Segment, pack_segments
from reference_models.nano.tower import FEATURE_WIDTH, PATCH_SIZE, train_patch_features
from reference_models.nano.training_scenes import TRAINING_SEED, training_numbers, training_scenes
from reference_models.nano.vocabulary import BOS, IMAGE_TOKEN, token_id
from reference_models.training.devices import choose_device, move_to_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import CAPTION_TEMPLATES
from vlitqa.shapes.drawing import SMALL
from vlitqa.shapes.scenes import scene_of

PATCH_COUNT = (SMALL // PATCH_SIZE) ** 2
ERROR_HEAD_LAYER = 4
"""The layer from which the error head reads; later layers can then add up what this one knows."""
_PROJECTOR_SHARE, _PROJECTOR_BATCH_SIZE = 0.04, 64
"""The steps that train the projector alone, before all others, as a share of the recipe's; and their batch size."""
_CAPTION_SHARE, _CAPTION_BATCH_FACTOR = 0.08, 2
"""The share of steps that teach captions and no verdicts; and how many times larger their batches are."""
_LESSONS_PER_PICTURE, _LESSONS_BESIDE_CAPTION = 6, 4


def train_judge(
    folder: Path, tokenizer: PreTrainedTokenizerFast, recipe: TrainingRecipe, report_progress: ProgressCallback
) -> LlavaForConditionalGeneration:
    """Trains a LLaVA on the tower that a folder holds: first the projector, then the projector and a new Llama."""
    torch.manual_seed(recipe.seed)
    tower = CLIPVisionModel.from_pretrained(folder / "nano-tower", local_files_only=True)
    model = move_to_device(assemble_llava(tower, ARCHITECTURES["llama"]()))
    model.train()
    model.model.vision_tower.eval().requires_grad_(requires_grad=False)
    _train_projector(model, recipe, report_progress)
    dice = random.Random(recipe.seed)
    error_head = torch.nn.Linear(FEATURE_WIDTH, 1).to(choose_device())

    def losses_of_step(step: int) -> Iterator[torch.Tensor]:
        is_captioning = step < _CAPTION_SHARE * recipe.steps
        batch_size = recipe.batch_size * (_CAPTION_BATCH_FACTOR if is_captioning else 1)
        draw_lessons = _draw_caption_lessons if is_captioning else _draw_lessons
        rows = [
            segments_of(draw_lessons(number, dice), tokenizer, dice, answers_only=is_captioning)
            for number in training_numbers(step, batch_size)
        ]
        yield loss_of_segments(model, error_head, render_pixels(training_scenes(step, batch_size)), rows)  # ()

    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    fit([*trainable, *error_head.parameters()], recipe, losses_of_step, report_progress, name="judge")
    model.eval()  # type: ignore[no-untyped-call]
    return model


def save_judge(model: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Saves a judge in half precision, with its tokenizer and image processor, as transformers loads them."""
    tokenizer.chat_template = CHAT_TEMPLATE
    image_processor = CLIPImageProcessor(
        size={"shortest_edge": SMALL},
        crop_size={"height": SMALL, "width": SMALL},
        image_mean=[PIXEL_MEAN] * 3,
        image_std=[PIXEL_STD] * 3,
    )
    processor = LlavaProcessor(  # type: ignore[no-untyped-call]
        image_processor,
        tokenizer,
        patch_size=PATCH_SIZE,
        vision_feature_select_strategy="default",
        chat_template=CHAT_TEMPLATE,
        num_additional_image_tokens=1,
    )
    model.half().save_pretrained(folder)  # type: ignore[no-untyped-call]
    processor.save_pretrained(folder)


def assemble_llava(tower: CLIPVisionModel, language_model: PreTrainedModel) -> LlavaForConditionalGeneration:
    """Joins copies of a tower and a language model by a projector that is not trained yet."""
    config = LlavaConfig(
        vision_config=tower.config,
        text_config=language_model.config,
        image_token_index=token_id(IMAGE_TOKEN),
        image_seq_length=PATCH_COUNT,
        vision_feature_layer=-1,
        tie_word_embeddings=True,
    )
    model = LlavaForConditionalGeneration(config)
    model.model.vision_tower.load_state_dict(tower.state_dict())
    model.model.language_model.load_state_dict(language_model.base_model.state_dict())
    model.tie_weights()
    return model


def loss_of_segments(
    model: LlavaForConditionalGeneration,
    error_head: torch.nn.Linear,
    pixels: NDArray[np.float32],
    rows: Sequence[Sequence[Segment]],
) -> torch.Tensor:
    """The language modelling loss of the segments about each picture, plus the loss of the error head.

    The error head is an auxiliary linear layer: at every token of an answer it predicts from an early layer whether the
    answer is wrong so far. Its logit is positive where it is.
    """
    device = choose_device()
    packed = pack_segments(rows, 1 + PATCH_COUNT)
    last_states, early_states = _hidden_states(model, torch.from_numpy(pixels).to(device), packed)
    positions = packed.loss_positions()
    predictors = last_states[positions.rows, positions.columns]  # (counted, width)
    targets = torch.from_numpy(packed.token_ids[positions.rows, positions.columns + 1]).to(device)  # (counted,)
    losses = cross_entropy(model.lm_head(predictors), targets, reduction="none")  # (counted,)
    weights = torch.from_numpy(positions.weights).to(device)  # (counted,)
    labelled = np.nonzero(packed.correctness)  # rows and columns, (labelled,) each
    correctness = torch.from_numpy(packed.correctness[labelled]).to(device)  # (labelled,)
    error_logits = error_head(early_states[labelled])[:, 0]  # (labelled,)
    error_loss = softplus(correctness * error_logits).mean()  # ()
    return (losses * weights).sum() / weights.sum() + error_loss  # ()


def _hidden_states(
    model: LlavaForConditionalGeneration, pixels: torch.Tensor, packed: PackedSequences
) -> tuple[torch.Tensor, torch.Tensor]:
    """The states of the segments' tokens in the last layer and in that of the error head."""
    device, rows = choose_device(), len(packed.token_ids)
    embed = model.get_input_embeddings()
    begin = embed(torch.full((rows, 1), token_id(BOS), device=device))  # (rows, 1, width)
    tower, projector = model.model.vision_tower, model.model.multi_modal_projector
    patches = project_patches(tower, projector, pixels)  # (rows, patches, width)
    tokens = embed(torch.from_numpy(packed.token_ids).to(device))  # (rows, longest, width)
    output = model.model.language_model(
        inputs_embeds=torch.cat([begin, patches, tokens], dim=1),  # (rows, image_length + longest, width)
        attention_mask=torch.from_numpy(packed.attention_mask()).to(device),
        position_ids=torch.from_numpy(packed.position_ids).to(device),
        output_hidden_states=True,
    )
    layers = output.last_hidden_state, output.hidden_states[ERROR_HEAD_LAYER]
    last_states, early_states = (states[:, packed.image_length :] for states in layers)  # (rows, longest, width)
    return last_states, early_states


def project_patches(tower: PreTrainedModel, projector: torch.nn.Module, pixels: torch.Tensor) -> torch.Tensor:
    """The projected features of all patches, as the language model reads them; the tower gets no gradient."""
    with torch.no_grad():
        features = tower(pixels).last_hidden_state[:, 1:]  # (pictures, patches, width)
    projected: torch.Tensor = projector(features)  # (pictures, patches, width)
    return projected


def _train_projector(
    model: LlavaForConditionalGeneration, recipe: TrainingRecipe, report_progress: ProgressCallback
) -> None:
    """Trains the projector to keep what the tower knows of each patch."""
    projector = model.model.multi_modal_projector
    steps = max(1, round(_PROJECTOR_SHARE * recipe.steps))
    train_patch_features(
        projector,
        partial(project_patches, model.model.vision_tower, projector),
        replace(recipe, steps=steps, batch_size=_PROJECTOR_BATCH_SIZE),
        report_progress,
        name="projector",
    )


def _draw_lessons(number: int, dice: random.Random) -> list[Lesson]:
    """Draws the lessons about one picture."""
    return lessons_about(number, _LESSONS_PER_PICTURE, dice)


def _draw_caption_lessons(number: int, dice: random.Random) -> list[Lesson]:
    """Draws the lessons about one picture while captions are taught: the whole caption, and a few others."""
    scene = scene_of(TRAINING_SEED, number)
    caption = Lesson(
        scene_number=number,
        kind="detail",
        instruction=dice.choice(CAPTION_TEMPLATES),
        answer=caption_of(scene),
        is_right=True,
    )
    return [add_negative_words(caption, scene, dice), *lessons_about(number, _LESSONS_BESIDE_CAPTION, dice)]
