"""FineVision, The Cauldron, Docmatix: `images` and `texts`, pairs of `user` and `assistant` about them."""

from __future__ import annotations

from vlitqa.formats.conversation import dialogue_of, record_of_dialogue
from vlitqa.formats.fields import image_names, images_of, list_of
from vlitqa.formats.pairs import is_pair, read_pairs, write_pairs
from vlitqa.formats.role_content import SPEAKERS
from vlitqa.records import Place, Record, Row


class FineVision:
    """Rows of `images` and `texts`, each text a question and its answer."""

    name = "finevision"

    def recognises(self, row: Row) -> bool:
        """True for `texts` that begin with a question or an answer."""
        texts = row.get("texts")
        return isinstance(texts, list) and bool(texts) and is_pair(texts[0])

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        images = images_of(row.get("images"), "images", place)
        dialogue = dialogue_of([*read_pairs(list_of(row, "texts", place), "texts", place)], len(images))
        return record_of_dialogue(row, dialogue, images, place, needs_placeholders=False)

    def write(self, record: Record) -> Row:
        """Writes the row of a record."""
        if record.source is not None:
            return record.source
        return {"id": record.id, "images": image_names(record.images), "texts": write_pairs(record, SPEAKERS)}
