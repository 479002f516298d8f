"""The text that OpenFlamingo reads of a record: chunks of an image, a question and an answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from reference_models.training.documents import ImagePlace, Piece, Template, Words
from reference_models.training.interleaving import instruction_pieces
from vlitqa.records import Record, Turn

END_OF_CHUNK = "<|endofchunk|>"
IMAGE_TOKEN = "<image>"


def chunks_of(record: Record, *, first_token: str, is_prompt: bool = False) -> Iterator[Piece]:
    """Yields `<image>Question:… Answer:…<|endofchunk|>` for each turn; a prompt ends where its last response begins."""
    yield Template(first_token)
    if record.system:
        yield Words(record.system)
        yield Template("\n")
    for number, turn in enumerate(record.turns, 1):
        yield from _pieces_before_response(turn)
        if is_prompt and number == len(record.turns):
            return
        if turn.response:
            yield Words(turn.response, is_target=True)
        yield Template(END_OF_CHUNK, is_target=bool(turn.response))


def _pieces_before_response(turn: Turn) -> Iterator[Piece]:
    """Yields leading images before the question; where nothing is asked, the response is a caption."""
    pieces = list(instruction_pieces(turn))
    leading = list(takewhile(lambda piece: isinstance(piece, ImagePlace), pieces))
    yield from leading
    if len(pieces) > len(leading):
        yield Template("Question:")
        yield from pieces[len(leading) :]
        yield Template(" Answer:")
