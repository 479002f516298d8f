"""Packed documents do not meet: neither their words, nor their places, nor their images."""

from __future__ import annotations

import dataclasses

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.openflamingo.media import place_media  # noqa: E402
from reference_models.openflamingo.model import OpenFlamingo  # noqa: E402
from reference_models.openflamingo.presets import make_tiny_openflamingo  # noqa: E402
from tests.given.flamingo_rows import CAPTION, TEXT_ONLY, TWO_IMAGES, batch_of, open_gates  # noqa: E402

pytestmark = pytest.mark.model


@pytest.fixture(params=["opt", "mpt"])
def model(request: pytest.FixtureRequest) -> OpenFlamingo:
    return open_gates(make_tiny_openflamingo(request.param, every=2))


def test_each_token_attends_to_the_last_image_before_it_in_its_own_document() -> None:
    is_image = torch.tensor([[0, 1, 0, 1, 0, 0, 0, 1, 0], [0, 0, 0, 0, 1, 0, 0, 0, 0]], dtype=torch.bool)
    document_ids = torch.tensor([[0, 0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 2, 2, -1]])
    media = place_media(torch.arange(4.0).view(4, 1, 1), is_image, document_ids)
    assert media.image_of_token.tolist() == [[-1, 0, 0, 1, 1, -1, -1, 2, 2], [-1, -1, -1, -1, 0, 0, -1, -1, -1]]
    assert media.latents[0].flatten().tolist() == [0, 1, 2]
    assert media.latents[1, 0].item() == 3
    assert media.mask()[0, 0, :, :].int().argmax(-1).tolist() == [0, 0, 0, 1, 1, 0, 0, 2, 2]


def test_packed_losses_are_those_of_the_documents_alone(model: OpenFlamingo) -> None:
    records = [CAPTION, TEXT_ONLY, TWO_IMAGES, TEXT_ONLY, CAPTION]
    packed = model.losses(batch_of(model, [records]))
    apart = model.losses(batch_of(model, [[record] for record in records]))
    two_rows = model.losses(batch_of(model, [records[:2], records[2:]]))
    assert torch.allclose(packed, apart, atol=1e-6, rtol=1e-6)
    assert torch.allclose(packed, two_rows, atol=1e-6, rtol=1e-6)


def test_no_loss_depends_on_a_neighbour_or_its_image(model: OpenFlamingo) -> None:
    batch = batch_of(model, [[TWO_IMAGES, TEXT_ONLY, CAPTION]])
    losses = model.losses(batch)
    first = (batch.document_ids[0] == 0) & (batch.token_ids[0] != model.config.new_tokens.image)
    token_ids = batch.token_ids.clone()
    token_ids[0, first] = (token_ids[0, first] + 1) % 200 + 5
    pixels = torch.cat([batch.pixels[:2] * -3, batch.pixels[2:]])
    changed = model.losses(dataclasses.replace(batch, token_ids=token_ids, pixels=pixels))
    neighbours = int(batch.is_target[0, batch.document_ids[0] == 0].sum())
    assert not torch.allclose(changed[:neighbours], losses[:neighbours], atol=1e-3)
    assert torch.equal(changed[neighbours:], losses[neighbours:])


def test_the_image_of_a_document_changes_its_losses(model: OpenFlamingo) -> None:
    batch = batch_of(model, [[TEXT_ONLY, CAPTION]])
    changed = model.losses(dataclasses.replace(batch, pixels=batch.pixels * -3))
    texts = int(batch.is_target[0, batch.document_ids[0] == 0].sum())
    assert torch.equal(changed[:texts], model.losses(batch)[:texts])
    assert not torch.allclose(changed[texts:], model.losses(batch)[texts:], atol=1e-5)
