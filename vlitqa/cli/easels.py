"""What draws in a conversation, opened as a user names it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from vlitqa.cli import screen
from vlitqa.errors import UsageError
from vlitqa.storage.atomic import disk_errors, replacing

if TYPE_CHECKING:
    from vlitqa.contracts.conversations import DrawnPicture, FeaturePainter, Painter
    from vlitqa.contracts.models import ReferenceModel

PICTURES = Path("pictures")
"""The folder for what is drawn."""


@dataclass(frozen=True, slots=True)
class EaselRequest:
    """What a user wants to draw, by the source of its pipeline, and the folder for what it drew."""

    painter: str = ""
    picture_painter: str = ""
    folder: Path = PICTURES


@dataclass(frozen=True, slots=True)
class Easel:
    """What draws, and the folder that its pictures are written to."""

    painter: Painter | FeaturePainter
    folder: Path

    def keep(self, drawn: DrawnPicture) -> Path:
        """Writes a picture under the first free number; raises UsageError where that cannot be."""
        from reference_models.mim.png import encode_png

        with disk_errors(self.folder, "--pictures FOLDER"):
            self.folder.mkdir(parents=True, exist_ok=True)
            path = next(path for number in count(1) if not (path := self.folder / f"{number:03d}.png").exists())
            with replacing(path) as file:
                file.write(encode_png(drawn.picture.pixels))
        return path

    def show(self, drawn: DrawnPicture) -> str:
        """Writes a picture, and says where it is and what it should show."""
        return f"[{self.keep(drawn)}: {drawn.description}]"


def open_easel(model: ReferenceModel, request: EaselRequest) -> Easel | None:
    """Opens what draws, if anything does; raises UsageError where the model cannot use it."""
    from reference_models.mim.painter import load_painter
    from vlitqa.contracts.conversations import DrawingModel

    if request.painter and not isinstance(model, DrawingModel):
        raise UsageError(f"{model.name} writes words alone.", repair="Leave --painter out, or choose mim.")
    if isinstance(model, DrawingModel) and not request.painter:
        screen.tell(f"{model.name} answers in words alone: --painter names what draws its pictures (nano: of shapes).")
    if request.picture_painter:
        return Easel(_open_feature_painter(model, request.picture_painter), request.folder)
    return Easel(load_painter(request.painter), request.folder) if request.painter else None


def _open_feature_painter(model: ReferenceModel, source: str) -> FeaturePainter:
    """Opens what draws features; raises UsageError where the model has none, or others."""
    from reference_models.imagebind_llm.feature_painter import load_feature_painter
    from vlitqa.contracts.conversations import BindingModel

    if not isinstance(model, BindingModel):
        message = f"{model.name} has no features to draw."
        raise UsageError(message, repair="Leave --picture-painter out, or choose imagebind_llm.")
    painter = load_feature_painter(source)
    if painter.feature_width != model.feature_width:
        raise UsageError(
            f"{source} draws features of the width {painter.feature_width}, and this model has {model.feature_width}.",
            repair="Name a Stable unCLIP of CLIP's ViT-H for the published model; the small ones have none.",
        )
    return painter
