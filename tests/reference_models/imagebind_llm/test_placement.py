"""Every token of packed documents takes the feature of its own document's image, and no other changes its logits."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.injection import InjectionForm  # noqa: E402
from reference_models.imagebind_llm.language import BoundLanguageModel  # noqa: E402
from reference_models.imagebind_llm.placement import PlacedFeatures, place_features, place_in_rows  # noqa: E402
from reference_models.training.attention import DocumentSpans  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from tests.given.bound_llamas import FEATURE_WIDTH, make_bound_llama, open_gates, random_features  # noqa: E402
from vlitqa.contracts.models import Document, PackedBatch  # noqa: E402

pytestmark = pytest.mark.model

FORMS: tuple[InjectionForm, ...] = ("published", "paper")
LENGTHS, IMAGES = (3, 8, 1, 6, 5), (1, -1, 0, 2, -1)
ZERO = torch.full((FEATURE_WIDTH,), 0.1)


def document(number: int) -> Document:
    token_ids = (np.arange(LENGTHS[number]) * 7 + number) % 47 + 3
    return Document(token_ids=token_ids.astype(np.int32), is_target=np.ones(LENGTHS[number], bool))


def logits_of(model: BoundLanguageModel, batch: PackedBatch, placed: PlacedFeatures) -> torch.Tensor:
    return model.language_model(
        batch.token_ids,
        position_ids=batch.positions,
        documents=DocumentSpans.of(batch),
        injection=model.inject(placed),
        use_cache=False,
    ).logits


def packed(features: torch.Tensor) -> tuple[PackedBatch, PlacedFeatures]:
    """Five documents in two rows, the second of which ends with padding."""
    batch = batch_rows([[document(0), document(1), document(2)], [document(3), document(4)]], [])
    images = torch.tensor(IMAGES)
    return batch, place_features(features, ZERO, document_ids=batch.document_ids, image_of_document=images)


def test_the_image_of_a_token_is_that_of_its_document() -> None:
    batch, placed = packed(random_features(3))
    assert batch.document_ids[1].tolist()[-1:] == [-1]
    assert placed.image_of_token.tolist() == [
        [1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1, 0],
        [2, 2, 2, 2, 2, 2, -1, -1, -1, -1, -1, -1],
    ]
    assert torch.equal(placed.features[-1], ZERO)


def test_as_many_images_are_named_as_there_are_documents() -> None:
    batch, _ = packed(random_features(3))
    with pytest.raises(ValueError, match="5 documents have the images of 4"):
        place_features(
            random_features(3), ZERO, document_ids=batch.document_ids, image_of_document=torch.zeros(4).long()
        )


@torch.no_grad()
@pytest.mark.parametrize("form", FORMS)
def test_packed_logits_are_those_of_the_documents_alone(form: InjectionForm) -> None:
    model, features = open_gates(make_bound_llama(form)), random_features(3)
    batch, placed = packed(features)
    together = logits_of(model, batch, placed)[batch.document_ids >= 0]  # (tokens, vocabulary)
    for number, part in enumerate(together.split(LENGTHS)):
        token_ids = torch.from_numpy(document(number).token_ids).long()[None]
        injection = model.inject(place_in_rows(features, ZERO, torch.tensor(IMAGES[number : number + 1])))
        alone = model.language_model(token_ids, injection=injection, use_cache=False).logits[0]
        assert torch.allclose(part, alone, atol=1e-5), number


@torch.no_grad()
@pytest.mark.parametrize("form", FORMS)
def test_another_image_changes_the_logits_of_its_document_alone(form: InjectionForm) -> None:
    model, features = open_gates(make_bound_llama(form)), random_features(3)
    logits = logits_of(model, *packed(features))
    features[1] = random_features(1, seed=5)[0]
    batch, placed = packed(features)
    changed = logits_of(model, batch, placed)
    first = torch.zeros_like(batch.is_target)
    first[0, :3] = True
    assert torch.equal(changed[~first], logits[~first])
    assert (changed[first] - logits[first]).abs().amax(-1).min() > 1e-3
