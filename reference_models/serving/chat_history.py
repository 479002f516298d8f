"""A conversation with a model: its turns, and the pictures that stand among their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec.structs import replace as replace_fields

from vlitqa.contracts.conversations import DrawnPicture
from vlitqa.contracts.models import Prompt
from vlitqa.contracts.tools import Picture
from vlitqa.records import ImageRef, Record, Turn


@dataclass(frozen=True, slots=True)
class ChatHistory:
    """Questions and answers so far; nothing in it changes, so that several may go on from one."""

    system: str = ""
    turns: tuple[Turn, ...] = ()
    pictures: tuple[Picture, ...] = ()

    def ask(self, text: str, pictures: Sequence[Picture] = (), offsets: Sequence[int] = ()) -> ChatHistory:
        """Adds a question with its pictures; the offsets say how many characters stand before each, if any do."""
        images = tuple(range(len(self.pictures), len(self.pictures) + len(pictures)))
        turn = Turn(text, None, images, instruction_offsets=tuple(offsets) if any(offsets) else ())
        return replace(self, turns=(*self.turns, turn), pictures=(*self.pictures, *pictures))

    def answer(self, text: str, pictures: Sequence[Picture] = (), offsets: Sequence[int] = ()) -> ChatHistory:
        """Adds the answer to the last question, with pictures among its words."""
        images = tuple(range(len(self.pictures), len(self.pictures) + len(pictures)))
        turn = replace_fields(self.turns[-1], response=text, response_images=images, response_offsets=tuple(offsets))
        return replace(self, turns=(*self.turns[:-1], turn), pictures=(*self.pictures, *pictures))

    def answer_in_parts(self, parts: Sequence[str | DrawnPicture]) -> ChatHistory:
        """Adds an answer in which pictures stand between words."""
        text, pictures, offsets = "", list[Picture](), list[int]()
        for part in parts:
            if isinstance(part, DrawnPicture):
                pictures.append(part.picture)
                offsets.append(len(text))
            else:
                text += f" {part}" if text else part
        return self.answer(text, pictures, offsets if any(offsets) else ())

    def prompt(self) -> Prompt:
        """The question that waits for its answer, behind all before it."""
        return Prompt(self.record(), self.pictures)

    def record(self) -> Record:
        """The conversation as a record."""
        images = tuple(ImageRef(picture.digest) for picture in self.pictures)
        return Record(self.turns, images, system=self.system or None)
