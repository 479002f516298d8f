"""What the queries of a Q-Former learn before any word: each tells what stands in one place, or a fact of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import Linear, ModuleList
from transformers import PreTrainedTokenizerFast

from reference_models.mim.network import MimNetwork
from reference_models.nano.encoder import render_pixels
from reference_models.nano.patch_words import tokens_of_classes
from reference_models.nano.scene_labels import CLASS_COUNTS, LABEL_CLASSES, QUERY_OF_LABEL, scene_labels
from reference_models.nano.tower import attribute_loss
from reference_models.nano.training_scenes import training_scenes
from reference_models.training.devices import choose_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit


def teach_queries(
    network: MimNetwork,
    tokenizer: PreTrainedTokenizerFast,
    recipe: TrainingRecipe,
    report_progress: ProgressCallback,
) -> None:
    """Trains queries, Q-Former and projection until the likeliest words of a projected query are those it has to tell.

    A linear layer for each label learns to tell it too, and whether there is anything: a place without words is empty.
    """
    width = network.qformer.config.hidden_size
    classifiers = ModuleList(Linear(width, count) for count in CLASS_COUNTS).to(choose_device())
    word_table = cast(Tensor, network.language_model.get_input_embeddings().weight).detach()  # (vocabulary, width)
    tokens = tokens_of_classes(tokenizer, LABEL_CLASSES)  # (labels, classes)

    def losses_of_step(step: int) -> Iterator[Tensor]:
        scenes = training_scenes(step, recipe.batch_size)
        labels = np.stack([scene_labels(scene) for scene in scenes])  # (scenes, labels)
        pixels = torch.from_numpy(render_pixels(scenes)).to(choose_device())  # (scenes, 3, side, side)
        gathered = network.gather(pixels)  # (scenes, queries, width)
        targets = torch.from_numpy(labels).to(choose_device())  # (scenes, labels)
        losses = [
            attribute_loss(classifier(gathered[:, query]), targets[:, number])  # ()
            for number, (query, classifier) in enumerate(zip(QUERY_OF_LABEL, classifiers, strict=True))
        ]
        words = torch.from_numpy(tokens[np.arange(len(LABEL_CLASSES)), labels]).to(choose_device())  # (scenes, labels)
        chances = (network.qformer_projection(gathered) @ word_table.T).log_softmax(-1)  # (scenes, queries, vocabulary)
        of_words = chances[:, QUERY_OF_LABEL].gather(2, words.clamp(min=0)[..., None])[..., 0]  # (scenes, labels)
        is_word = words >= 0  # (scenes, labels)
        counts = is_word.sum(0).clamp(min=1)  # (labels,)
        yield torch.stack(losses).sum() - ((of_words * is_word).sum(0) / counts).sum()  # ()

    between = (*network.qformer.parameters(), *network.qformer_projection.parameters())
    trained = [network.query_tokens, *between, *classifiers.parameters()]
    fit(trained, recipe, losses_of_step, report_progress, name="queries")
