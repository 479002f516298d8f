"""The images of packed documents, and the one image that each token attends to."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Media:
    """The latents of all images of a row, and the image that each token attends to."""

    latents: Tensor  # (rows, images, latents, width)
    """Rows with fewer images than others are filled up with any latents, to which no token attends."""
    image_of_token: Tensor  # (rows, tokens)
    """The place of the last image before a token of the same document, in its row; -1 where there is none."""

    def mask(self) -> Tensor:
        """True for the latents that a token attends to, which are the row's first where it has no image.

        # (rows, 1, tokens, images * latents)
        """
        images, latents = self.latents.shape[1:3]
        places = torch.arange(images, device=self.latents.device).repeat_interleave(latents)  # (images * latents,)
        return (self.image_of_token.clamp(min=0)[..., None] == places)[:, None]

    def after_the_end(self) -> Media:
        """What the next token of each row attends to: the image of its last token, and no other is kept."""
        last = self.image_of_token[:, -1:]  # (rows, 1)
        rows = torch.arange(len(last), device=last.device)  # (rows,)
        return Media(self.latents[rows, last[:, 0].clamp(min=0)][:, None], last.clamp(max=0))


def place_media(latents: Tensor, is_image: Tensor, document_ids: Tensor) -> Media:
    """Gives the latents of all images, row by row, to the rows and tokens that they belong to."""
    counts = is_image.sum(1)  # (rows,)
    images = max(1, int(counts.max()))
    firsts = counts.cumsum(0) - counts  # (rows,)
    places = firsts[:, None] + torch.arange(images, device=counts.device)  # (rows, images)
    seen = is_image.cumsum(1)  # (rows, tokens)
    is_first = torch.ones_like(is_image)  # (rows, tokens)
    is_first[:, 1:] = document_ids[:, 1:] != document_ids[:, :-1]
    seen_before = ((seen - is_image.long()) * is_first).cummax(1).values  # (rows, tokens), before the document
    image_of_token = torch.where(seen > seen_before, seen - 1, -1)  # (rows, tokens)
    return Media(latents[places.clamp(max=len(latents) - 1)], image_of_token)
