"""`vlitqa visual-cache`: the images of a folder, embedded for an ImageBind-LLM."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from vlitqa.cli import screen
from vlitqa.errors import UsageError

_SHOWN = 10
"""The images that are left out and named on the screen."""

_Folder = Annotated[Path, typer.Argument(help="Folder of images; all images below it are embedded.")]
_Model = Annotated[
    str, typer.Option("--model", help="Folder of an ImageBind-LLM that `vlitqa tune` wrote, or imagebind_llm.")
]
_Preset = Annotated[
    str, typer.Option("--preset", help="Where a named model begins, as in `vlitqa tune`: paper, nano, tiny, a folder.")
]
_Output = Annotated[Path, typer.Option("--output", help="File to write, such as cache.safetensors.")]


def visual_cache(*, folder: _Folder, model: _Model, output: _Output, preset: _Preset = "paper") -> None:
    """Embed the images of a folder, to which `vlitqa chat --visual-cache` brings sounds and the like closer."""
    from vlitqa.api.progress import image_progress
    from vlitqa.backends.model_files import require
    from vlitqa.cli.model_opening import open_reference
    from vlitqa.storage.atomic import disk_errors

    require("torch", "transformers", "faiss")
    from reference_models.imagebind_llm.cache_building import CachedFolder
    from reference_models.imagebind_llm.visual_cache import is_visual_cache

    images = CachedFolder.find(folder)
    if output.is_symlink() or (output.exists() and not is_visual_cache(output)):
        message = f"{output} is there already, and is no visual cache."
        raise UsageError(message, repair="Name another file: --output FILE.")
    with disk_errors(output.parent):
        output.parent.mkdir(parents=True, exist_ok=True)
    reference, _ = open_reference(model, preset)
    with image_progress(folder.name, len(images.names)) as observe:
        cache = images.build(reference, observe)
    cache.save(output)
    _tell_left_out(images.left_out)
    screen.tell(f"{output}: {screen.counted(len(cache), 'image')}, {cache.width} numbers each.")


def _tell_left_out(reasons: Mapping[str, str]) -> None:
    """Says how many images are left out, and why the first of them are."""
    if not reasons:
        return
    screen.tell(f"{screen.counted(len(reasons), 'image')} left out:")
    for name, reason in islice(reasons.items(), _SHOWN):
        screen.tell(f"  {name}: {reason}")
    if len(reasons) > _SHOWN:
        screen.tell(f"  and {len(reasons) - _SHOWN:,} more")
