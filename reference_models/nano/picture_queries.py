"""What the queries of a Q-Former learn before any word: each tells what stands in one place, or a fact of the whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import Linear, ModuleList

from reference_models.mim.network import MimNetwork
from reference_models.nano.encoder import render_pixels
from reference_models.nano.scene_labels import CLASS_COUNTS, QUERY_OF_LABEL, scene_labels
from reference_models.nano.tower import attribute_loss
from reference_models.nano.training_scenes import training_scenes
from reference_models.training.devices import choose_device
from reference_models.training.recipe import ProgressCallback, TrainingRecipe
from reference_models.training.trainer import fit


def teach_queries(network: MimNetwork, recipe: TrainingRecipe, report_progress: ProgressCallback) -> None:
    """Trains queries and Q-Former until a linear layer can tell from each query what is its to tell.

    A language model that reads such queries has only to learn their words.
    """
    width = network.qformer.config.hidden_size
    classifiers = ModuleList(Linear(width, count) for count in CLASS_COUNTS).to(choose_device())

    def losses_of_step(step: int) -> Iterator[Tensor]:
        scenes = training_scenes(step, recipe.batch_size)
        labels = torch.from_numpy(np.stack([scene_labels(scene) for scene in scenes])).to(choose_device())
        # (scenes, labels)
        pixels = torch.from_numpy(render_pixels(scenes)).to(choose_device())  # (scenes, 3, side, side)
        gathered = network.gather(pixels)  # (scenes, queries, width)
        losses = [
            attribute_loss(classifier(gathered[:, query]), labels[:, number])  # ()
            for number, (query, classifier) in enumerate(zip(QUERY_OF_LABEL, classifiers, strict=True))
        ]
        yield torch.stack(losses).sum()  # ()

    trained = [network.query_tokens, *network.qformer.parameters(), *classifiers.parameters()]
    fit(trained, recipe, losses_of_step, report_progress, name="queries")
