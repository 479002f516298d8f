"""The words of a turn with the images that stand among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reference_models.training.documents import ImagePlace, Piece, Template, Words
from vlitqa.errors import RejectedRecord
from vlitqa.records import Turn


def instruction_pieces(turn: Turn, after_leading_image: str = "") -> Iterator[Piece]:
    """Yields the words of an instruction and its images where they stand; some text may follow one before the words.

    For models that only write: a turn with an image in its response is refused.
    """
    if turn.response_images:
        raise RejectedRecord("image_in_response", "an image stands in a response, and this model writes only text")
    leads = True
    for piece in interleave(turn.instruction or "", turn.instruction_images, turn.instruction_offsets):
        leads = leads and isinstance(piece, ImagePlace)
        yield piece
        if after_leading_image and leads:
            yield Template(after_leading_image)


def interleave(text: str, images: Sequence[int], offsets: Sequence[int], *, is_target: bool = False) -> Iterator[Piece]:
    """Yields words, and images where they stand among them; all before the words where no offsets say where."""
    end = 0
    for image, offset in zip(images, offsets or (0,) * len(images), strict=True):
        if offset > end:
            yield Words(text[end:offset], is_target)
        end = offset
        yield ImagePlace(image, is_target)
    if text[end:]:
        yield Words(text[end:], is_target)
