"""The words around instructions and responses, between which pictures may stand on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reference_models.training.documents import Piece, Template, Words
from reference_models.training.interleaving import interleave
from vlitqa.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTemplate:
    """The words around the two halves of a turn."""

    before_dialogue: str = ""
    before_system: str = ""
    after_system: str = "\n"
    before_turn: str = ""
    before_instruction: str
    before_response: str
    after_response: str

    def pieces(self, record: Record, *, is_prompt: bool = False) -> Iterator[Piece]:
        """Yields the pieces of a dialogue; a prompt ends where its last response begins."""
        yield Template(self.before_dialogue)
        for number, turn in enumerate(record.turns, 1):
            yield Template(self.before_turn + self.before_instruction)
            if number == 1 and record.system:
                yield Template(self.before_system)
                yield Words(record.system)
                yield Template(self.after_system)
            yield from interleave(turn.instruction or "", turn.instruction_images, turn.instruction_offsets)
            yield Template(self.before_response)
            if is_prompt and number == len(record.turns):
                return
            if turn.response or turn.response_images:
                yield Template(" ", is_target=True)  # most tokenizers join it with the first letters of a response
                yield from interleave(turn.response or "", turn.response_images, turn.response_offsets, is_target=True)
                yield Template(self.after_response, is_target=True)


ROUND_TEMPLATES: Mapping[str, RoundTemplate] = {
    "llama_2": RoundTemplate(
        before_turn="<s>",
        before_instruction="[INST] ",
        before_system="<<SYS>>\n",
        after_system="\n<</SYS>>\n\n",
        before_response=" [/INST]",
        after_response=" </s>",
    ),
    "short": RoundTemplate(
        before_dialogue="<s>",
        before_instruction="Instruction: ",
        before_response="\n\nAnswer:",
        after_response="</s>",
    ),
}
"""The templates by name: that of Llama 2's chat models, and the nano models'."""
