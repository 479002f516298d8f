"""Trains a sentence encoder on a user's own sentences, and keeps it as a folder that is read like any other."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from vlitqa.backends.encoders.sentences import CHARACTER_CAP, FIRST, MEAN, POOLER, Recipe, pooled, refuse_absent
from vlitqa.backends.encoders.simcse import Training, train
from vlitqa.backends.model_files import ready_device
from vlitqa.engines.threads import one_thread
from vlitqa.storage.places import cache_folder

_VERSION = 1
"""Rises whenever the same training could give other weights."""
_NAMES = {MEAN: "minilm:{}", FIRST: "simcse:{}@unsup", POOLER: "simcse:{}@sup"}
"""How a trained encoder is named, by what is read of it."""


def tuned(recipe: Recipe, texts: Sequence[str], training: Training, tell: Callable[[int, float], None]) -> str:
    """The name of the tool that training makes of another; the same training is done once. Tells step and loss."""
    said = hashlib.sha256(repr((_VERSION, recipe.fingerprint(), astuple(training))).encode())
    for text in texts:
        said.update(text.encode("utf-8", "replace") + b"\0")
    folder = cache_folder() / "simcse" / said.hexdigest()[:16]
    if not folder.is_dir():
        unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
        try:
            _train(recipe, texts, training, tell, unfinished)
            try:
                unfinished.replace(folder)
            except OSError:
                if not folder.is_dir():  # another run was as quick
                    raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return _NAMES[recipe.pooling].format(folder)


def _train(
    recipe: Recipe, texts: Sequence[str], training: Training, tell: Callable[[int, float], None], folder: Path
) -> None:
    import torch
    import transformers

    library: Any = transformers  # parts of it have no types
    library.logging.set_verbosity_error()
    library.logging.disable_progress_bar()
    torch.manual_seed(training.seed)
    safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = library.AutoTokenizer.from_pretrained(recipe.folder, **safe)
    safe |= {"use_safetensors": True, "output_loading_info": True}
    model, loaded = library.AutoModel.from_pretrained(recipe.folder, dtype=torch.float32, **safe)
    refuse_absent(recipe, loaded)
    model.to(ready_device()).train()
    width = model.config.hidden_size
    # the first token is trained through a layer that is thrown away afterwards; what is read otherwise needs none
    layer: Any = torch.nn.Identity()
    if recipe.pooling == FIRST:
        layer = torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.Tanh()).to(model.device)

    def encode(chosen: Sequence[str]) -> Any:
        read = [text[:CHARACTER_CAP].encode("utf-8", "replace").decode() for text in chosen]
        cut = {"truncation": True, "max_length": training.room, "padding": True, "return_tensors": "pt"}
        tokens = tokenizer(read, **cut).to(model.device)
        return layer(pooled(model(**tokens), tokens["attention_mask"], recipe.pooling))

    parameters = [*model.parameters(), *layer.parameters()]
    with one_thread():
        for step, loss in enumerate(train(encode, parameters, texts, training), start=1):
            tell(step, loss)
    folder.mkdir(parents=True)
    for part in (model, tokenizer):
        part.save_pretrained(folder)
