"""Patches in words: a projector learns to put each patch near the embeddings of the words for what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast

from reference_models.nano.encoder import render_pixels
from reference_models.nano.tower import PATCH_CLASSES, patch_labels
from reference_models.nano.training_scenes import training_scenes
from reference_models.training.devices import choose_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit


def teach_patch_words(
    network: LlavaForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    recipe: TrainingRecipe,
    report_progress: ProgressCallback,
) -> None:
    """Trains a projector until the likeliest words of a projected patch are those for what it shows.

    A language model that reads the words of a picture has only to learn where they stand.
    """
    tower: Module = network.model.vision_tower
    projector: Module = network.model.multi_modal_projector
    word_table = cast(Tensor, network.get_input_embeddings().weight).detach()  # (vocabulary, width)
    tokens_of_class = tokens_of_classes(tokenizer, list(PATCH_CLASSES.values()))  # (attributes, classes)

    def losses_of_step(step: int) -> Iterator[Tensor]:
        scenes = training_scenes(step, recipe.batch_size)
        labels = np.stack([patch_labels(scene) for scene in scenes])  # (batch, attributes, patches)
        words = tokens_of_class[np.arange(labels.shape[1])[None, :, None], labels]  # (batch, attributes, patches)
        targets = torch.from_numpy(words).to(choose_device())
        pixels = torch.from_numpy(render_pixels(scenes)).to(choose_device())  # (batch, 3, side, side)
        with torch.no_grad():
            features = tower(pixels).last_hidden_state[:, 1:]  # (batch, patches, width)
        chances = (projector(features) @ word_table.T).log_softmax(-1)  # (batch, patches, vocabulary)
        chosen = chances.gather(2, targets.clamp(min=0).transpose(1, 2))  # (batch, patches, attributes)
        is_named = (targets >= 0).transpose(1, 2)  # (batch, patches, attributes)
        counts = is_named.sum((0, 1)).clamp(min=1)  # (attributes,)
        yield -(
            (chosen * is_named).sum((0, 1)) / counts
        ).mean()  # ()  # few patches show a letter, and all a background

    fit(projector.parameters(), recipe, losses_of_step, report_progress, name="patch words")


def tokens_of_classes(
    tokenizer: PreTrainedTokenizerFast, classes_of_labels: Sequence[Sequence[str]]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The token of the word for every class of every label, from 1; -1 where a class is no single token.

    # (labels, classes)
    """
    tokens = np.full((len(classes_of_labels), 1 + max(map(len, classes_of_labels))), -1, np.int64)  # (labels, classes)
    for label, words in enumerate(classes_of_labels):
        for number, word in enumerate(words, 1):
            ids = tokenizer(f" {word}", add_special_tokens=False).input_ids
            if len(ids) == 1:
                tokens[label, number] = ids[0]
    return tokens
