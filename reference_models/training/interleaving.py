"""The words of a turn with the images that stand among them."""

from __future__ import annotations

from collections.abc import Iterator

from reference_models.training.documents import ImagePlace, Piece, Template, Words
from vlitqa.errors import RejectedRecord
from vlitqa.records import Turn


def instruction_pieces(turn: Turn, after_leading_image: str = "") -> Iterator[Piece]:
    """Yields the words of an instruction and its images where they stand; some text may follow one before the words."""
    if turn.response_images:
        raise RejectedRecord("image_in_response", "an image stands in a response, and this model writes only text")
    text, end = turn.instruction or "", 0
    for image, offset in zip(turn.instruction_images, turn.instruction_offsets or _all_before(turn), strict=True):
        if offset > end:
            yield Words(text[end:offset])
        end = offset
        yield ImagePlace(image)
        if after_leading_image and not offset:
            yield Template(after_leading_image)
    if text[end:]:
        yield Words(text[end:])


def _all_before(turn: Turn) -> tuple[int, ...]:
    return (0,) * len(turn.instruction_images)
