"""The network of ImageBind-LLM: frozen encoders, and the language side into which their features go."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import LlamaConfig

from reference_models.imagebind_llm.encoder_shapes import ImageBindShape
from reference_models.imagebind_llm.encoders import ImageBindEncoders
from reference_models.imagebind_llm.injected_llama import InjectedLlama
from reference_models.imagebind_llm.injection import InjectionForm
from reference_models.imagebind_llm.language import BoundLanguageModel
from reference_models.imagebind_llm.low_rank import RANK, add_low_rank
from reference_models.imagebind_llm.mixing import mix_features
from vlitqa.contracts.models import PackedBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class BindShape:
    """What a Llama gets beside its own weights."""

    form: InjectionForm = "published"
    bind_width: int | None = None
    """The inner width of the bind network; four times that of the Llama if it is None."""
    rank: int = RANK
    """That of the low-rank matrices."""


@dataclass(frozen=True, slots=True, eq=False)
class DocumentFeatures:
    """One feature of the images of every document."""

    features: Tensor  # (documents, feature width)
    """A mixture where a document has several images; zeros where it has none."""
    has_image: Tensor  # (documents,)
    zero_feature: Tensor  # (feature width,)
    """That of an image of zeros, which documents without images take; zeros itself where all have some."""

    @property
    def image_of_document(self) -> Tensor:
        """The place of each document's feature; -1 for those that take that of the image of zeros.  # (documents,)"""
        places = torch.arange(len(self.has_image), device=self.has_image.device)  # (documents,)
        return torch.where(self.has_image, places, -1)


class ImageBindNetwork(BoundLanguageModel):
    """The encoders, and a Llama with low-rank matrices, bind network and injection."""

    def __init__(self, encoder_shape: ImageBindShape, config: LlamaConfig, bind_shape: BindShape) -> None:
        llama = InjectedLlama(config)
        add_low_rank(llama, bind_shape.rank)
        super().__init__(llama, encoder_shape.embedding, form=bind_shape.form, hidden_width=bind_shape.bind_width)
        self.encoders = ImageBindEncoders(encoder_shape).requires_grad_(requires_grad=False)
        self.encoder_shape, self.bind_shape = encoder_shape, bind_shape

    @torch.no_grad()
    def encode(self, batch: PackedBatch) -> DocumentFeatures:
        """The features of the documents of a batch."""
        documents = _count_documents(batch)
        counts = batch.document_of_image.bincount(minlength=documents)  # (documents,)
        needs_zeros = bool((counts == 0).any())
        zeros = batch.pixels.new_zeros(1, 3, self.encoder_shape.side, self.encoder_shape.side)  # (1, 3, side, side)
        pictures = [batch.pixels] * bool(len(batch.pixels)) + [zeros] * needs_zeros
        embeddings = self.encoders.embed("vision", torch.cat(pictures))  # (pictures, feature width)
        return DocumentFeatures(
            _mix_by_document(embeddings[batch.picture_of_image], batch.document_of_image, counts),
            counts > 0,
            embeddings[-1] if needs_zeros else embeddings.new_zeros(self.encoder_shape.embedding),
        )


def features_of_all(feature: Tensor, batch: PackedBatch) -> DocumentFeatures:  # (feature width,)
    """One feature for all documents of a batch."""
    features = feature.expand(_count_documents(batch), -1)  # (documents, feature width)
    has_feature = torch.ones(len(features), dtype=torch.bool, device=feature.device)  # (documents,)
    return DocumentFeatures(features, has_feature, torch.zeros_like(feature))


def _count_documents(batch: PackedBatch) -> int:
    return int((batch.document_ids.amax(1) + 1).sum())


def _mix_by_document(features: Tensor, document_of_image: Tensor, counts: Tensor) -> Tensor:
    """Mixes the features of each document's images in equal shares.  # (documents, feature width)"""
    mixed = features.new_zeros(len(counts), features.shape[1])  # (documents, feature width)
    for count in sorted(set(counts.tolist()) - {0}):
        has_so_many = counts == count  # (documents,)
        parts = features[has_so_many[document_of_image]].view(-1, count, features.shape[1])
        # (documents of so many, count, feature width)
        mixed[has_so_many] = mix_features(parts.unbind(1), [1.0] * count)
    return mixed
