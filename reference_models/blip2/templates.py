"""Templates of BLIP-2: the words around instructions and responses, and the images before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reference_models.training.documents import ImagePlace, Piece, Template, Words
from reference_models.training.interleaving import instruction_pieces
from vlitqa.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionTemplate:
    """The words around instructions and responses; a turn without an instruction is a caption and has none of them."""

    before_instruction: str
    before_response: str
    after_response: str

    def pieces(self, record: Record, *, begin: str, is_prompt: bool = False) -> Iterator[Piece]:
        """Yields the pieces of a dialogue; a prompt ends where its last response begins.

        Images that lead a turn stand before its words, those of the first turn even before the first token, as LAVIS
        has its one image.
        """
        for number, turn in enumerate(record.turns, 1):
            pieces = list(instruction_pieces(turn))
            leading = next((place for place, piece in enumerate(pieces) if not isinstance(piece, ImagePlace)), None)
            yield from pieces[:leading]
            if number == 1:
                yield Template(begin)
                yield from _system_pieces(record)
            ends_here = is_prompt and number == len(record.turns)
            if leading is not None:
                yield Template(self.before_instruction)
                yield from pieces[leading:]
                yield Template(self.before_response)
            if turn.response and not ends_here:
                if leading is not None:
                    yield Template(" ", is_target=True)  # most tokenizers join it with the first letters of a response
                yield Words(turn.response, is_target=True)
                yield Template(self.after_response, is_target=True)


def _system_pieces(record: Record) -> Iterator[Piece]:
    if record.system:
        yield Words(record.system)
        yield Template("\n")


QUESTION_TEMPLATES: Mapping[str, QuestionTemplate] = {
    "question": QuestionTemplate(before_instruction="Question: ", before_response=" Answer:", after_response="\n"),
    "short": QuestionTemplate(before_instruction="Instruction: ", before_response="\n\nAnswer:", after_response="</s>"),
}
"""The templates by name: that of BLIP-2, whose answers end with their line, and that of the nano models."""
