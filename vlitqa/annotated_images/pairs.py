"""Images with one caption each, a row for each pair: tables (CC3M), lines of JSON, Parquet, and tars (WebDataset)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

from vlitqa.annotated_images.coco import file_below
from vlitqa.annotated_images.image import AnnotatedImage, Caption
from vlitqa.annotated_images.parts import AnnotationFile, AnnotationPart, NumberedImage
from vlitqa.containers.opening import open_source
from vlitqa.errors import DatasetError
from vlitqa.records import ROW_IMAGES, ROW_KEY, ROW_TEXT, RawRow, Row

_CAPTION_FIELDS = ("caption", "text", "TEXT", "title", ROW_TEXT)
_IMAGE_FIELDS = ("image", "file_name", "file", "filename", "image_path", "path", "filepath", "url", "URL")
_SAMPLE_ROWS = 100


def read_pairs_of_rows(file: AnnotationFile) -> AnnotationPart:
    """The caption of each image; the fields are recognised by their usual names, a table without them by its shape."""
    rows = _rows_of(file.path)
    sample = list(islice(rows, _SAMPLE_ROWS))
    if not sample:
        raise DatasetError(f"{file.path} holds no rows.", repair="Check its name in the recipe.")
    caption = _field_among(_CAPTION_FIELDS, sample)
    image = _field_among(_IMAGE_FIELDS, sample)
    every: Iterator[Row] = chain(sample, rows)
    if not caption and not _is_tar(sample):
        every, caption, image = _as_table_without_header(file.path, every), "caption", "image"
    images = [NumberedImage("", pair) for row in every if (pair := _pair(file, row, caption, image))]
    return AnnotationPart(images=images, embeds=_is_tar(sample))


def embedded_images(file: AnnotationFile) -> Iterator[tuple[str, bytes]]:
    """The images that lie in a tar beside their captions, by the names that annotated images have."""
    for row in _rows_of(file.path):
        for member, content in _members(row).items():
            yield file_below(file.folder, member), content


def _rows_of(path: Path) -> Iterator[Row]:
    source, container = open_source(path, lambda _: True)
    with source.stream() as stream:
        for raw in container.rows(stream):
            if isinstance(raw, RawRow):
                yield raw.row


def _field_among(names: Sequence[str], sample: Sequence[Row]) -> str:
    """The first of the usual names that most rows of a sample have with a text; empty if none."""
    for name in names:
        if 2 * sum(isinstance(row.get(name), str) for row in sample) > len(sample):
            return name
    return ""


def _is_tar(sample: Sequence[Row]) -> bool:
    return ROW_KEY in sample[0] and ROW_IMAGES in sample[0]


def _as_table_without_header(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    """Rows of caption and image in a table of two columns whose first row was taken for its header, as CC3M's is."""
    header: list[str] = []
    for row in rows:
        if not header:
            header = list(row)
            if len(header) != 2:
                raise DatasetError(
                    f"{path}: its rows have the fields {', '.join(header[:12])}, and none is a caption.",
                    repair=f"Name the field of the caption {_CAPTION_FIELDS[0]!r}, and that of the image "
                    f"{_IMAGE_FIELDS[0]!r}.",
                )
            yield dict(zip(("caption", "image"), header, strict=True))
        yield dict(zip(("caption", "image"), row.values(), strict=True))


def _pair(file: AnnotationFile, row: Row, caption: str, image: str) -> AnnotatedImage | None:
    """The image of one row with its caption; None for a row that lacks one of them."""
    members = _members(row)
    name = next(iter(members), "") or (str(row.get(image) or "") if image else "")
    text = " ".join(str(row.get(caption) or "").split()) if caption else ""
    if not name or not text:
        return None
    return AnnotatedImage(file=file_below(file.folder, name), captions=(Caption(text, file.source),))


def _members(row: Row) -> Mapping[str, bytes]:
    """The images that a row of a tar holds."""
    members = row.get(ROW_IMAGES)
    return members if isinstance(members, Mapping) else {}
