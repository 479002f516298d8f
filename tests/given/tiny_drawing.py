"""A tiny MIM that has learned to draw."""

from __future__ import annotations

from reference_models.mim.model import Mim
from reference_models.mim.presets import make_tiny_mim
from reference_models.training.packing import batch_rows
from reference_models.training.recipe import TrainingRecipe
from reference_models.training.trainer import fit
from reference_models.training.tuning import train_only
from tests.given.tiny_dialogues import BLACK, WHITE, plain_picture
from vlitqa.records import ImageRef, Record, Turn


def drawing_of(*captions: str, answer: str = "Look:  it is.") -> Record:
    """A question about a picture, answered by words with one picture for each caption among them."""
    images = (ImageRef("asked.png"), *(ImageRef(f"{caption}.png", caption=caption) for caption in captions))
    drawn = tuple(range(1, len(images)))
    offsets = tuple(6 + number for number in range(len(captions)))
    return Record((Turn("Draw it.", answer, (0,), drawn, (), offsets),), images)


def make_drawing_mim() -> Mim:
    """A model that has learned to draw `dark` for black and `light` for white, and to say that it did."""
    model = make_tiny_mim(seed=3)
    records = [drawing_of("dark", answer="Here:  was black."), drawing_of("light", answer="Here:  was white.")]
    documents = [model.document(record) for record in records]
    pixels = [model.pixels(plain_picture(shade)) for shade in (BLACK, BLACK, WHITE, WHITE)]
    batch = batch_rows([documents], pixels)
    trained = train_only(model, "tuning")
    recipe = TrainingRecipe(steps=150, batch_size=2, optimizer="adamw", learning_rate=3e-3)
    fit(trained.values(), recipe, lambda _step: [model.losses(batch).mean()], list[str]().append, name="drawing")
    model.module.eval()
    return model
