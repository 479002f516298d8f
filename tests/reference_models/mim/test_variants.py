"""The paper's first two variants: hidden states draw pictures, and learn from captions that are not written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("diffusers", reason="pip install 'vlitqa[models]'")

from reference_models.mim.loading import load_mim  # noqa: E402
from reference_models.mim.mediums import RUNS, Medium  # noqa: E402
from reference_models.mim.model import Mim  # noqa: E402
from reference_models.mim.painter import DiffusionPainter, DrawingSettings, load_painter  # noqa: E402
from reference_models.mim.presets import make_tiny_mim  # noqa: E402
from reference_models.mim.variants import draw_by_states  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from reference_models.training.recipe import TrainingRecipe  # noqa: E402
from reference_models.training.trainer import fit  # noqa: E402
from reference_models.training.tuning import train_only  # noqa: E402
from tests.given.tiny_dialogues import BLACK, WHITE, plain_picture, prompt_of  # noqa: E402
from tests.given.tiny_drawing import drawing_of  # noqa: E402
from tests.given.tiny_pipelines import save_tiny_sd  # noqa: E402
from vlitqa.contracts.conversations import DrawnPicture  # noqa: E402
from vlitqa.contracts.models import PackedBatch  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model
CAPTIONS = ("a red cat", "two dogs in the snow")


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> DiffusionPainter:
    folder = tmp_path_factory.mktemp("sd")
    save_tiny_sd(folder)
    return load_painter(str(folder), settings=DrawingSettings(steps=5))


@pytest.fixture(scope="module", params=["history", "prompts"])
def trained(request: pytest.FixtureRequest, painter: DiffusionPainter) -> Mim:
    """A model that has learned to draw the first caption for black, and the second for white."""
    model = draw_by_states(make_tiny_mim(seed=3), cast(Medium, request.param), painter)
    parameters = train_only(model, "tuning").values()
    recipe = TrainingRecipe(steps=250, batch_size=2, optimizer="adamw", learning_rate=3e-3)
    batch = batch_of(model)
    fit(parameters, recipe, lambda _step: [model.losses(batch).sum() / 40], list[str]().append, name="states")
    model.module.eval()
    return model


def batch_of(model: Mim, answer: str = "Look:  it is.") -> PackedBatch:
    documents = [model.document(drawing_of(caption, answer=answer)) for caption in CAPTIONS]
    pixels = [model.pixels(plain_picture(shade)) for shade in (BLACK, BLACK, WHITE, WHITE)]
    return batch_rows([documents], pixels)


def test_words_stay_learned_and_captions_are_not(trained: Mim) -> None:
    document = trained.document(drawing_of(CAPTIONS[0]))
    learned = trained.tokenizer.decode(document.token_ids[document.is_target])
    shown = "".join(RUNS[trained.medium]) or "<image>"
    assert learned.replace(" ", "") == f"Look:{shown}itis.</s>"


def test_a_reply_draws_what_the_caption_of_its_picture_says(trained: Mim, painter: DiffusionPainter) -> None:
    wanted = [painter.paint(caption).pixels.astype(int) for caption in CAPTIONS]
    for place, shade in enumerate((BLACK, WHITE)):
        before, drawn, after = trained.reply(prompt_of(shade, "Draw it."), painter, longest=40)
        assert (before, after) == ("Look:", "it is.")
        assert isinstance(drawn, DrawnPicture)
        apart = [np.abs(drawn.picture.pixels - pixels).mean() for pixels in wanted]
        assert apart[place] < apart[1 - place] / 2, "it looks like its caption's picture, not like the other's"


def test_it_is_the_same_when_it_is_loaded_again_and_needs_its_painter(
    trained: Mim, painter: DiffusionPainter, tmp_path: Path
) -> None:
    trained.save(tmp_path)
    again = load_mim(str(tmp_path))
    batch = batch_of(trained)
    with pytest.raises(UsageError, match="knows no painter"):
        again.losses(batch)
    with torch.no_grad():
        assert torch.equal(replace(again, painter=painter).losses(batch), trained.losses(batch))
    (answer,) = again.answer([prompt_of(BLACK, "Draw it.")], longest=12)
    assert "IMG" not in answer, "words alone need no painter"


def test_the_squared_error_of_pictures_counts_beside_the_words(trained: Mim, painter: DiffusionPainter) -> None:
    fresh = draw_by_states(make_tiny_mim(seed=3), trained.medium, painter)
    words = int(batch_of(fresh).is_target.sum())
    with torch.no_grad():
        losses = fresh.losses(batch_of(fresh))
        learned = trained.losses(batch_of(trained))
    assert len(losses) == words + 1
    assert learned[-1] < losses[-1] / 10
