"""Trains a sentence encoder on a user's own sentences, and keeps it as a folder that is read like any other."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlitqa.backends.encoders.encoder_recipe import FIRST, MEAN, POOLER, EncoderRecipe, pool, refuse_missing_weights
from vlitqa.backends.encoders.readable import readable
from vlitqa.backends.encoders.simcse import SimCSETraining, train_simcse
from vlitqa.backends.model_files import ready_device
from vlitqa.engines.threads import one_thread
from vlitqa.storage.places import cache_folder

if TYPE_CHECKING:
    from torch import Tensor

Report = Callable[[int, float], None]
"""Takes the number of a step and its loss."""
_VERSION = 1
"""Rises whenever the same training could give other weights."""
_NAMES = {MEAN: "minilm:{}", FIRST: "simcse:{}@unsup", POOLER: "simcse:{}@sup"}
"""By kind of pooling, the name by which a trained encoder is opened."""


def train_sentence_encoder(
    recipe: EncoderRecipe, texts: Sequence[str], training: SimCSETraining, report: Report
) -> str:
    """Trains an encoder and returns the name of the new tool; the same training is done once."""
    digest = hashlib.sha256(repr((_VERSION, recipe.fingerprint(), astuple(training))).encode())
    for text in texts:
        digest.update(text.encode("utf-8", "replace") + b"\0")
    folder = cache_folder() / "simcse" / digest.hexdigest()[:16]
    if not folder.is_dir():
        unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
        try:
            _train(recipe, texts, training, report, unfinished)
            try:
                unfinished.replace(folder)
            except OSError:
                if not folder.is_dir():  # another run was as quick
                    raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return _NAMES[recipe.pooling].format(folder)


def _train(recipe: EncoderRecipe, texts: Sequence[str], training: SimCSETraining, report: Report, folder: Path) -> None:
    import torch
    import transformers

    library: Any = transformers  # parts of it have no types
    library.logging.set_verbosity_error()
    library.logging.disable_progress_bar()
    torch.manual_seed(training.seed)
    safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = library.AutoTokenizer.from_pretrained(recipe.folder, **safe)
    safe |= {"use_safetensors": True, "output_loading_info": True}
    model, info = library.AutoModel.from_pretrained(recipe.folder, dtype=torch.float32, **safe)
    refuse_missing_weights(recipe, info)
    model.to(ready_device()).train()
    width = model.config.hidden_size
    # the first token is trained through a layer that is thrown away afterwards; other kinds of pooling need none
    head: torch.nn.Module = torch.nn.Identity()
    if recipe.pooling == FIRST:
        head = torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.Tanh()).to(model.device)

    def encode(batch: Sequence[str]) -> Tensor:
        cut = {"truncation": True, "max_length": training.max_tokens, "padding": True, "return_tensors": "pt"}
        tokens = tokenizer([readable(text) for text in batch], **cut).to(model.device)  # (texts, tokens)
        vectors: Tensor = head(pool(model(**tokens), tokens["attention_mask"], recipe.pooling))  # (texts, width)
        return vectors

    parameters = [*model.parameters(), *head.parameters()]
    with one_thread():
        for step, loss in enumerate(train_simcse(encode, parameters, texts, training), start=1):
            report(step, loss)
    folder.mkdir(parents=True)
    for part in (model, tokenizer):
        part.save_pretrained(folder)
