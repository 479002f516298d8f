"""Rows of one question and one answer, each in a field of its own: the reading that all such formats share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vlitqa.errors import RejectedRecord
from vlitqa.formats.conversation import ANSWERER, ASKER, DialogueMessage, dialogue_of
from vlitqa.formats.fields import (
    base64_images,
    encode_base64,
    id_of,
    image_names,
    images_of,
    list_of,
    missing_field,
    most_frequent,
    offsets_inside,
    regions_of,
    strip_placeholders,
    text_of,
    with_placeholders,
    wrong_type,
)
from vlitqa.formats.rejected_responses import read_rejected
from vlitqa.records import ImageRef, Place, Record, Row, Turn, with_image_marks

_ROLES = (ASKER, ANSWERER)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatFormat:
    """The fields that hold the parts of a record; of several names the first that a row has counts."""

    name: str
    needs: Callable[[Row], bool]
    """Recognises a row of this format: true for exactly one format of the catalogue."""
    instruction: tuple[str, ...]
    response: tuple[str, ...]
    image: tuple[str, ...] = ("image",)
    id: tuple[str, ...] = ("id",)
    extra: tuple[str, ...] = ()
    """Further fields that belong to the instruction, such as alpaca's `input`."""
    task: str = ""
    annotation: str = ""
    region: str = ""
    examples: str = ""
    history: str = ""
    """Earlier turns, each a list of a question and its answer."""
    system: str = ""
    rejected: tuple[str, ...] = ()
    is_voted: bool = False
    """True where several people answered: of a list of answers the most frequent one counts."""
    reasoning: str = ""
    """A field with what was thought before the response; it becomes the beginning of it."""
    one_sided: bool = False
    """True for responses alone, such as captions."""
    embedded: bool = False
    """True if the image field holds base64."""

    def recognises(self, row: Row) -> bool:
        """True for a row with the needed fields."""
        return self.needs(row)

    def describe(self) -> str:
        """Names the fields that are read, for the catalogue."""
        parts = (*self.instruction[:1], *self.response[:1], *self.image[:1])
        return f"Rows of {', '.join(field.strip('_') for field in parts)}."

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        image = _first_present(row, self.image)
        value = row.get(image)
        images = base64_images(value, image, place) if self.embedded else images_of(value, image, place)
        turns, placeholders = self._read_turns(row, len(images), place)
        return Record(
            turns=turns,
            images=images,
            id=id_of(row, *self.id),
            placeholders=placeholders or None,
            system=text_of(row.get(self.system), self.system, place) or None if self.system else None,
            task=text_of(row.get(self.task), self.task, place) if self.task else None,
            annotation=text_of(row.get(self.annotation), self.annotation, place) if self.annotation else None,
            regions=regions_of(row.get(self.region)) if self.region else (),
            examples=_ids(row.get(self.examples)) if self.examples else (),
            rejected=read_rejected(row, self.rejected, place),
            notes=("one_sided",) if self.one_sided else (),
            place=place,
            source=row,
        )

    def write(self, record: Record) -> Row:
        """Writes the row of a record; raises RejectedRecord for more turns than it can hold."""
        if record.source is not None:
            return record.source
        if len(record.turns) != 1 and not (self.history and record.turns):
            raise RejectedRecord("not_expressible", f"{self.name} rows hold one turn, this record {len(record.turns)}")
        *earlier, turn = record.turns
        asked, given = _marked(turn) if earlier else (_write_instruction(turn), turn.response)
        parts = {
            self.id[0]: record.id or None,
            self.image[0]: self._write_images(record.images) or (record.id if self.image[0] == self.id[0] else None),
            self.instruction[0] if self.instruction else "": asked,
            self.response[0] if self.response else "": given,
            self.task: record.task,
            self.annotation: record.annotation,
            self.region: [" ".join(map(str, region.box)) for region in record.regions],
            self.examples: list(record.examples),
            self.history: [list(_marked(turn)) for turn in earlier],
            self.system: record.system,
            self.rejected[0] if record.rejected is not None and self.rejected else "": record.rejected,
        }
        return {field: value for field, value in parts.items() if field}

    def _write_images(self, images: tuple[ImageRef, ...]) -> str | list[str]:
        """Writes one image as a text, several as a list."""
        texts = [encode_base64(ref.data or b"") for ref in images] if self.embedded else image_names(images)
        return texts[0] if len(texts) == 1 else texts

    def _read_turns(self, row: Row, images: int, place: Place) -> tuple[tuple[Turn, ...], int]:
        """The turns of a row, and how many placeholders their texts have."""
        if self.history and row.get(self.history):
            dialogue = dialogue_of(self._messages(row, place), images)
            return dialogue.turns, dialogue.placeholders
        instruction, in_instruction = self._read_instruction(row, place)
        raw = self._raw_response(row, place)
        response, in_response = strip_placeholders(raw) if raw else (raw, ())
        offsets = offsets_inside(in_instruction) if len(in_instruction) == images else ()
        turn = Turn(instruction, response, tuple(range(images)), (), offsets)
        return (turn,), len(in_instruction + in_response)

    def _messages(self, row: Row, place: Place) -> list[DialogueMessage]:
        """The messages of a row with a history, the placeholders still in them."""
        last = [(self._raw_instruction(row, place), self._raw_response(row, place))]
        sides = (side for pair in [*_pairs(row, self.history, place), *last] for side in zip(_ROLES, pair, strict=True))
        return [DialogueMessage(role, text) for role, text in sides]

    def _read_instruction(self, row: Row, place: Place) -> tuple[str | None, tuple[int, ...]]:
        text = self._raw_instruction(row, place)
        return strip_placeholders(text) if text else (text, ())

    def _raw_instruction(self, row: Row, place: Place) -> str | None:
        """The instruction with its further fields, and the placeholders of both."""
        text = self._raw_text(row, self.instruction, place)
        more = [addition for field in self.extra if (addition := text_of(row.get(field), field, place))]
        return "\n".join(filter(None, (text, *more))) if more else text

    def _raw_response(self, row: Row, place: Place) -> str | None:
        """The response behind its reasoning; of a list of answers the most frequent one."""
        field = _first_present(row, self.response)
        if self.is_voted and isinstance(answers := row.get(field), list):
            return most_frequent(answers, field, place)
        response = self._raw_text(row, self.response, place)
        thought = text_of(row.get(self.reasoning), self.reasoning, place) if self.reasoning else None
        return f"{thought}\n{response or ''}" if thought else response

    def _raw_text(self, row: Row, fields: tuple[str, ...], place: Place) -> str | None:
        """The text of the first field that a row has; None for a format without such a field."""
        if not fields:
            return None
        field = _first_present(row, fields)
        if field not in row:
            raise missing_field(field, place)
        return text_of(row[field], field, place)


def _write_instruction(turn: Turn) -> str | None:
    """The instruction, with placeholders where an image stands inside it; images before it need none."""
    if turn.instruction is None or turn.response_images:
        return turn.instruction
    return with_placeholders(turn.instruction, turn.instruction_offsets)


def _marked(turn: Turn) -> tuple[str | None, str | None]:
    return with_image_marks(turn, "<image>")


def _pairs(row: Row, field: str, place: Place) -> list[tuple[str | None, str | None]]:
    """The questions and answers of a history; raises RejectedRecord for one that is none."""
    pairs: list[tuple[str | None, str | None]] = []
    for position, pair in enumerate(list_of(row, field, place)):
        where = f"{field}[{position}]"
        if not isinstance(pair, list) or len(pair) != len(_ROLES):
            raise wrong_type(where, "a question and its answer", pair, place)
        pairs.append((text_of(pair[0], f"{where}[0]", place), text_of(pair[1], f"{where}[1]", place)))
    return pairs


def _first_present(row: Row, fields: tuple[str, ...]) -> str:
    """The first field that holds anything, else the first that is there."""
    present = [field for field in fields if field in row]
    return next((field for field in present if row[field] not in (None, "", [])), (*present, *fields, "")[0])


def _ids(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
