"""Rows of one question and one answer, each in a field of its own: the reading that all such formats share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vlitqa.errors import RejectedRecord
from vlitqa.formats.fields import (
    base64_images,
    encode_base64,
    id_of,
    image_names,
    images_of,
    missing_field,
    offsets_inside,
    regions_of,
    strip_placeholders,
    text_of,
    with_placeholders,
)
from vlitqa.records import ImageRef, Place, Record, Row, Turn


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
        instruction, in_instruction = self._read_instruction(row, place)
        response, in_response = self._read_text(row, self.response, place)
        offsets = offsets_inside(in_instruction) if len(in_instruction) == len(images) else ()
        return Record(
            turns=(Turn(instruction, response, tuple(range(len(images))), (), offsets),),
            images=images,
            id=id_of(row, *self.id),
            placeholders=len(in_instruction + in_response) or None,
            task=text_of(row.get(self.task), self.task, place) if self.task else None,
            annotation=text_of(row.get(self.annotation), self.annotation, place) if self.annotation else None,
            regions=regions_of(row.get(self.region)) if self.region else (),
            examples=_ids(row.get(self.examples)) if self.examples else (),
            notes=("one_sided",) if self.one_sided else (),
            place=place,
            source=row,
        )

    def write(self, record: Record) -> Row:
        """Writes the row of a record; raises RejectedRecord for more than one turn."""
        if record.source is not None:
            return record.source
        if len(record.turns) != 1:
            raise RejectedRecord("not_expressible", f"{self.name} rows hold one turn, this record {len(record.turns)}")
        turn = record.turns[0]
        parts = {
            self.id[0]: record.id or None,
            self.image[0]: self._write_images(record.images) or (record.id if self.image[0] == self.id[0] else None),
            self.instruction[0] if self.instruction else "": _write_instruction(turn),
            self.response[0] if self.response else "": turn.response,
            self.task: record.task,
            self.annotation: record.annotation,
            self.region: [" ".join(map(str, region.box)) for region in record.regions],
            self.examples: list(record.examples),
        }
        return {field: value for field, value in parts.items() if field}

    def _write_images(self, images: tuple[ImageRef, ...]) -> str | list[str]:
        """Writes one image as a text, several as a list."""
        texts = [encode_base64(ref.data or b"") for ref in images] if self.embedded else image_names(images)
        return texts[0] if len(texts) == 1 else texts

    def _read_instruction(self, row: Row, place: Place) -> tuple[str | None, tuple[int, ...]]:
        text, offsets = self._read_text(row, self.instruction, place)
        for field in self.extra:
            addition = text_of(row.get(field), field, place)
            if addition:
                text = f"{text}\n{addition}" if text else addition
        return text, offsets

    def _read_text(self, row: Row, fields: tuple[str, ...], place: Place) -> tuple[str | None, tuple[int, ...]]:
        """The text of the first field that a row has, and where its placeholders stood; None without such a field."""
        if not fields:
            return None, ()
        field = _first_present(row, fields)
        if field not in row:
            raise missing_field(field, place)
        text = text_of(row[field], field, place)
        return strip_placeholders(text) if text else (text, ())


def _write_instruction(turn: Turn) -> str | None:
    """The instruction, with placeholders where an image stands inside it; images before it need none."""
    if turn.instruction is None or turn.response_images:
        return turn.instruction
    return with_placeholders(turn.instruction, turn.instruction_offsets)


def _first_present(row: Row, fields: tuple[str, ...]) -> str:
    return next((field for field in fields if field in row), fields[0] if fields else "")


def _ids(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
