"""Writes datasets and exams of the shapes world as files; the same bytes for a seed, whatever the number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import msgspec
import orjson
from msgspec.structs import replace

from vlitqa.algorithms.shuffle_key import draw_rows
from vlitqa.catalogue import load_format
from vlitqa.engines.main_module import hide_main_module
from vlitqa.records import Place, Record
from vlitqa.results.gold import answered_turns, gold_line, subject_of
from vlitqa.shapes.annotations import caption_of
from vlitqa.shapes.datasets import picture_name, records_of
from vlitqa.shapes.drawing import draw_scene
from vlitqa.shapes.exams import CHOICE_LETTERS, MultipleChoice, multiple_choices_in
from vlitqa.shapes.questions import DIMENSIONS
from vlitqa.shapes.scenes import scene_of
from vlitqa.shapes.yes_no import PAIR_MAKERS, yes_no_pairs_in
from vlitqa.storage.atomic import disk_errors, replacing

_CHUNK = 64
"""Pictures that a worker draws in one go."""
_GOLD = 100
"""Responses of a dataset that have a verdict, as many as people might judge in an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """The folder that files go to, and how pictures are drawn."""

    folder: Path
    seed: int = 0
    side: int = 224
    workers: int = 1

    def draw(self, numbers: Iterable[int], folder: str = "images") -> None:
        """Draws the pictures of scenes, each once."""
        distinct = sorted(set(numbers))
        pictures = self.folder / folder
        with disk_errors(pictures):
            pictures.mkdir(parents=True, exist_ok=True)
            for number, png in zip(distinct, self._render(distinct), strict=True):
                (pictures / picture_name(number)).write_bytes(png)

    def write(self, name: str, data: bytes) -> None:
        """Writes a file into the folder, whole or not at all."""
        path = self.folder / name
        with disk_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(data)

    def _render(self, numbers: Sequence[int]) -> Iterable[bytes]:
        work = partial(_png_of, self.seed, self.side)
        if self.workers == 1:
            yield from map(work, numbers)
            return
        with hide_main_module(), ProcessPoolExecutor(self.workers, get_context("spawn")) as pool:
            yield from pool.map(work, numbers, chunksize=_CHUNK)


def _png_of(seed: int, side: int, number: int) -> bytes:
    data = BytesIO()
    draw_scene(scene_of(seed, number), side).save(data, "PNG")
    return data.getvalue()


BreakRecords = Callable[[Sequence[Record]], Sequence[Record]]
"""Gives the records of a dataset with some of them broken."""


def write_dataset(
    studio: Studio, name: str, count: int, format_name: str = "llava", break_records: BreakRecords | None = None
) -> None:
    """Writes a dataset, its images, verdicts on some of its responses, and the profile that reads it best."""
    truth = placed_records(name, studio.seed, count)
    records = break_records(truth) if break_records else truth
    studio.draw(scenes_in(records))
    write_gold(studio, "dataset.gold.jsonl", records, truth)
    write_rows(studio, "dataset.jsonl", records, format_name)
    write_profile(studio)


def placed_records(name: str, seed: int, count: int) -> Sequence[Record]:
    """So many records of a dataset, with the places that they will have in its file."""
    return [replace(record, place=Place(row, row + 1)) for row, record in enumerate(records_of(name, seed, count))]


def scenes_in(records: Iterable[Record]) -> Iterable[int]:
    """The numbers of the scenes that records show."""
    return (int(ref.name.split(".")[0]) for record in records for ref in record.images)


def write_rows(studio: Studio, file_name: str, records: Iterable[Record], format_name: str = "llava") -> None:
    """Writes records as the rows of a file."""
    row_format = load_format(format_name)
    studio.write(file_name, b"".join(orjson.dumps(row_format.write(record)) + b"\n" for record in records))


def write_gold(
    studio: Studio, file_name: str, records: Sequence[Record], truth: Sequence[Record], *, size: int = _GOLD
) -> None:
    """Writes verdicts on responses that are drawn at random: one that the truth does not give is wrong."""
    turns = list(answered_turns(records))
    drawn = sorted(draw_rows(range(len(turns)), min(size, len(turns)), studio.seed))
    right = {subject_of(record, record.turns[place])[1:] for record, place in answered_turns(truth)}  # under any id
    lines = [
        gold_line(record, place, subject_of(record, record.turns[place])[1:] in right)
        for record, place in map(turns.__getitem__, drawn)
    ]
    studio.write(file_name, b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def write_profile(studio: Studio) -> None:
    """Names the tools that know the drawn shapes for the datasets of a folder."""
    studio.write("vlitqa.toml", b'profile = "shapes"\n')


def write_seed_bench(studio: Studio, count: int) -> None:
    """Writes an exam in the shape of SEED-Bench: so many questions in each of its nine image dimensions."""
    type_ids = {dimension: type_id for type_id, dimension in enumerate(DIMENSIONS, start=1)}
    questions = [
        (type_id, question)
        for dimension, type_id in type_ids.items()
        for question in multiple_choices_in(dimension, studio.seed, count)
    ]
    rows = [_seed_bench_row(place, type_id, question) for place, (type_id, question) in enumerate(questions)]
    studio.draw((question.number for _, question in questions), "SEED-Bench-image")
    exam = {"question_type": type_ids, "questions": rows}
    studio.write("SEED-Bench.json", orjson.dumps(exam, option=orjson.OPT_INDENT_2))


def _seed_bench_row(place: int, type_id: int, question: MultipleChoice) -> dict[str, object]:
    choices = zip(CHOICE_LETTERS, question.sentences, strict=True)
    return {
        "answer": question.letter,
        **{f"choice_{letter.lower()}": text for letter, text in choices},
        "data_id": picture_name(question.number),
        "data_type": "image",
        "question": question.question.text,
        "question_id": str(place),
        "question_type_id": type_id,
    }


def write_mme(studio: Studio, count: int) -> None:
    """Writes an exam in the shape of MME: a folder for each subtask, with a yes and a no for each picture."""
    for subtask in PAIR_MAKERS:
        pairs = yes_no_pairs_in(subtask, studio.seed, count)
        studio.draw((pair.number for pair in pairs), subtask)
        for pair in pairs:
            name = f"{subtask}/{picture_name(pair.number).removesuffix('.png')}.txt"
            studio.write(name, f"{pair.true}\tYes\n{pair.false}\tNo\n".encode())


def write_captions(studio: Studio, count: int) -> None:
    """Writes captions and pictures in COCO's shape."""
    numbers = range(count)
    studio.draw(numbers)
    captions = [
        {"image_id": number, "id": number, "caption": caption_of(scene_of(studio.seed, number))} for number in numbers
    ]
    images = [{"id": number, "file_name": picture_name(number)} for number in numbers]
    studio.write("captions.json", orjson.dumps({"images": images, "annotations": captions}, option=orjson.OPT_INDENT_2))
