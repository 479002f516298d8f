"""Signs that a file answers another benchmark than the one that was named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from evaluators.answers.layouts import WrittenAnswer
from evaluators.answers.question_index import comparable
from evaluators.benchmarks.catalogue import BENCHMARKS
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import DatasetError
from vlitqa.results.exams import ExamQuestion

_REPAIR = "Name the right --benchmark, or the right file of answers."
_KINDS = ("ocr", "kie", "caption", "vqa")
"""Benchmarks that stand for any set of a kind: a folder of this name says nothing."""
_LETTERS = re.compile(r"[\W_]+")
_FOLDERS = re.compile(r"[/\\]")
_WORDS = re.compile(r"\w+")


def refuse_images_of_another(card: BenchmarkCard, answers: Sequence[WrittenAnswer]) -> None:
    """Raises DatasetError where most answers name images in a folder that is called like another benchmark."""
    if card.name in _KINDS:
        return
    names = {_plain(part) for name in (card.name, card.title, *card.files) for part in _FOLDERS.split(name)}
    others = {_plain(name): name for name in BENCHMARKS if name not in _KINDS and _plain(name) not in names}
    counts: Counter[str] = Counter()
    for written in answers:
        image = written.question.image if written.question else ""
        folders = {_plain(folder) for folder in _FOLDERS.split(image)[:-1]}
        if not folders & names:
            counts.update(folders & others.keys())
    other, count = counts.most_common(1)[0] if counts else ("", 0)
    if count * 2 > len(answers):
        raise DatasetError(
            f"{count:,} of the {len(answers):,} answers are about images of {others[other]}, not of {card.title}.",
            repair=_REPAIR,
        )


def refuse_other_questions(card: BenchmarkCard, pairs: Sequence[tuple[ExamQuestion, WrittenAnswer]]) -> None:
    """Raises DatasetError where most answers were put to their question by its key, and ask something else."""
    texts = [(question, written.question) for question, written in pairs if written.question]
    texts = [(question, asked) for question, asked in texts if not asked.references]  # a right answer is a better sign
    compared = [(question, asked) for question, asked in texts if question.text and asked.text]
    unlike = [(question, asked) for question, asked in compared if not _asks(asked.text, question.text)]
    if len(unlike) * 2 > len(compared):
        question, asked = unlike[0]
        raise DatasetError(
            f"{len(unlike):,} of the {len(compared):,} answers ask something else than the question of {card.title} "
            f"with the same id: {question.key} is {question.text[:60]!r}, and the file asks {asked.text[:60]!r}.",
            repair=_REPAIR,
        )


def _asks(prompt: str, question: str) -> bool:
    """True if a prompt holds at least half of the words of a question: harnesses put others around them."""
    words = set(_WORDS.findall(comparable(question)))
    return 2 * len(words & set(_WORDS.findall(comparable(prompt)))) >= len(words)


def _plain(name: str) -> str:
    """A name by its letters and digits alone: `OCR-VQA` and `ocr_vqa` are one."""
    return _LETTERS.sub("", name).lower()
