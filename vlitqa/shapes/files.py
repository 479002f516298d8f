"""Writes datasets and exams of the shapes world as files; the same bytes for a seed, whatever the number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import orjson
from msgspec.structs import replace

from vlitqa.catalogue import load_format
from vlitqa.records import Place, Record
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import picture_name, records_of
from vlitqa.shapes.drawing import drawn
from vlitqa.shapes.exams import LETTERS, choices_in
from vlitqa.shapes.questions import DIMENSIONS
from vlitqa.shapes.scenes import scene_of
from vlitqa.shapes.yes_no import SUBTASKS, doubts_in
from vlitqa.storage.atomic import disk_errors, replacing

DATASET, SEED_BENCH, CAPTIONS = "dataset.jsonl", "SEED-Bench.json", "captions.json"
_AT_ONCE = 64

Tell = Callable[[int, int], None]
"""Told how many pictures of how many are drawn."""


@dataclass(frozen=True, slots=True)
class Studio:
    """Where files go, and how pictures are made."""

    folder: Path
    seed: int = 0
    side: int = 224
    workers: int = 1
    tell: Tell = lambda done, all_of_them: None

    def draw(self, numbers: Iterable[int], folder: str = "images") -> None:
        """The pictures of scenes, each once."""
        wanted = sorted(set(numbers))
        place = self.folder / folder
        with disk_errors(place):
            place.mkdir(parents=True, exist_ok=True)
            work = partial(_picture, self.seed, self.side)
            for done, (number, data) in enumerate(zip(wanted, self._mapped(work, wanted), strict=True), start=1):
                (place / picture_name(number)).write_bytes(data)
                if done % _AT_ONCE == 0 or done == len(wanted):
                    self.tell(done, len(wanted))

    def write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        with disk_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(data)

    def _mapped(self, work: Callable[[int], bytes], numbers: Sequence[int]) -> Iterable[bytes]:
        if self.workers == 1:
            yield from map(work, numbers)
            return
        with ProcessPoolExecutor(self.workers, get_context("spawn")) as pool:
            yield from pool.map(work, numbers, chunksize=_AT_ONCE)


def _picture(seed: int, side: int, number: int) -> bytes:
    data = BytesIO()
    drawn(scene_of(seed, number), side).save(data, "PNG")
    return data.getvalue()


Fault = Callable[[Sequence[Record]], Sequence[Record]]
"""Gives the records of a dataset with some of them broken."""


def write_dataset(
    studio: Studio, name: str, count: int, format_name: str = "llava", fault: Fault | None = None
) -> None:
    """A dataset, its images and the profile that reads it best; with a fault, some of its records broken."""
    records: Sequence[Record] = [
        replace(record, place=Place(row, row + 1)) for row, record in enumerate(records_of(name, studio.seed, count))
    ]
    if fault:
        records = fault(records)
    form = load_format(format_name)
    studio.draw(int(ref.name.split(".")[0]) for record in records for ref in record.images)
    studio.write(DATASET, b"".join(orjson.dumps(form.write(record)) + b"\n" for record in records))
    studio.write("vlitqa.toml", b'profile = "shapes"\n')


def write_choices(studio: Studio, count: int) -> None:
    """An exam in the shape of SEED-Bench: so many questions of four choices in each of its nine image dimensions."""
    questions: list[dict[str, object]] = []
    numbers = []
    for type_id, dimension in enumerate(DIMENSIONS, start=1):
        for choice in choices_in(dimension, studio.seed, count):
            numbers.append(choice.number)
            questions.append(
                {
                    "answer": choice.letter,
                    **{f"choice_{letter.lower()}": text for letter, text in zip(LETTERS, choice.choices, strict=True)},
                    "data_id": picture_name(choice.number),
                    "data_type": "image",
                    "question": choice.asked.text,
                    "question_id": str(len(questions)),
                    "question_type_id": type_id,
                }
            )
    types = {dimension: type_id for type_id, dimension in enumerate(DIMENSIONS, start=1)}
    studio.draw(numbers, "SEED-Bench-image")
    studio.write(SEED_BENCH, orjson.dumps({"question_type": types, "questions": questions}, option=orjson.OPT_INDENT_2))


def write_doubts(studio: Studio, count: int) -> None:
    """An exam in the shape of MME: a folder for each subtask, with a yes and a no for each picture."""
    for subtask in SUBTASKS:
        doubts = doubts_in(subtask, studio.seed, count)
        studio.draw((each.number for each in doubts), subtask)
        for each in doubts:
            name = f"{subtask}/{picture_name(each.number).removesuffix('.png')}.txt"
            studio.write(name, f"{each.true}\tYes\n{each.false}\tNo\n".encode())


def write_captions(studio: Studio, count: int) -> None:
    """Captions and pictures in COCO's shape."""
    numbers = range(count)
    studio.draw(numbers)
    captions = [
        {"image_id": number, "id": number, "caption": caption_of(scene_of(studio.seed, number))} for number in numbers
    ]
    images = [{"id": number, "file_name": picture_name(number)} for number in numbers]
    studio.write(CAPTIONS, orjson.dumps({"images": images, "annotations": captions}, option=orjson.OPT_INDENT_2))
