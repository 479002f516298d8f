"""Files of answers, and folders of them: opened, and every row put into the layout of its harness."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from evaluators.answers.layouts import LAYOUTS, AnswerRow, Layout, WrittenAnswer, model_of
from evaluators.benchmarks.mme import SUBTASKS
from vlitqa.containers.stream import read_whole
from vlitqa.errors import DatasetError
from vlitqa.results.exams import ExamAnswer, ExamQuestion

_CAP = 512 << 20
"""Bytes that a file of answers may have, unpacked."""
_MME_FIELDS = 4
"""Fields of a line of MME."""
_MOST_NAMED = 5
"""Fields that are named of a row whose layout is unknown."""


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """All answers of one model to one benchmark."""

    layout: str
    """The name of the layout that the file is written in."""
    answers: tuple[WrittenAnswer, ...]
    model: str = ""
    """The name of the model, where the rows carry it."""


def read_answers(path: Path) -> AnswerFile:
    """The answers of a file, or of a folder of MME's text files."""
    if path.is_dir():
        return AnswerFile("MME", tuple(_read_mme_folder(path)))
    rows = list(_rows(path, read_whole(path, _CAP).removeprefix(b"\xef\xbb\xbf")))
    if not rows:
        raise DatasetError(f"{path} holds no answers.", repair="Name a file of answers, or a folder of MME's.")
    layout = _layout_of(path, rows[0])
    answers = tuple(_read_row(path, number, row, layout) for number, row in enumerate(rows, 1))
    return AnswerFile(layout.name, answers, model_of(rows))


def _layout_of(path: Path, row: AnswerRow) -> Layout:
    layout = next((layout for layout in LAYOUTS if layout.fields <= row.keys()), None)
    if layout is None:
        layouts = "; ".join(f"{layout.name} ({', '.join(sorted(layout.fields))})" for layout in LAYOUTS)
        fields = ", ".join(sorted(row)[:_MOST_NAMED]) or "nothing"
        raise DatasetError(f"{path}: no known format of answers has rows of {fields}.", repair=f"Known are {layouts}.")
    return layout


def _read_row(path: Path, number: int, row: AnswerRow, layout: Layout) -> WrittenAnswer:
    if missing := layout.fields - row.keys():
        raise DatasetError(
            f"{path}, row {number}: no field {sorted(missing)[0]!r}, which the first row has.",
            repair="All rows of a file must be written alike.",
        )
    try:
        return layout.read(row)
    except KeyError as error:
        raise DatasetError(
            f"{path}, row {number}: no field {error}.", repair=f"It is read as {layout.name} writes it."
        ) from None
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DatasetError(
            f"{path}, row {number}: {error}.", repair=f"It is read as {layout.name} writes it."
        ) from None


def _rows(path: Path, raw: bytes) -> Iterator[AnswerRow]:
    """The rows of a JSON array, of an object of answers by their keys, or of lines, which may end with commas."""
    if raw.lstrip()[:1] in (b"[", b"{") and (content := _load_json(raw)) is not None:
        if _is_answers_by_key(content):
            content = [{"question_id": key, "answer": answer} for key, answer in content.items()]
        for number, row in enumerate(content if isinstance(content, list) else [content], 1):
            if not isinstance(row, dict):
                raise _no_answer(path, number, b"")
            yield row
        return
    for number, line in enumerate(raw.split(b"\n"), 1):
        if text := line.strip().removesuffix(b","):
            row = _load_json(text)
            if not isinstance(row, dict):
                raise _no_answer(path, number, line)
            yield row


def _no_answer(path: Path, number: int, line: bytes) -> DatasetError:
    """The error about a row that is no answer: what it may be instead, and what to do."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return DatasetError(f"{path} is no text.", repair="Name a file of JSON, or of JSON packed with gzip.")
    if text.count("\t") == _MME_FIELDS - 1:
        return DatasetError(
            f"{path} is one of MME's texts.", repair=f"Name their folder: --answers {shlex.quote(str(path.parent))}."
        )
    if text.startswith("["):
        return DatasetError(f"{path} is no whole JSON array.", repair="It was cut off or damaged: write it again.")
    return DatasetError(f"{path}, row {number}: no JSON object.", repair="Every row must be one answer.")


def _load_json(raw: bytes) -> Any:
    """The value of a JSON text; None where it is none. Python's reader takes NaN, which some harnesses write."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return _without_half_characters(json.loads(raw))
    except (ValueError, RecursionError):
        return None


def _without_half_characters(value: Any) -> Any:
    """The same value with a question mark for each half of a character, which no file can keep."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_without_half_characters(item) for item in value]
    if isinstance(value, dict):
        return {_without_half_characters(key): _without_half_characters(item) for key, item in value.items()}
    return value


def _is_answers_by_key(content: Any) -> bool:
    """True if an object is answers by their keys: every key has a digit, as names of fields have not."""
    return (
        isinstance(content, dict)
        and len(content) > 0
        and all(any(letter.isdigit() for letter in key) for key in content)
        and all(answer is None or isinstance(answer, str | int | float | list) for answer in content.values())
    )


def _read_mme_folder(folder: Path) -> Iterator[WrittenAnswer]:
    """MME's own: a file for each subtask, with image, question, right answer and given answer in each line."""
    subtasks = {subtask.lower(): subtask for subtask in SUBTASKS}
    paths = [path for path in sorted(folder.glob("*.txt")) if path.stem.lower() in subtasks]
    if not paths:
        raise DatasetError(
            f"{folder} is a folder without answers to MME.",
            repair="They are existence.txt, count.txt, …; of other benchmarks name the file.",
        )
    for path in paths:
        text = read_whole(path, _CAP).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield _read_mme_line(path, number, line, subtasks[path.stem.lower()])


def _read_mme_line(path: Path, number: int, line: str, subtask: str) -> WrittenAnswer:
    fields = line.split("\t")
    if len(fields) != _MME_FIELDS:
        raise DatasetError(
            f"{path}, line {number}: {len(fields)} fields where there should be {_MME_FIELDS}.",
            repair="A line is image, question, right answer and answer with tabs between.",
        )
    image, text, right, answer = fields
    question = ExamQuestion("", text, (right,), image=image, group=subtask, part=subtask)
    return WrittenAnswer(ExamAnswer("", answer), question)
