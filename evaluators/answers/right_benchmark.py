"""Signs that a file answers another benchmark than the one that was named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from evaluators.answers.layouts import WrittenAnswer
from evaluators.answers.question_index import comparable, has_other_references
from evaluators.benchmarks.catalogue import BENCHMARKS
from vlitqa.algorithms.counted import counted
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import DatasetError
from vlitqa.results.exams import ExamQuestion

_REPAIR = "Name the right --benchmark, or the right file of answers."
_KINDS = ("ocr", "kie", "caption", "vqa")
"""Benchmarks that stand for any set of a kind: a folder of this name says nothing."""
_FEW_ANSWERS: Mapping[str, frozenset[str]] = {
    "yes or no": frozenset(("yes", "no")),
    "letters of options": frozenset("abcd"),
}
"""Right answers that all questions of some benchmarks have, and only some of the others."""
_NEARLY_ALL = 0.95
_FEWEST = 10
"""Answers from which on it means something that all of them are alike."""
_LETTERS_SHOWN = 60
_LETTERS = re.compile(r"[\W_]+")
_FOLDERS = re.compile(r"[/\\]")
_WORDS = re.compile(r"\w+")


def refuse_questions_of_another(card: BenchmarkCard, answers: Sequence[WrittenAnswer]) -> None:
    """Raises DatasetError where the questions that a file brings cannot be those of the benchmark."""
    if card.name in _KINDS:
        return
    _refuse_images_of_another(card, answers)
    asked = [written.question for written in answers if written.question and written.question.references]
    _refuse_more_references(card, asked)
    _refuse_few_answers(card, asked)


def doubts(card: BenchmarkCard, answers: Sequence[WrittenAnswer]) -> Iterator[str]:
    """Yields sentences on why the questions that a file brings may be those of another benchmark."""
    if card.name in _KINDS or card.right_answers:
        return
    asked = [written.question for written in answers if written.question]
    fewer = [question for question in asked if len(question.references) < card.references]
    if 2 * len(fewer) > len(asked):
        yield (
            f"every question of {card.title} has {card.references} right answers, and {len(fewer):,} of "
            f"{len(asked):,} here bring fewer: check that this is the right file"
        )
    names = _names_of(card)
    if not any(names & _folders_of(question.image) for question in asked):
        yield (
            f"nothing in the file shows that its questions are those of {card.title}: --data-root compares them "
            "with the release"
        )


def refuse_other_questions(card: BenchmarkCard, pairs: Sequence[tuple[ExamQuestion, WrittenAnswer]]) -> None:
    """Raises DatasetError where most answers were put to their question by key or image, and are to another one."""
    both = [(question, written.question) for question, written in pairs if written.question]
    compared = [(question, asked) for question, asked in both if asked.references or (question.text and asked.text)]
    unlike = [(question, asked) for question, asked in compared if not _is_same_question(question, asked)]
    if 2 * len(unlike) > len(compared):
        question, asked = unlike[0]
        raise DatasetError(
            f"{len(unlike):,} of {counted(len(compared), 'answer')} ask something else than the question of "
            f"{card.title} with the same id or image: {question.key or question.image} is {_shown(question)}, "
            f"and the file asks {_shown(asked)}.",
            repair=_REPAIR,
        )


def _is_same_question(question: ExamQuestion, asked: ExamQuestion) -> bool:
    """True if a right answer is the same, which is the best sign, or else the text is."""
    if asked.references and not has_other_references(asked, question):
        return True
    return bool(question.text and asked.text) and _asks(asked.text, question.text)


def _shown(question: ExamQuestion) -> str:
    """A question and its right answer, as they are quoted."""
    right = f" (right: {question.references[0][:_LETTERS_SHOWN]!r})" if question.references else ""
    return f"{question.text[:_LETTERS_SHOWN]!r}{right}"


def _refuse_images_of_another(card: BenchmarkCard, answers: Sequence[WrittenAnswer]) -> None:
    """Raises DatasetError where most answers name images in a folder that is called like another benchmark."""
    names = _names_of(card)
    others = {_plain(name): name for name in BENCHMARKS if name not in _KINDS and _plain(name) not in names}
    counts: Counter[str] = Counter()
    for written in answers:
        folders = _folders_of(written.question.image if written.question else "")
        if not folders & names:
            counts.update(folders & others.keys())
    other, count = counts.most_common(1)[0] if counts else ("", 0)
    if count * 2 > len(answers):
        raise DatasetError(
            f"{count:,} of {counted(len(answers), 'answer')} are about images of {others[other]}, not of {card.title}.",
            repair=_REPAIR,
        )


def _refuse_more_references(card: BenchmarkCard, asked: Sequence[ExamQuestion]) -> None:
    """Raises DatasetError where most answers bring more right answers than a question of the release has."""
    more = [question for question in asked if len(question.references) > card.references]
    if card.references and 2 * len(more) > len(asked):
        raise DatasetError(
            f"{len(more):,} of {counted(len(asked), 'answer')} bring more than "
            f"the {counted(card.references, 'right answer')} that a question of {card.title} has: "
            f"{_shown(more[0])} brings {len(more[0].references)}.",
            repair=_REPAIR,
        )


def _refuse_few_answers(card: BenchmarkCard, asked: Sequence[ExamQuestion]) -> None:
    """Raises DatasetError where nearly all questions are to be answered by yes or no, or by a letter, as few sets are.

    A benchmark with options may have them named so, and one with few right answers is compared with each of them.
    """
    if card.has_options or card.right_answers or len(asked) < _FEWEST:
        return
    for kind, few in _FEW_ANSWERS.items():
        alike = [question for question in asked if few.issuperset(map(_plain_answer, question.references))]
        if len(alike) >= _NEARLY_ALL * len(asked):
            raise DatasetError(
                f"The right answers to {len(alike):,} of {counted(len(asked), 'question')} are {kind}, as they are not "
                f"in {card.title}: {_shown(alike[0])}.",
                repair=_REPAIR,
            )


def _plain_answer(text: str) -> str:
    return text.strip().rstrip(".").lower()


def _names_of(card: BenchmarkCard) -> set[str]:
    """The names that folders of a benchmark have."""
    return {_plain(part) for name in (card.name, card.title, *card.files) for part in _FOLDERS.split(name)}


def _folders_of(image: str) -> set[str]:
    return {_plain(folder) for folder in _FOLDERS.split(image)[:-1]}


def _asks(prompt: str, question: str) -> bool:
    """True if a prompt holds at least half of the words of a question: harnesses put others around them."""
    words = set(_WORDS.findall(comparable(question)))
    return 2 * len(words & set(_WORDS.findall(comparable(prompt)))) >= len(words)


def _plain(name: str) -> str:
    """A name by its letters and digits alone: `OCR-VQA` and `ocr_vqa` are one."""
    return _LETTERS.sub("", name).lower()
