"""Grounding DINO through transformers: a detector for whatever words name.

Each noun is a prompt of its own. In a prompt of several nouns all of them change what the model sees of the picture,
and the score of one would depend on what else an answer names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PIL import Image

from vlitqa.backends.model_files import model_folder, read_json_object, ready_device, require
from vlitqa.contracts.detectors import Detection
from vlitqa.contracts.tools import Picture
from vlitqa.errors import ToolMissing

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

GROUNDING_DINO = "IDEA-Research/grounding-dino-tiny"
_MODEL_TYPE = "grounding-dino"
_PARTS = {"backbone_config": "swin", "text_config": "bert"}
"""The settings of the two parts, and the kinds that are built by transformers alone."""
_PROCESSORS = ("processor_config.json", "preprocessor_config.json")
_THRESHOLD = 0.35
"""The least score of a box in the example of Grounding DINO's makers."""


@dataclass(frozen=True, slots=True, eq=False)
class GroundingDino:
    """A Grounding DINO that is ready to look, and the least score of what it calls found."""

    name: str
    model: Any
    processor: Any
    threshold: float = _THRESHOLD

    @property
    def picture_side(self) -> int:
        """The shorter edge that its pictures are scaled to."""
        return int(self.processor.image_processor.size["shortest_edge"])

    def find(self, picture: Picture, nouns: Sequence[str]) -> list[Detection | None]:
        """The surest box of each noun, None for a score below the threshold and for a word that it cannot read.

        Nothing is found in a picture that is less than a pixel wide when it is scaled.
        """
        height, width = picture.pixels.shape[:2]
        if max(height, width) > min(height, width) * self.processor.image_processor.size["longest_edge"]:
            return [None] * len(nouns)
        return [self._find(picture, noun) for noun in nouns]

    def _find(self, picture: Picture, noun: str) -> Detection | None:
        import torch

        prompt = f"{noun.strip().lower()}."
        inputs = self.processor(images=Image.fromarray(picture.pixels), text=prompt, return_tensors="pt")
        places = self._places_of_noun(inputs["input_ids"][0].tolist())
        if not places:
            return None
        with torch.no_grad():
            outputs = self.model(**inputs.to(self.model.device))
        scores = outputs.logits[0, :, places].sigmoid().mean(-1)  # (boxes,)
        best = int(scores.argmax())
        score = float(scores[best])
        if not score >= self.threshold:  # also of what is no number
            return None
        return Detection(score, _box_in_pixels(outputs.pred_boxes[0, best], picture))

    def _places_of_noun(self, token_ids: Sequence[int]) -> list[int]:
        """The places of a prompt's tokens without its full stop and the special ones.

        There are none for a word that the tokenizer does not know, or one of more tokens than the model reads.
        """
        tokenizer = self.processor.tokenizer
        if tokenizer.unk_token_id in token_ids or len(token_ids) > self.model.config.max_text_len:
            return []
        passed_over = {*tokenizer.all_special_ids, tokenizer.convert_tokens_to_ids(".")}
        return [place for place, token in enumerate(token_ids) if token not in passed_over]


def load_detector(source: str, *, threshold: float = _THRESHOLD) -> GroundingDino:
    """Loads a Grounding DINO from a folder or from the cache of the hub; nothing is fetched, and no code of it is run.

    Raises ToolMissing for what is missing, partial or unsafe, with the repair.
    """
    require("torch", "transformers", "torchvision", "huggingface_hub")
    folder = model_folder(source)
    _refuse_other_kinds(folder, source)
    import transformers

    place, library = ready_device(), cast(Any, transformers)
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()  # it would be drawn over our own
    safe = {"local_files_only": True, "trust_remote_code": False}
    try:
        model, report = library.GroundingDinoForObjectDetection.from_pretrained(
            folder, output_loading_info=True, use_safetensors=True, disable_custom_kernels=True, **safe
        )
        processor = library.GroundingDinoProcessor.from_pretrained(folder, **safe)
    except Exception as error:  # noqa: BLE001 - safetensors, torch and transformers each raise their own
        raise ToolMissing(f"{source} cannot be loaded ({error})", repair="Fetch it again, or name another.") from None
    if report["missing_keys"]:  # transformers has drawn them at random
        raise ToolMissing(f"the weights of {source} lack {min(report['missing_keys'])}", repair="Fetch it again.")
    return GroundingDino(f"Grounding DINO of {source}", model.float().eval().to(place), processor, threshold)


def _refuse_other_kinds(folder: Path, source: str) -> None:
    """Raises ToolMissing for a folder that holds another model, no processor, or a part that comes from elsewhere."""
    config = read_json_object(folder / "config.json")
    if config.get("model_type") != _MODEL_TYPE:
        raise ToolMissing(f"{source} is no Grounding DINO", repair=f"Such as {GROUNDING_DINO}.")
    if not any((folder / name).is_file() for name in _PROCESSORS):
        raise ToolMissing(f"{folder} has no {_PROCESSORS[-1]}", repair=f"hf download {source}")
    foreign = next((part for part, kind in _PARTS.items() if _kind_of(config, part, kind) != kind), "")
    if foreign or isinstance(config.get("backbone"), str):
        raise ToolMissing(
            f"{folder / 'config.json'} takes its {foreign or 'backbone'} from elsewhere",
            repair=f"Name one with a Swin and a BERT of its own, such as {GROUNDING_DINO}.",
        )


def _kind_of(config: Mapping[str, Any], part: str, default: str) -> object:
    """The kind of a part of the model; the default of transformers where its settings name none."""
    settings = config.get(part)
    return settings.get("model_type", default) if isinstance(settings, dict) else default


def _box_in_pixels(box: Tensor, picture: Picture) -> tuple[float, float, float, float]:
    """A box of a centre and two lengths, as shares of the picture, by its edges in pixels inside it.  # (4,)"""
    shares = box.double().cpu().numpy()  # (4,)
    halves = shares[2:] / 2  # (2,)
    corners = np.concatenate((shares[:2] - halves, shares[:2] + halves)).clip(0, 1)  # (4,)
    lengths = np.array([picture.width, picture.height] * 2)  # (4,)
    left, upper, right, lower = map(float, corners * lengths)
    return left, upper, right, lower
