"""Ranking: how likely each option is as the answer to a prompt, for every model the same way.

A prompt is computed once, and all its options behind it: each sees the prompt and itself, and no other option. A
picture that several prompts are about goes through the tower once. It is faster than one text for each option, because
the prompt with its picture is far longer than an option.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from msgspec.structs import replace
from numpy.typing import NDArray

from reference_models.training.packing import batch_rows, to_device
from reference_models.training.prompts import device_of
from vlitqa.contracts.models import Document, PackedBatch, Prompt, ReferenceModel
from vlitqa.contracts.tools import Picture
from vlitqa.records import Record
from vlitqa.results.exams import Likelihood

_MOST_TOKENS = 8_192
"""Tokens that are computed at once."""
_MOST_TOKENS_TOGETHER = 2_048
"""Tokens of a prompt and the options behind it; of more options it is computed again."""


@dataclass(frozen=True, slots=True, eq=False)
class _RankedText:
    """A prompt and some of its options as one document, and which tokens belong to the options."""

    prompt: int
    """The place of the prompt."""
    options: range
    """The places of the options."""
    document: Document
    is_scored: NDArray[np.bool_]  # (tokens,)


@torch.no_grad()
def rank_options(
    model: ReferenceModel, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]
) -> list[list[Likelihood]]:
    """The likelihood of each option as the response to its prompt, without the token that ends it."""
    texts = [
        text
        for place, (prompt, choices) in enumerate(zip(prompts, options, strict=True))
        for text in _ranked_texts(place, [model.document(_with_response(prompt.record, option)) for option in choices])
    ]
    by_text: dict[tuple[int, int], list[Likelihood]] = {}
    for part in _parts(texts, prompts, one_row=model.skips_other_documents):
        for text, likelihoods in zip(part, _rank(model, part, prompts), strict=True):
            by_text[text.prompt, text.options.start] = likelihoods
    ranked: list[list[Likelihood]] = [[] for _ in prompts]
    for prompt, first in sorted(by_text):
        ranked[prompt] += by_text[prompt, first]
    return ranked


def _with_response(record: Record, response: str) -> Record:
    """The record with a response of words alone to its last turn."""
    answered = replace(record.turns[-1], response=response, response_images=(), response_offsets=())
    return replace(record, turns=(*record.turns[:-1], answered))


def _ranked_texts(prompt: int, documents: Sequence[Document]) -> Iterator[_RankedText]:
    """Joins documents that begin alike, as many as may be computed together."""
    if not documents:
        return
    responses = [_last_response(document) for document in documents]
    beginning = _common_beginning(documents, min(response.start for response in responses)) - 1
    # every option begins with the last token of the prompt, by which its own first one is predicted
    lengths = [response.stop - beginning for response in responses]
    first, room = 0, _MOST_TOKENS_TOGETHER - beginning
    for place, length in enumerate(lengths):
        if place > first and length > room:
            yield _join(prompt, range(first, place), documents, responses, beginning)
            first, room = place, _MOST_TOKENS_TOGETHER - beginning
        room -= length
    yield _join(prompt, range(first, len(documents)), documents, responses, beginning)


def _last_response(document: Document) -> slice:
    """The tokens of the last response, without the one that ends it."""
    backwards = document.is_target[::-1]  # (tokens,)
    end = int(backwards.argmax())
    length = int(backwards[end:].argmin())  # the beginning of a prompt is never a target
    return slice(len(document) - end - length, len(document) - end - 1)


def _common_beginning(documents: Sequence[Document], most: int) -> int:
    """How many tokens all documents begin with, of so many."""
    beginnings = np.stack([document.token_ids[:most] for document in documents])  # (documents, most)
    is_common = (beginnings == beginnings[0]).all(0)  # (most,)
    return most if is_common.all() else int(is_common.argmin())


def _join(
    prompt: int, options: range, documents: Sequence[Document], responses: Sequence[slice], beginning: int
) -> _RankedText:
    chosen = [(documents[place], responses[place]) for place in options]
    lengths = [beginning, *(response.stop - beginning for _, response in chosen)]
    token_ids = [chosen[0][0].token_ids[:beginning]]
    is_target, is_scored = [chosen[0][0].is_target[:beginning]], [np.zeros(beginning, bool)]
    for document, response in chosen:
        token_ids.append(document.token_ids[beginning : response.stop])
        is_target.append(document.is_target[beginning : response.stop])
        is_scored.append(np.arange(beginning, response.stop) >= response.start)
    document = Document(
        token_ids=np.concatenate(token_ids),  # (tokens,)
        is_target=np.concatenate(is_target),  # (tokens,)
        images=chosen[0][0].images,
        continuation_ids=np.repeat(np.arange(-1, len(chosen), dtype=np.int32), lengths),  # (tokens,)
    )
    return _RankedText(prompt, options, document, np.concatenate(is_scored))


def _parts(texts: Sequence[_RankedText], prompts: Sequence[Prompt], *, one_row: bool) -> Iterator[list[_RankedText]]:
    """Yields texts that are computed together: those about one picture beside each other, of nearly one length."""

    def order(text: _RankedText) -> tuple[list[str], int]:
        return [picture.digest for picture in _pictures(text, prompts)], len(text.document)

    part: list[_RankedText] = []
    tokens = widest = 0
    for text in sorted(texts, key=order):
        length = len(text.document)
        tokens, widest = tokens + length, max(widest, length)
        if part and (tokens if one_row else widest * (len(part) + 1)) > _MOST_TOKENS:
            yield part
            part, tokens, widest = [], length, length
        part.append(text)
    if part:
        yield part


def _rank(model: ReferenceModel, texts: Sequence[_RankedText], prompts: Sequence[Prompt]) -> list[list[Likelihood]]:
    """The likelihoods of the options of texts that are computed together, text by text."""
    losses = model.losses(to_device(_batch(model, texts, prompts), device_of(model))).double().cpu().numpy()
    likelihoods, end = [], 0
    for text in texts:
        is_target = text.document.is_target[1:]  # (tokens - 1,)
        start, end = end, end + int(is_target.sum())
        likelihoods.append(_likelihoods(text, losses[start:end]))
    return likelihoods


def _batch(model: ReferenceModel, texts: Sequence[_RankedText], prompts: Sequence[Prompt]) -> PackedBatch:
    """The texts in one row where the model computes nothing between them; each picture once."""
    documents = [text.document for text in texts]
    rows = [documents] if model.skips_other_documents else [[document] for document in documents]
    images = [picture for text in texts for picture in _pictures(text, prompts)]
    pictures = {picture.digest: picture for picture in images}
    places = {digest: place for place, digest in enumerate(pictures)}
    pixels = [model.pixels(picture) for picture in pictures.values()]
    return batch_rows(rows, pixels, [places[picture.digest] for picture in images])


def _likelihoods(text: _RankedText, losses: NDArray[np.float64]) -> list[Likelihood]:  # losses: (targets,)
    """The sum over the tokens of each option; those of earlier responses are left out."""
    is_target, ids = text.document.is_target[1:], text.document.continuation_ids
    assert ids is not None
    is_scored = text.is_scored[1:][is_target]  # (targets,)
    option = ids[1:][is_target][is_scored]  # (scored,)
    sums = np.bincount(option, -losses[is_scored], len(text.options))  # (options,)
    tokens = np.bincount(option, minlength=len(text.options))  # (options,)
    return [Likelihood(float(value), int(number)) for value, number in zip(sums, tokens, strict=True)]


def _pictures(text: _RankedText, prompts: Sequence[Prompt]) -> list[Picture]:
    """The pictures of its images, in their order among the tokens."""
    return [prompts[text.prompt].pictures[image] for image in text.document.images]
