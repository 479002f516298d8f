"""Answers of models as other harnesses write them; some carry the questions and what is right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from evaluators.data_root import texts
from vlitqa.errors import DatasetError, UsageError
from vlitqa.exam_results import Answer, Question

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """One answer, and its question where the file holds that too."""

    answer: Answer
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """All answers of one model to one benchmark."""

    layout: str
    """In whose way the file is written."""
    given: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """One way to write answers, told by the fields of a row."""

    name: str
    fields: frozenset[str]
    read: Callable[[Row], Given]


def read_answers(path: Path) -> AnswerFile:
    """The answers of a file, or of a folder of MME's text files."""
    if path.is_dir():
        return AnswerFile("mme", tuple(_of_folder(path)))
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", repair="Name a file of answers.") from None
    rows = list(_rows(path, raw.removeprefix(b"\xef\xbb\xbf")))
    if not rows:
        raise DatasetError(f"{path} holds no answers.", repair="Name a file of answers, or a folder of MME's.")
    layout = next((each for each in _LAYOUTS if each.fields <= rows[0].keys()), None)
    if layout is None:
        raise DatasetError(
            f"{path}: nobody writes answers as rows of {', '.join(sorted(rows[0])) or 'nothing'}.",
            repair=f"Known are {'; '.join(f'{each.name} ({chr(44).join(sorted(each.fields))})' for each in _LAYOUTS)}.",
        )
    given = []
    for place, row in enumerate(rows):
        if lost := layout.fields - row.keys():
            raise DatasetError(
                f"{path}, row {place + 1}: no field {sorted(lost)[0]!r}, which the first row has.",
                repair="All rows of a file must be written alike.",
            )
        try:
            given.append(layout.read(row))
        except (TypeError, ValueError, AttributeError) as error:
            raise DatasetError(
                f"{path}, row {place + 1}: {error}.", repair=f"It is read as {layout.name} writes it."
            ) from None
    return AnswerFile(layout.name, tuple(given))


def _rows(path: Path, raw: bytes) -> Iterator[Row]:
    """The rows of a JSON array, of an object of answers by their keys, or of lines, which may end with commas."""
    if raw.lstrip()[:1] in (b"[", b"{") and (whole := _loaded(raw)) is not None:
        rows = [{"question_id": key, "answer": said} for key, said in whole.items()] if _by_key(whole) else whole
        yield from (_checked(path, at, row) for at, row in enumerate(rows if isinstance(rows, list) else [rows], 1))
        return
    for number, line in enumerate(raw.split(b"\n"), 1):
        if text := line.strip().removesuffix(b","):
            yield _checked(path, number, _loaded(text))


def _loaded(raw: bytes) -> Any:
    """What a text of JSON says; None for what is none. Python's reader takes NaN, which some harnesses write."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _by_key(whole: Any) -> bool:
    return (
        isinstance(whole, dict)
        and len(whole) > 0
        and all(isinstance(each, str | int | float) for each in whole.values())
        and not any(each.fields <= whole.keys() for each in _LAYOUTS)
    )


def _checked(path: Path, number: int, row: Any) -> Row:
    if not isinstance(row, dict):
        raise DatasetError(f"{path}, row {number}: no JSON object.", repair="Every row must be one answer.")
    return row


def _of_folder(folder: Path) -> Iterator[Given]:
    """MME's own: a file for each subtask, with image, question, what is right and what was said in each line."""
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise DatasetError(f"{folder} holds no .txt files.", repair="MME's answers are existence.txt, count.txt, ….")
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
            if not line.strip():
                continue
            fields = line.split("\t")
            if len(fields) != 4:
                raise DatasetError(
                    f"{file}, line {number}: {len(fields)} fields where there should be 4.",
                    repair="A line is image, question, right answer and answer with tabs between.",
                )
            image, text, right, said = fields
            question = Question("", text, (right,), image, file.stem, file.stem)
            yield Given(Answer("", said), question)


def _said(value: Any) -> str:
    """The first of all replies, however deep it lies."""
    while isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None else str(value)


def _of_ehub(row: Row) -> Given:
    question = Question("", str(row["question"]), texts(row["gt_answers"]), str(row.get("image_path", "")))
    return Given(Answer("", _said(row["answer"])), question)


def _of_seed(row: Row) -> Given:
    key = str(row["question_id"])
    said = Answer(key, _said(row["prediction"]))
    if "gt_answer" not in row:
        return Given(said)
    part = "video" if key.startswith("v") else "image"
    return Given(said, Question(key, "", (str(row["gt_answer"]),), part=part))


def _of_lmms(row: Row) -> Given:
    """What is asked may lie in the document or in the record of a metric."""
    told: dict[str, Any] = {}
    for each in row.values():
        if isinstance(each, dict):
            told.update(each)
    key = str(told.get("question_id", told.get("questionId", f"document {row['doc_id']}")))
    group = str(told.get("category", ""))
    replies = row.get("filtered_resps", row.get("resps", row.get("response", "")))
    question = Question(
        key,
        str(row.get("input", "")),
        texts(row["target"]),
        str(told.get("image_id", key)),
        group,
        str(told.get("data_type", group)),
    )
    return Given(Answer(key, _said(replies)), question)


def _of_llava(row: Row) -> Given:
    """The prompt tells questions apart that share a name."""
    key = str(row["question_id"])
    return Given(Answer(key, _said(row["text"])), Question(key, str(row.get("prompt", "")), (), key))


def _of_ranks(row: Row) -> Given:
    key = f"{row['image_id']} {row['round_id']}"
    return Given(Answer(key, "", tuple(-float(rank) for rank in row["ranks"])))


def _keyed(key: str, said: str) -> Callable[[Row], Given]:
    return lambda row: Given(Answer(str(row[key]), _said(row[said])))


_LAYOUTS = (
    _Layout("LVLM-eHub", frozenset(("question", "answer", "gt_answers")), _of_ehub),
    _Layout("lmms-eval", frozenset(("doc_id", "target")), _of_lmms),
    _Layout("SEED-Bench", frozenset(("question_id", "prediction")), _of_seed),
    _Layout("Visual Dialog", frozenset(("image_id", "round_id", "ranks")), _of_ranks),
    _Layout("COCO", frozenset(("image_id", "caption")), _keyed("image_id", "caption")),
    _Layout("LLaVA", frozenset(("question_id", "text")), _of_llava),
    _Layout("VQA", frozenset(("question_id", "answer")), _keyed("question_id", "answer")),
    _Layout("GQA", frozenset(("questionId", "prediction")), _keyed("questionId", "prediction")),
    _Layout("DocVQA", frozenset(("questionId", "answer")), _keyed("questionId", "answer")),
    _Layout("VizWiz", frozenset(("image", "answer")), _keyed("image", "answer")),
)
"""The first whose fields a row has."""
