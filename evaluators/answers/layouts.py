"""Rows of answers as every harness writes them; some bring the questions and what is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evaluators.benchmarks.data_root import texts
from vlitqa.results.exams import ExamAnswer, ExamQuestion

Row = Mapping[str, Any]
_KEYS = ("question_id", "questionId", "id")
"""What documents call the key of their question."""


@dataclass(frozen=True, slots=True)
class Given:
    """One answer, and its question where the file holds that too."""

    answer: ExamAnswer
    question: ExamQuestion | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to write answers, told by the fields of a row."""

    name: str
    fields: frozenset[str]
    read: Callable[[Row], Given]


def _said(value: Any) -> str:
    """The first of all replies, however deep it lies."""
    while isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None else str(value)


def _of_ehub(row: Row) -> Given:
    question = ExamQuestion(
        "", str(row["question"]), texts(row["gt_answers"]) or ("",), image=str(row.get("image_path", ""))
    )
    return Given(ExamAnswer("", _said(row["answer"])), question)


def _of_seed(row: Row) -> Given:
    key = str(row["question_id"])
    said = ExamAnswer(key, _said(row["prediction"]))
    if "gt_answer" not in row:
        return Given(said)
    part = "video" if key.startswith("v") else "image"
    return Given(said, ExamQuestion(key, "", (str(row["gt_answer"]),), part=part))


def _of_lmms(row: Row) -> Given:
    """What is asked may lie in the document or in the record of a metric."""
    told: dict[str, Any] = {}
    for each in row.values():
        if isinstance(each, dict):
            told.update(each)
    key = str(next((told[name] for name in _KEYS if name in told), f"document {row['doc_id']}"))
    group = str(told.get("category", key.rpartition("/")[0]))
    replies = row.get("filtered_resps", row.get("resps", row.get("response", "")))
    question = ExamQuestion(
        key,
        str(row.get("input", "")),
        _right_of(row["target"], told),
        image=str(told.get("image_id", told.get("imageId", key))),
        group=group,
        part=str(told.get("data_type", group)),
    )
    return Given(ExamAnswer(key, _said(replies)), question)


def _right_of(target: Any, told: Row) -> tuple[str, ...]:
    """What its graders take for right; a target may be nothing but the name of a field that is not there."""
    if isinstance(told.get("answers"), list):
        return texts(told["answers"]) or ("",)
    return () if target == "answer" and "answer" not in told else texts(target)


def _of_llava(row: Row) -> Given:
    """The prompt tells questions apart that share a name."""
    key = str(row["question_id"])
    return Given(ExamAnswer(key, _said(row["text"])), ExamQuestion(key, str(row.get("prompt", "")), (), image=key))


def _of_ranks(row: Row) -> Given:
    key = f"{row['image_id']} {row['round_id']}"
    return Given(ExamAnswer(key, "", tuple(-float(rank) for rank in row["ranks"])))


def _keyed(key: str, said: str) -> Callable[[Row], Given]:
    return lambda row: Given(ExamAnswer(str(row[key]), _said(row[said])))


LAYOUTS = (
    Layout("LVLM-eHub", frozenset(("question", "answer", "gt_answers")), _of_ehub),
    Layout("lmms-eval", frozenset(("doc_id", "target")), _of_lmms),
    Layout("SEED-Bench", frozenset(("question_id", "prediction")), _of_seed),
    Layout("Visual Dialog", frozenset(("image_id", "round_id", "ranks")), _of_ranks),
    Layout("COCO", frozenset(("image_id", "caption")), _keyed("image_id", "caption")),
    Layout("LLaVA", frozenset(("question_id", "text")), _of_llava),
    Layout("VQA", frozenset(("question_id", "answer")), _keyed("question_id", "answer")),
    Layout("GQA", frozenset(("questionId", "prediction")), _keyed("questionId", "prediction")),
    Layout("DocVQA", frozenset(("questionId", "answer")), _keyed("questionId", "answer")),
    Layout("VizWiz", frozenset(("image", "answer")), _keyed("image", "answer")),
)
"""The first whose fields a row has."""
