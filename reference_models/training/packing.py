"""Packing: documents are put into few rows of equal room, and into batches in which none sees another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vlitqa.contracts.models import Document, PackedBatch


def pack_lengths(lengths: Sequence[int], room: int) -> list[list[int]]:
    """Best fit decreasing: puts items, the longest first, where the least room is left; gives their positions by row.

    Johnson (1973): no more than 11/9 of the fewest possible rows, and one.
    """
    rows: list[list[int]] = []
    rows_with_room: defaultdict[int, list[int]] = defaultdict(list)
    rooms = 0  # bit n is set where some row has room for exactly n tokens
    for item in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        length = lengths[item]
        enough = rooms >> length
        if enough:
            left = length + (enough & -enough).bit_length() - 1
            row = rows_with_room[left].pop()
            if not rows_with_room[left]:
                rooms &= ~(1 << left)
        else:
            left, row = room, len(rows)
            rows.append([])
        rows[row].append(item)
        rows_with_room[left - length].append(row)
        rooms |= 1 << (left - length)
    return rows


def share_lengths(lengths: Sequence[int], count: int) -> list[list[int]]:
    """Deals items to so many shares of about one length, the longest first; gives their positions in order."""
    shares: list[list[int]] = [[] for _ in range(count)]
    sums = [0] * count
    for item in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        least = sums.index(min(sums))
        shares[least].append(item)
        sums[least] += lengths[item]
    return [sorted(share) for share in shares]


def batch_rows(
    rows: Sequence[Sequence[Document]], pixels: Sequence[Tensor], picture_of_image: Sequence[int] | None = None
) -> PackedBatch:
    """Joins rows of documents into a batch; pixels are those of all images, row by row, where nothing else is said."""
    images_of_document = torch.tensor([len(document.images) for row in rows for document in row])  # (documents,)
    width = max(sum(map(len, row)) for row in rows)
    shape = (len(rows), width)
    token_ids, positions = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    document_ids, continuation_ids = np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
    forks = np.zeros(shape, np.int64)
    is_target = np.zeros(shape, bool)
    for row, documents in enumerate(rows):
        for number, (document, place) in enumerate(_places(documents)):
            token_ids[row, place], is_target[row, place] = document.token_ids, document.is_target
            document_ids[row, place] = number
            forks[row, place], positions[row, place] = _forks_and_positions(document)
            if document.continuation_ids is not None:
                continuation_ids[row, place] = document.continuation_ids
    return PackedBatch(
        token_ids=torch.from_numpy(token_ids),  # (rows, tokens)
        document_ids=torch.from_numpy(document_ids),  # (rows, tokens)
        positions=torch.from_numpy(positions),  # (rows, tokens)
        is_target=torch.from_numpy(is_target),  # (rows, tokens)
        continuation_ids=torch.from_numpy(continuation_ids),  # (rows, tokens)
        forks=torch.from_numpy(forks),  # (rows, tokens)
        pixels=torch.stack(list(pixels)) if pixels else torch.zeros(0, 3, 1, 1),  # (pictures, 3, height, width)
        picture_of_image=torch.tensor(
            range(len(pixels)) if picture_of_image is None else picture_of_image, dtype=torch.int64
        ),  # (images,)
        document_of_image=torch.arange(len(images_of_document)).repeat_interleave(images_of_document),  # (images,)
    )


def attention_mask(batch: PackedBatch) -> Tensor:
    """True where a token sees another: an earlier one of its document, or itself.  # (rows, 1, tokens, tokens)"""
    is_same = batch.document_ids[:, :, None] == batch.document_ids[:, None, :]  # (rows, tokens, tokens)
    tokens = batch.token_ids.shape[1]
    is_earlier = torch.ones(tokens, tokens, dtype=torch.bool, device=is_same.device).tril()  # (tokens, tokens)
    seeing, seen = batch.continuation_ids[:, :, None], batch.continuation_ids[:, None, :]
    goes_on = (seen < 0) & (batch.positions[:, None, :] < batch.forks[:, :, None])  # (rows, tokens, tokens)
    return (is_same & is_earlier & ((seen == seeing) | goes_on))[:, None]  # (rows, 1, tokens, tokens)


def predictors(batch: PackedBatch) -> Tensor:
    """True for the tokens after which a target of the same document comes: only their logits are needed."""
    is_same = batch.document_ids[:, 1:] == batch.document_ids[:, :-1]  # (rows, tokens - 1)
    return torch.nn.functional.pad(batch.is_target[:, 1:] & is_same, (0, 1))  # (rows, tokens)


def to_device(batch: PackedBatch, device: torch.device) -> PackedBatch:
    """The batch on another device."""
    return PackedBatch(**{field.name: getattr(batch, field.name).to(device) for field in fields(batch)})


def _forks_and_positions(document: Document) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each token, how many tokens its continuation goes on from, and its place in its text.  # (tokens,) each"""
    places, ids = np.arange(len(document)), document.continuation_ids  # (tokens,) each
    if ids is None:
        return np.zeros_like(places), places
    beginning = np.count_nonzero(ids < 0)
    forks = np.array([*document.forks, 0], np.int64)[ids] if document.forks else np.full(len(ids), beginning)
    firsts = np.searchsorted(ids, ids)  # (tokens,), in their order
    return forks, np.where(ids < 0, places, places - firsts + forks)  # (tokens,) each


def _places(documents: Sequence[Document]) -> Iterator[tuple[Document, slice]]:
    """Yields each document with its place in the row."""
    end = 0
    for document in documents:
        start, end = end, end + len(document)
        yield document, slice(start, end)
