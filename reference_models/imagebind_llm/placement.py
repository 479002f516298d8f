"""The feature that each token of packed documents takes: that of its document's image."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class PlacedFeatures:
    """The features of images, and the one that each token takes."""

    features: Tensor  # (images + 1, feature width)
    """The last is that of the image of zeros, as all tokens without an image take it."""
    image_of_token: Tensor  # (rows, tokens or 1)
    """The place of its image among the features; -1 without one. A row of one place has the same for all its tokens."""


def place_features(
    features: Tensor, zero_feature: Tensor, *, document_ids: Tensor, image_of_document: Tensor
) -> PlacedFeatures:
    """Gives the features of images to the tokens of documents.

    Document ids (rows, tokens) are those of a packed batch. The image of a document is its place among the features, or
    -1; documents come row by row.
    """
    counts = document_ids.amax(1) + 1  # (rows,)
    if int(counts.sum()) != len(image_of_document):
        raise ValueError(f"{int(counts.sum())} documents have the images of {len(image_of_document)}")
    firsts = counts.cumsum(0) - counts  # (rows,)
    places = (firsts[:, None] + document_ids).clamp(min=0)  # (rows, tokens)
    images = torch.where(document_ids < 0, -1, image_of_document[places])  # (rows, tokens)
    return PlacedFeatures(torch.cat([features, zero_feature[None]]), images)


def place_in_rows(features: Tensor, zero_feature: Tensor, image_of_row: Tensor) -> PlacedFeatures:
    """Gives the features of images to rows of one document each, whatever tokens they go on with."""
    return PlacedFeatures(torch.cat([features, zero_feature[None]]), image_of_row[:, None])
