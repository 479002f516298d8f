"""What a model can learn from in a dataset, and the rows that it cannot learn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vlitqa.contracts.models import Document, ReferenceModel
from vlitqa.contracts.tools import Images
from vlitqa.errors import RejectedRecord
from vlitqa.records import Record, Reject


@dataclass(frozen=True, slots=True)
class Example:
    """A record, and the document that it is to a model."""

    record: Record
    document: Document


@dataclass(slots=True)
class Examples:
    """The examples of a dataset in their order, and what was left out."""

    learnable: list[Example] = field(default_factory=list)
    left_out: list[Reject] = field(default_factory=list)

    def leave_out(self, record: Record, code: str, reason: str) -> None:
        """Notes a row that cannot be learned from."""
        self.left_out.append(Reject(record.place, code, reason))


def read_examples(entries: Iterable[Record | Reject], model: ReferenceModel, images: Images) -> Examples:
    """Reads each record into a document of the model; an unreadable row, or one without its image, stays out."""
    examples = Examples()
    for entry in entries:
        if isinstance(entry, Reject):
            examples.left_out.append(entry)
            continue
        try:
            document = model.document(entry)
            for image in document.images:
                refuse_missing(entry, image, images)
        except RejectedRecord as reason:
            examples.leave_out(entry, reason.code, reason.reason)
        else:
            examples.learnable.append(Example(entry, document))
    return examples


def refuse_missing(record: Record, image: int, images: Images) -> None:
    """Raises RejectedRecord where a record names an image that is not there; does not decode it."""
    if images.fingerprint(record.images[image]) == "missing":
        raise RejectedRecord("image_missing", f"there is no image {record.images[image].name!r}")
