"""Layouts: rows of answers as every harness writes them; some bring the questions and the right answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.benchmarks.data_root import texts_of
from vlitqa.results.exams import ExamAnswer, ExamQuestion, Likelihood

AnswerRow = Mapping[str, Any]
_KEYS = ("question_id", "questionId", "id")
"""Names that documents give to the key of their question."""


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """One answer of a file, and its question where the file holds that too."""

    answer: ExamAnswer
    question: ExamQuestion | None = None


SITTING_LAYOUT = "vlitqa"
"""The name of the layout of answers that vlitqa asked for itself."""
_MODEL_FIELDS = ("model_name", "model_id")
"""Fields in which a harness writes the model that answered."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to write answers, known by the fields of a row."""

    name: str
    fields: frozenset[str]
    read: Callable[[AnswerRow], WrittenAnswer]


def _first_reply(value: Any) -> str:
    """The first of all replies, however deep it lies."""
    while isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None else str(value)


def _read_sitting(row: AnswerRow) -> WrittenAnswer:
    """An answer that vlitqa asked for itself, with its whole question."""
    key, right_option = str(row["question_id"]), row.get("right_option")
    question = ExamQuestion(
        key,
        str(row["question"]),
        texts_of(row["references"]),
        image=str(row.get("image", "")),
        group=str(row.get("group", "")),
        part=str(row.get("part", "")),
        options=texts_of(row.get("options", ())),
        right_option=None if right_option is None else int(right_option),
    )
    likelihoods = tuple(map(_read_likelihood, row.get("likelihoods") or ()))
    scores = tuple(likelihood.score(row["ranked_by"]) for likelihood in likelihoods)
    return WrittenAnswer(ExamAnswer(key, _first_reply(row["answer"]), scores, likelihoods), question)


def _read_likelihood(likelihood: AnswerRow) -> Likelihood:
    value = likelihood["log_probability"]
    return Likelihood(math.nan if value is None else float(value), int(likelihood["tokens"]))


def _read_ehub(row: AnswerRow) -> WrittenAnswer:
    references = texts_of(row["gt_answers"]) or ("",)
    question = ExamQuestion("", str(row["question"]), references, image=str(row.get("image_path", "")))
    return WrittenAnswer(ExamAnswer("", _first_reply(row["answer"])), question)


def _read_seed_bench(row: AnswerRow) -> WrittenAnswer:
    key = str(row["question_id"])
    answer = ExamAnswer(key, _first_reply(row["prediction"]))
    if "gt_answer" not in row:
        return WrittenAnswer(answer)
    part = "video" if key.startswith("v") else "image"
    return WrittenAnswer(answer, ExamQuestion(key, "", (str(row["gt_answer"]),), part=part))


def _read_lmms_eval(row: AnswerRow) -> WrittenAnswer:
    """The question may lie in the document or in the record of a metric."""
    document: dict[str, Any] = {}
    for value in row.values():
        if isinstance(value, dict):
            document.update(value)
    key = str(next((document[name] for name in _KEYS if name in document), f"document {row['doc_id']}"))
    group = str(document.get("category", key.rpartition("/")[0]))
    question = ExamQuestion(
        key,
        str(row.get("input", "")),
        _lmms_eval_references(row["target"], document),
        image=str(document.get("image_id", document.get("imageId", key))),
        group=group,
        part=str(document.get("data_type", group)),
    )
    replies = row.get("filtered_resps", row.get("resps", row.get("response", "")))
    return WrittenAnswer(ExamAnswer(key, _first_reply(replies)), question)


def _lmms_eval_references(target: Any, document: AnswerRow) -> tuple[str, ...]:
    """The answers that its graders take for right; a target may be nothing but the name of a field that is absent."""
    if isinstance(document.get("answers"), list):
        return texts_of(document["answers"]) or ("",)
    return () if target == "answer" and "answer" not in document else texts_of(target)


def _read_llava(row: AnswerRow) -> WrittenAnswer:
    """The prompt tells questions apart that share a name."""
    key = str(row["question_id"])
    question = ExamQuestion(key, str(row.get("prompt", "")), (), image=key)
    return WrittenAnswer(ExamAnswer(key, _first_reply(row["text"])), question)


def _read_ranks(row: AnswerRow) -> WrittenAnswer:
    key = f"{row['image_id']} {row['round_id']}"
    return WrittenAnswer(ExamAnswer(key, "", tuple(-float(rank) for rank in row["ranks"])))


def _keyed(key: str, answer: str) -> Callable[[AnswerRow], WrittenAnswer]:
    return lambda row: WrittenAnswer(ExamAnswer(str(row[key]), _first_reply(row[answer])))


LAYOUTS = (
    Layout(
        SITTING_LAYOUT, frozenset(("question_id", "question", "references", "answer", "prompt_version")), _read_sitting
    ),
    Layout("LVLM-eHub", frozenset(("question", "answer", "gt_answers")), _read_ehub),
    Layout("lmms-eval", frozenset(("doc_id", "target")), _read_lmms_eval),
    Layout("SEED-Bench", frozenset(("question_id", "prediction")), _read_seed_bench),
    Layout("Visual Dialog", frozenset(("image_id", "round_id", "ranks")), _read_ranks),
    Layout("COCO", frozenset(("image_id", "caption")), _keyed("image_id", "caption")),
    Layout("LLaVA", frozenset(("question_id", "text")), _read_llava),
    Layout("VQA", frozenset(("question_id", "answer")), _keyed("question_id", "answer")),
    Layout("GQA", frozenset(("questionId", "prediction")), _keyed("questionId", "prediction")),
    Layout("DocVQA", frozenset(("questionId", "answer")), _keyed("questionId", "answer")),
    Layout("VizWiz", frozenset(("image", "answer")), _keyed("image", "answer")),
)
"""The first whose fields a row has reads it."""


def model_of(rows: Sequence[AnswerRow]) -> str:
    """The model that all rows name; empty where they name none, or several."""
    names = {row.get(field) for row in rows for field in _MODEL_FIELDS if field in row}
    name = names.pop() if len(names) == 1 else None
    return name.strip() if isinstance(name, str) else ""
