"""The BLIP-2 of the shapes world begins with what its language model knows."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("transformers", reason="pip install 'vlitqa[models]'")

from transformers import AutoTokenizer, OPTForCausalLM  # noqa: E402

from reference_models.blip2.presets import make_nano_blip2  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from tests.reference_models.blip2.samples import asked, grey_picture  # noqa: E402
from vlitqa.shapes.drawing import SMALL  # noqa: E402
from vlitqa.storage.places import SHIPPED  # noqa: E402

pytestmark = pytest.mark.model


def test_a_nano_model_reads_texts_as_its_language_model_does() -> None:
    folder = SHIPPED / "nano-opt"
    language_model = OPTForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model = make_nano_blip2(language_model, AutoTokenizer.from_pretrained(folder))
    document = model.document(asked("What colour is the circle?", "The circle is blue."))
    token_ids = torch.from_numpy(document.token_ids)[None].long()  # (1, tokens)
    labels = token_ids.masked_fill(~torch.from_numpy(document.is_target)[None], -100)  # (1, tokens)
    with torch.no_grad():
        expected = language_model(token_ids, labels=labels).loss.item()
        assert model.losses(batch_rows([[document]], ())).mean().item() == pytest.approx(expected, abs=1e-5)
    with_image = model.document(asked("What colour is the circle?", "The circle is blue.", 0))
    assert len(with_image) == len(document) + 16
    assert model.pixels(grey_picture(0)).shape == (3, SMALL, SMALL)
