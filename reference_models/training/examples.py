"""What a model can learn from in a dataset, and the rows that it cannot learn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from vlitqa.algorithms.shuffle_key import draw_rows
from vlitqa.contracts.models import Document, ReferenceModel
from vlitqa.contracts.tools import Images
from vlitqa.errors import RejectedRecord
from vlitqa.reader import Dataset
from vlitqa.records import Record, Reject
from vlitqa.storage.atomic import replacing

_DRAW_SEED = 0
"""A dataset stays the same for all seeds of its tunings."""
LEFT_OUT = "left_out.jsonl"
"""The file of a tuning that lists the rows that were not learned from."""


@dataclass(frozen=True, slots=True)
class Example:
    """A record, and the document that it is to a model."""

    record: Record
    document: Document


class Examples:
    """The examples of a dataset in their order, and the rows that were left out, each once."""

    def __init__(self, learnable: list[Example], left_out: Iterable[Reject]) -> None:
        self.learnable = learnable
        self._left_out = {reject.place.row: reject for reject in left_out}

    @property
    def left_out(self) -> list[Reject]:
        """The rows that were not learned from, in the order of the file."""
        return [self._left_out[row] for row in sorted(self._left_out)]

    def leave_out(self, rejects: Iterable[Reject]) -> None:
        """Notes rows that cannot be learned from."""
        self._left_out.update({reject.place.row: reject for reject in rejects})


def read_left_out(folder: Path) -> list[Reject]:
    """The rows that an earlier part of a tuning left out."""
    path = folder / LEFT_OUT
    return msgspec.json.Decoder(Reject).decode_lines(path.read_bytes()) if path.is_file() else []


def write_left_out(folder: Path, rejects: Sequence[Reject]) -> None:
    """Writes the rows that were not learned from, each with its place and reason."""
    with replacing(folder / LEFT_OUT) as file:
        file.write(msgspec.json.Encoder().encode_lines(rejects))


def draw_records(entries: Iterable[Record | Reject], dataset: Dataset, count: int | None) -> Iterable[Record | Reject]:
    """So many of the records, drawn by the same keys as those that are scored; None takes all."""
    if count is None:
        return entries
    rows = draw_rows(dataset.record_rows, count, _DRAW_SEED)
    return (entry for entry in entries if entry.place.row in rows)


def read_examples(entries: Iterable[Record | Reject], model: ReferenceModel, images: Images) -> Examples:
    """Reads each record into a document of the model; an unreadable row, or one without its image, stays out."""
    learnable, rejects = list[Example](), list[Reject]()
    for entry in entries:
        if isinstance(entry, Reject):
            rejects.append(entry)
            continue
        try:
            document = model.document(entry)
            for image in document.images:
                refuse_missing(entry, image, images)
        except RejectedRecord as reason:
            rejects.append(Reject(entry.place, reason.code, reason.reason))
        else:
            learnable.append(Example(entry, document))
    return Examples(learnable, rejects)


def refuse_missing(record: Record, image: int, images: Images) -> None:
    """Raises RejectedRecord where a record names an image that is not there; does not decode it."""
    if images.fingerprint(record.images[image]) == "missing":
        raise RejectedRecord("image_missing", f"there is no image {record.images[image].name!r}")
