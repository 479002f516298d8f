"""A prompt in one field and its response in another, perhaps beside one that was rejected: TRL's rows and OpenAI's."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from vlitqa.formats.conversation import ANSWERER, ASKER, DialogueMessage
from vlitqa.formats.fields import image_names, list_of, missing_field, text_of
from vlitqa.formats.openai_messages import record_of_messages
from vlitqa.formats.rejected_responses import read_rejected
from vlitqa.formats.role_content import IllustratedMessages, read_messages, write_dialogue
from vlitqa.records import Place, Record, Row

_OTHERS = frozenset(("conversations", "messages", "conversation", "instruction", "question", "query", "texts"))
"""Fields of formats that have a response in the same field, and their question elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptedFormat:
    """The fields of a prompt, its response and a rejected one: each a text or messages of `role` and `content`."""

    name: str
    prompt: str
    response: str
    rejected: str = ""
    """Empty for rows of no preferences. Where a row has it, the response may hold the prompt, too."""
    is_nested: bool = False
    """True if the prompt is an object with `messages`."""

    def recognises(self, row: Row) -> bool:
        """True for a row with its fields."""
        needed = {self.response, self.rejected or self.prompt}
        return needed <= row.keys() and _OTHERS.isdisjoint(row)

    def describe(self) -> str:
        """Names the fields that are read, for the catalogue."""
        return f"Rows of {', '.join(filter(None, (self.prompt, self.response, self.rejected)))}."

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        asked = self._read_prompt(row, place)
        if self.response not in row:
            raise missing_field(self.response, place)
        given = _read_side(row[self.response], self.response, ANSWERER, place)
        if given.messages[: len(asked.messages)] == asked.messages:  # the response holds its prompt, too
            asked = IllustratedMessages([], [])
        illustrated = IllustratedMessages([*asked.messages, *given.messages], [*asked.images, *given.images])
        rejected = read_rejected(row, (self.rejected,), place) if self.rejected else None
        record = record_of_messages(row, illustrated, place, rejected=rejected)
        return replace(record, placeholders=record.placeholders or None)  # TRL writes them itself where there are none

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        messages = write_dialogue(record)
        split = len(messages) - 1 if messages and messages[-1]["role"] == "assistant" else len(messages)
        prompt: object = {"messages": messages[:split]} if self.is_nested else messages[:split]
        return {
            "id": record.id,
            self.prompt: prompt,
            self.response: messages[split:],
            **({self.rejected: record.rejected} if self.rejected else {}),
            "images": image_names(record.images),
        }

    def _read_prompt(self, row: Row, place: Place) -> IllustratedMessages:
        if self.prompt not in row:
            if self.rejected and not self.is_nested:
                return IllustratedMessages([], [])
            raise missing_field(self.prompt, place)
        value, where = row[self.prompt], self.prompt
        if self.is_nested and isinstance(value, dict):
            value, where = list_of(value, "messages", place, within=f"{where}."), f"{where}.messages"
        return _read_side(value, where, ASKER, place)


def _read_side(value: object, where: str, role: str, place: Place) -> IllustratedMessages:
    """The messages of one side, which may be one text."""
    if isinstance(value, list | dict):
        return read_messages(value if isinstance(value, list) else [value], where, place)
    return IllustratedMessages([DialogueMessage(role, text_of(value, where, place))], [])


PROMPT_COMPLETION = PromptedFormat(name="prompt-completion", prompt="prompt", response="completion")
PREFERENCES = PromptedFormat(name="preferences", prompt="prompt", response="chosen", rejected="rejected")
OPENAI_PREFERENCES = PromptedFormat(
    name="openai-preferences",
    prompt="input",
    response="preferred_output",
    rejected="non_preferred_output",
    is_nested=True,
)
