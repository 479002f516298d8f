"""Files of answers, and folders of them: opened, and every row put into the layout of its harness."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from evaluators.answers.layouts import LAYOUTS, Given, Row
from evaluators.benchmarks.mme import SUBTASKS
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import ExamAnswer, ExamQuestion

_GZIP = b"\x1f\x8b"
_FIELDS = 4
"""Of a line of MME."""
_NAMED = 5
"""Fields that are named of a row that nobody knows."""


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """All answers of one model to one benchmark."""

    layout: str
    """In whose way the file is written."""
    given: tuple[Given, ...]


def read_answers(path: Path) -> AnswerFile:
    """The answers of a file, or of a folder of MME's text files."""
    if path.is_dir():
        return AnswerFile("MME", tuple(_of_folder(path)))
    try:
        raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", repair="Name a file of answers.") from None
    rows = list(_rows(path, _unpacked(path, raw)))
    if not rows:
        raise DatasetError(f"{path} holds no answers.", repair="Name a file of answers, or a folder of MME's.")
    layout = next((each for each in LAYOUTS if each.fields <= rows[0].keys()), None)
    if layout is None:
        known = "; ".join(f"{each.name} ({', '.join(sorted(each.fields))})" for each in LAYOUTS)
        named = ", ".join(sorted(rows[0])[:_NAMED]) or "nothing"
        raise DatasetError(f"{path}: nobody writes answers as rows of {named}.", repair=f"Known are {known}.")
    given = []
    for place, row in enumerate(rows, 1):
        if lost := layout.fields - row.keys():
            raise DatasetError(
                f"{path}, row {place}: no field {sorted(lost)[0]!r}, which the first row has.",
                repair="All rows of a file must be written alike.",
            )
        try:
            given.append(layout.read(row))
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            raise DatasetError(
                f"{path}, row {place}: {error}.", repair=f"It is read as {layout.name} writes it."
            ) from None
    return AnswerFile(layout.name, tuple(given))


def _unpacked(path: Path, raw: bytes) -> bytes:
    try:
        return gzip.decompress(raw) if raw.startswith(_GZIP) else raw
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} is packed and damaged ({error}).", repair="Fetch it again.") from None


def _rows(path: Path, raw: bytes) -> Iterator[Row]:
    """The rows of a JSON array, of an object of answers by their keys, or of lines, which may end with commas."""
    if raw.lstrip()[:1] in (b"[", b"{") and (whole := _loaded(raw)) is not None:
        rows = [{"question_id": key, "answer": said} for key, said in whole.items()] if _by_key(whole) else whole
        for at, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
            if not isinstance(row, dict):
                raise _no_answer(path, at, b"")
            yield row
        return
    for number, line in enumerate(raw.split(b"\n"), 1):
        if text := line.strip().removesuffix(b","):
            row = _loaded(text)
            if not isinstance(row, dict):
                raise _no_answer(path, number, line)
            yield row


def _no_answer(path: Path, number: int, line: bytes) -> DatasetError:
    """What a row is that is no answer, as far as it can be told."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return DatasetError(f"{path} is no text.", repair="Name a file of JSON, or of JSON packed with gzip.")
    if text.count("\t") == _FIELDS - 1:
        return DatasetError(f"{path} is one of MME's texts.", repair=f"Name their folder: --answers {path.parent}.")
    if text.startswith("["):
        return DatasetError(f"{path} is no whole JSON array.", repair="It was cut off or damaged: write it again.")
    return DatasetError(f"{path}, row {number}: no JSON object.", repair="Every row must be one answer.")


def _loaded(raw: bytes) -> Any:
    """What a text of JSON says; None for what is none. Python's reader takes NaN, which some harnesses write."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return _whole(json.loads(raw))
    except (ValueError, RecursionError):
        return None


def _whole(value: Any) -> Any:
    """The same with a mark for each half of a character, which no file can keep."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return value


def _by_key(whole: Any) -> bool:
    """Whether an object is answers by their keys: every key has a digit, as names of fields have not."""
    return (
        isinstance(whole, dict)
        and len(whole) > 0
        and all(any(letter.isdigit() for letter in key) for key in whole)
        and all(each is None or isinstance(each, str | int | float | list) for each in whole.values())
    )


def _of_folder(folder: Path) -> Iterator[Given]:
    """MME's own: a file for each subtask, with image, question, what is right and what was said in each line."""
    names = {name.lower(): name for name in SUBTASKS}
    files = [(path, names[path.stem.lower()]) for path in sorted(folder.glob("*.txt")) if path.stem.lower() in names]
    if not files:
        raise DatasetError(
            f"{folder} is a folder without answers to MME.",
            repair="They are existence.txt, count.txt, …; of other benchmarks name the file.",
        )
    for path, subtask in files:
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError as error:
            raise UsageError(f"{path} cannot be read ({error.strerror}).") from None
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            fields = line.split("\t")
            if len(fields) != _FIELDS:
                raise DatasetError(
                    f"{path}, line {number}: {len(fields)} fields where there should be {_FIELDS}.",
                    repair="A line is image, question, right answer and answer with tabs between.",
                )
            image, text, right, said = fields
            question = ExamQuestion("", text, (right,), image=image, group=subtask, part=subtask)
            yield Given(ExamAnswer("", said), question)
