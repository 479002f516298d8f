"""Chat templates: the words around instructions and responses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reference_models.training.documents import Piece, Template, Words
from reference_models.training.interleaving import instruction_pieces
from vlitqa.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTemplate:
    """The words around instructions and responses; the first and last tokens are those of Llama."""

    before_instruction: str
    before_response: str
    after_response: str
    response_prefix: str = " "
    """What the model learns to write before a response: it is a part of the first word's token."""
    system: str = ""
    """The first words where the record has no system message of its own."""
    after_system: str = " "
    after_leading_image: str = "\n"
    has_instructions: bool = True
    """False where the model sees images and responses alone."""

    def pieces(self, record: Record, *, is_prompt: bool = False) -> Iterator[Piece]:
        """Yields the pieces of a dialogue; a prompt ends where its last response begins."""
        yield Template("<s>")
        if record.system or self.system:
            yield Words(record.system) if record.system else Template(self.system)
            yield Template(self.after_system)
        for number, turn in enumerate(record.turns, 1):
            yield Template(self.before_instruction)
            for piece in instruction_pieces(turn, self.after_leading_image):
                if self.has_instructions or not isinstance(piece, Words):
                    yield piece
            yield Template(self.before_response)
            if is_prompt and number == len(record.turns):
                return
            if turn.response:
                yield Words(self.response_prefix + turn.response, is_target=True)
                yield Template(self.after_response, is_target=True)
