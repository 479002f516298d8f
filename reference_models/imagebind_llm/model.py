"""ImageBind-LLM as the trainer and the exams use it: its images are injected, and have no tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerBase

from reference_models.imagebind_llm.inputs import bind_file, readable_modalities
from reference_models.imagebind_llm.mixing import add_features
from reference_models.imagebind_llm.network import DocumentFeatures, ImageBindNetwork, features_of_all
from reference_models.imagebind_llm.placement import place_features, place_in_rows
from reference_models.imagebind_llm.saving import IMAGEBIND_LLM, save_imagebind_llm
from reference_models.imagebind_llm.stages import STAGES, is_trained
from reference_models.imagebind_llm.templates import INSTRUCTION_TEMPLATES
from reference_models.imagebind_llm.visual_cache import VisualCache
from reference_models.training.answering import answer_in_batches
from reference_models.training.attention import DocumentSpans
from reference_models.training.documents import DocumentReader
from reference_models.training.packing import predictors
from reference_models.training.pictures import PictureScaler
from reference_models.training.ranking import rank_options
from reference_models.training.sampling import generation_settings
from vlitqa.contracts.conversations import BoundFile
from vlitqa.contracts.models import Document, PackedBatch, Prompt, Sampling, TuningStage
from vlitqa.contracts.tools import Picture
from vlitqa.records import Record
from vlitqa.results.exams import Likelihood


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageBindLlm:
    """An ImageBind-LLM with its tokenizer, the scaling of its pictures, and the name of its template.

    The images of a record are mixed into one feature, which all its tokens take, wherever the images are shown.
    """

    network: ImageBindNetwork
    tokenizer: PreTrainedTokenizerBase
    scaler: PictureScaler
    template_name: str
    visual_cache: VisualCache | None = None
    """What brings features closer to images where the model is not trained; it is saved by itself."""
    feature: Tensor | None = None  # (feature width,)
    """That of a sound, of points, of a depth map or of a mixture, which all texts are about in place of images."""

    @property
    def name(self) -> str:
        """The name of its kind."""
        return IMAGEBIND_LLM

    @property
    def stages(self) -> Mapping[str, TuningStage]:
        """First the way of features into the Llama, then what the Llama adds to its own weights."""
        return STAGES

    @property
    def context_length(self) -> int:
        """The most tokens of a document."""
        length: int = self.network.language_model.config.max_position_embeddings
        return length

    @property
    def skips_other_documents(self) -> bool:
        """Its language model attends within each document."""
        return True

    @property
    def picture_side(self) -> int:
        """The edge of the pictures that its encoder reads."""
        return self.scaler.side

    @property
    def module(self) -> ImageBindNetwork:
        """All its parameters."""
        return self.network

    @property
    def language_layers(self) -> str:
        """The name of the list of them."""
        return "language_model.model.layers"

    def trainable(self, stage: str) -> Iterator[tuple[str, Parameter]]:
        """The parameters that a stage trains."""
        return ((name, weight) for name, weight in self.network.named_parameters() if is_trained(stage, name))

    def document(self, record: Record) -> Document:
        """Reads a record into tokens, and the images that its turns show."""
        return self._read(record)

    def pixels(self, picture: Picture) -> Tensor:
        """Scales and normalises a picture.  # (3, side, side)"""
        return self.scaler.scale(picture)

    def losses(self, batch: PackedBatch) -> Tensor:
        """The negative log-likelihood of every target.  # (targets,)"""
        encoded, llama = self._encode(batch), self.network.language_model
        placed = place_features(
            encoded.features,
            encoded.zero_feature,
            document_ids=batch.document_ids,
            image_of_document=encoded.image_of_document,
        )
        states = llama.model(
            batch.token_ids,
            position_ids=batch.positions,
            documents=DocumentSpans.of(batch),
            injection=self.network.inject(placed),
            use_cache=False,
        ).last_hidden_state  # (rows, tokens, width)
        chosen = predictors(batch)  # (rows, tokens)
        logits = llama.lm_head(states[chosen]).float()  # (targets, vocabulary)
        return cross_entropy(logits, batch.token_ids.roll(-1, 1)[chosen], reduction="none")  # (targets,)

    @torch.no_grad()
    def answer(self, prompts: Sequence[Prompt], *, longest: int, sampling: Sampling | None = None) -> list[str]:
        """Writes an answer to each prompt."""
        after_response = INSTRUCTION_TEMPLATES[self.template_name].after_response
        end = self.tokenizer(after_response, add_special_tokens=False)["input_ids"][-1]
        padding = cast(int, self.tokenizer.pad_token_id)
        generate = cast(Callable[..., Tensor], self.network.language_model.generate)  # type: ignore[misc]

        def write(batch: PackedBatch, room: int) -> Tensor:
            encoded = self._encode(batch)
            placed = place_in_rows(encoded.features, encoded.zero_feature, encoded.image_of_document)
            texts = generate(
                batch.token_ids,
                attention_mask=torch.ones_like(batch.token_ids),
                injection=self.network.inject(placed),
                generation_config=generation_settings(room, end=end, padding=padding, sampling=sampling),
            )  # (rows, tokens of prompt and answer)
            return texts[:, batch.token_ids.shape[1] :]  # (rows, tokens)

        asked = [(self._read(prompt.record, is_prompt=True), prompt) for prompt in prompts]
        return answer_in_batches(self, asked, write, longest=longest, sampling=sampling)

    def about(self, feature: Tensor) -> ImageBindLlm:  # (feature width,)
        """The same model, for which all texts are about one feature of any modality, and not about their images."""
        return replace(self, feature=feature)

    @property
    def other_inputs(self) -> tuple[str, ...]:
        """The modalities, beside pictures, of which it reads files."""
        return readable_modalities(self.network.encoder_shape)

    def bind_file(self, modality: str, path: Path) -> BoundFile:
        """Encodes a file; raises UsageError for one that cannot be read."""
        return bind_file(self.network, self.scaler, modality, path)

    @property
    def feature_width(self) -> int:
        """The width of the space that all modalities share."""
        return self.network.encoder_shape.embedding

    @torch.no_grad()
    def mix_projections(self, files: Sequence[BoundFile], pictures: Sequence[Picture]) -> Tensor:
        """The mean, by their coefficients, of what files and pictures are drawn by.  # (feature width,)"""
        of_pictures = self.network.encoders.project("vision", self._stack(pictures)) if pictures else ()
        # (pictures, feature width)
        coefficients = torch.tensor(_coefficients(files, pictures))  # (files and pictures,)
        projections = torch.stack([*(file.projection for file in files), *of_pictures])
        # (files and pictures, feature width)
        return coefficients.to(projections) @ projections / float(coefficients.abs().sum())

    def with_visual_cache(self, path: Path) -> ImageBindLlm:
        """The same model with the visual cache in a file; raises UsageError for one of another width."""
        cache = VisualCache.load(path)
        cache.check_use(self.feature_width, path)
        return replace(self, visual_cache=cache)

    @torch.no_grad()
    def about_mixture(self, files: Sequence[BoundFile], pictures: Sequence[Picture]) -> ImageBindLlm:
        """The same model, for which all texts are about files and pictures, added by their coefficients."""
        of_pictures = self.network.encoders.embed("vision", self._stack(pictures)) if pictures else ()
        # (pictures, feature width)
        features = [*(file.feature for file in files), *of_pictures]  # (feature width,) each
        return self.about(add_features(features, _coefficients(files, pictures)))

    def _stack(self, pictures: Sequence[Picture]) -> Tensor:
        """The pixels of pictures, where the encoders are.  # (pictures, 3, side, side)"""
        device = next(self.network.encoders.parameters()).device
        return torch.stack([self.pixels(picture) for picture in pictures]).to(device)

    def rank(self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]) -> list[list[Likelihood]]:
        """The likelihood of each of its options as the answer to each prompt."""
        return rank_options(self, prompts, options)

    def save(self, folder: Path) -> None:
        """Writes one folder with all that `load_imagebind_llm` needs."""
        save_imagebind_llm(folder, self.network, self.tokenizer, self.scaler, self.template_name)

    def _read(self, record: Record, *, is_prompt: bool = False) -> Document:
        """A record with its images, each once, however often it is shown."""
        reader = DocumentReader(
            tokenizer=self.tokenizer, image_token=None, tokens_per_image=0, context_length=self.context_length
        )
        pieces = INSTRUCTION_TEMPLATES[self.template_name].pieces(record, is_prompt=is_prompt)
        document = reader.read(list(pieces), is_prompt=is_prompt)
        return replace(document, images=tuple(dict.fromkeys(document.images)))

    def _encode(self, batch: PackedBatch) -> DocumentFeatures:
        """The features of documents; those of images are enhanced by the visual cache, but never in training."""
        encoded = self.network.encode(batch) if self.feature is None else features_of_all(self.feature, batch)
        if self.visual_cache is None or self.network.training or not bool(encoded.has_image.any()):
            return encoded
        features = encoded.features.clone()  # (documents, feature width)
        features[encoded.has_image] = self.visual_cache.enhance(features[encoded.has_image])
        return replace(encoded, features=features)


def _coefficients(files: Sequence[BoundFile], pictures: Sequence[Picture]) -> list[float]:
    """By how much each counts; each picture counts 1."""
    return [*(file.coefficient for file in files), *(1.0 for _ in pictures)]
