"""The answers of a model that sat an exam, written as JSON Lines that `vlitqa eval --answers` reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from evaluators.exams.paper import ExamPaper
from evaluators.exams.sitting import SatExam
from vlitqa.storage.atomic import disk_errors, replacing

_NO_NAME = re.compile(r"[^\w.-]+")
_DIGITS, _MOST_LETTERS = 6, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSheet:
    """Whose answers they are, and to which benchmark."""

    model: str
    identity: str
    benchmark: str
    paper: ExamPaper

    @property
    def file_name(self) -> str:
        """The name of its file, different for different models, benchmarks and prompts."""
        plain = _NO_NAME.sub("-", self.model)[:_MOST_LETTERS]
        if plain != self.model:
            plain += f"-{hashlib.sha256(self.model.encode()).hexdigest()[:_DIGITS]}"
        return f"answers-{self.benchmark}-{self.paper.prompt_name}-{plain}.jsonl"


def write_answers(folder: Path, sheet: AnswerSheet, sat: SatExam) -> Path:
    """Writes the answers whole, in the place of earlier ones to the same prompt; returns their file."""
    path = folder / sheet.file_name
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.writelines(orjson.dumps(row) + b"\n" for row in _rows(sheet, sat))
    return path


def _rows(sheet: AnswerSheet, sat: SatExam) -> Iterator[dict[str, object]]:
    """Every answer with its whole question, so that no data root is needed to mark it."""
    for written in sat.answers:
        question = written.question
        if question is not None:
            yield {
                "question_id": question.key,
                "question": question.text,
                "image": question.image,
                "group": question.group,
                "part": question.part,
                "options": question.options,
                "right_option": question.right_option,
                "references": question.references,
                "answer": written.answer.text,
                "likelihoods": written.answer.likelihoods,
                "ranked_by": sheet.paper.prompt.ranked_by,
                "prompt": sheet.paper.prompt_name,
                "prompt_version": sheet.paper.prompt.version,
                "longest": sheet.paper.longest,
                "model_name": sheet.model,
                "model_digest": sheet.identity,
            }
