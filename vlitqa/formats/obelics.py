"""OBELICS: a page as `images` and `texts` of equal length, each place either an image or a text."""

from __future__ import annotations

from vlitqa.errors import RejectedRecord
from vlitqa.formats.fields import id_of, image_names, images_of, list_of, offsets_inside, text_of
from vlitqa.records import ImageRef, Place, Record, Row, Turn

_JOINT = "\n\n"
"""What stands between two texts of a page."""


class Obelics:
    """Rows of a page, which answers no instruction: its texts are one response, its images stand among them."""

    name = "obelics"

    def recognises(self, row: Row) -> bool:
        """True for texts and images of equal length, of which each place has one."""
        texts, images = row.get("texts"), row.get("images")
        if not isinstance(texts, list) or not isinstance(images, list) or not texts:
            return False
        return len(texts) == len(images) and all(
            (text is None) != (image is None) and (text is None or isinstance(text, str))
            for text, image in zip(texts, images, strict=True)
        )

    def read(self, row: Row, *, place: Place) -> Record:
        """Reads a row; raises RejectedRecord."""
        images, texts = list_of(row, "images", place), list_of(row, "texts", place)
        if len(images) != len(texts):
            reason = f"{len(texts)} texts stand beside {len(images)} images"
            raise RejectedRecord("wrong_type", reason, field="texts", line=place.line)
        refs: list[ImageRef] = []
        offsets: list[int] = []
        whole = ""
        for position, (text, image) in enumerate(zip(texts, images, strict=True)):
            shown = images_of(image, f"images[{position}]", place)
            refs += shown
            offsets += [len(whole)] * len(shown)
            words = text_of(text, f"texts[{position}]", place)
            whole += f"{_JOINT if whole else ''}{words}" if words else ""
        turn = Turn(None, whole, (), tuple(range(len(refs))), (), offsets_inside(tuple(offsets)))
        return Record((turn,), tuple(refs), id_of(row, "id"), notes=("one_sided",), place=place, source=row)

    def write(self, record: Record) -> Row:
        """Writes the row of a record; raises RejectedRecord for one with an instruction, or with several turns."""
        if record.source is not None:
            return record.source
        if len(record.turns) != 1 or record.turns[0].instruction:
            raise RejectedRecord("not_expressible", f"{self.name} rows hold one response and no instruction")
        turn, names = record.turns[0], image_names(record.images)
        whole, places = turn.response or "", turn.response_offsets or (0,) * len(turn.response_images)
        texts: list[str | None] = []
        images: list[str | None] = []
        begin = 0
        for name, end in zip([*names, None], [*places, len(whole)], strict=True):
            if piece := whole[begin:end].removeprefix(_JOINT if begin else ""):
                texts.append(piece)
                images.append(None)
            if name is not None:
                texts.append(None)
                images.append(name)
            begin = end
        return {"id": record.id, "images": images, "texts": texts}
