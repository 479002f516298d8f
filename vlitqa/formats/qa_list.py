"""Lists of questions about one image: `image` and `QA` of `q` and `a`."""

from __future__ import annotations

from vlitqa.errors import RejectedRecord
from vlitqa.formats.fields import id_of, image_names, images_of, list_of, text_of, wrong_type
from vlitqa.records import Place, Record, Row, Turn


class QAList:
    """Rows of an image and the questions and answers about it."""

    name = "qa-list"

    def recognises(self, row: Row) -> bool:
        """True for a row with a list of `QA`."""
        return isinstance(row.get("QA"), list)

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        images = images_of(row.get("image"), "image", place)
        turns = [_read_turn(pair, position, place) for position, pair in enumerate(list_of(row, "QA", place))]
        if images and turns:
            turns[0] = Turn(turns[0].instruction, turns[0].response, tuple(range(len(images))))
        return Record(tuple(turns), images, id_of(row, "id"), place=place, source=row)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        names = image_names(record.images)
        pairs = [{"q": turn.instruction, "a": turn.response} for turn in record.turns]
        return {"id": record.id, "image": names[0] if len(names) == 1 else names, "QA": pairs}


def _read_turn(pair: object, position: int, place: Place) -> Turn:
    where = f"QA[{position}]"
    if not isinstance(pair, dict):
        raise wrong_type(where, "an object", pair, place)
    if "q" not in pair and "a" not in pair:
        raise RejectedRecord("missing_field", "neither q nor a", field=where, line=place.line)
    return Turn(text_of(pair.get("q"), f"{where}.q", place), text_of(pair.get("a"), f"{where}.a", place))
