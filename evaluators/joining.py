"""Which answer belongs to which question; what is missing, too much, or said twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from evaluators.answer_files import Given
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import DatasetError, UsageError
from vlitqa.exam_results import Answer, Coverage, Question

Pairs = Sequence[tuple[Question, Answer]]
_NAMED = 5
"""Questions that are named of many."""


def joined(card: BenchmarkCard, questions: Sequence[Question], given: Sequence[Given]) -> tuple[Pairs, Coverage]:
    """Answers put to the questions of a benchmark; of several to one question the first counts."""
    if not questions:
        raise DatasetError(f"The files of {card.title} hold no questions.", repair="Fetch them again.")
    desk = _Desk(questions)
    chosen: dict[int, Answer] = {}
    extra = repeated = 0
    conflicting: dict[str, None] = {}
    for each in given:
        place = desk.place_of(each, chosen)
        if place is None:
            extra += 1
        elif place in chosen:
            repeated += 1
            if chosen[place].said.strip() != each.answer.said.strip():
                conflicting[_called(questions[place])] = None
        else:
            chosen[place] = each.answer
    if not chosen:
        raise DatasetError(
            f"None of the {len(given):,} answers belongs to a question of {card.title}.",
            repair=f"The first answer is to {_called_by(given[0])!r}, the first question is "
            f"{_called(questions[0])!r}: name the right --benchmark and --data-root.",
        )
    missing = [_called(question) for place, question in enumerate(questions) if place not in chosen]
    named = (*missing[:_NAMED], "…") if len(missing) > _NAMED else tuple(missing)
    pairs = [(questions[place], chosen[place]) for place in sorted(chosen)]
    return pairs, Coverage(len(questions), len(pairs), named, extra, repeated, tuple(conflicting))


def alone(card: BenchmarkCard, given: Sequence[Given]) -> tuple[Pairs, Coverage]:
    """Answers that bring their questions: every row counts, because no list says which of two was asked twice."""
    seen: dict[str, str] = {}
    conflicting: dict[str, None] = {}
    answered: Counter[str] = Counter()
    pairs, repeated = [], 0
    for each in given:
        question = each.question
        if question is None or not question.references:
            raise UsageError(
                f"The file holds answers to {card.title} and not what is right.",
                repair=f"--data-root: the folder with {', '.join(card.files) or 'the questions'}.",
            )
        if card.right and question.references[0].strip().lower() not in card.right:
            raise DatasetError(
                f"{_called(question)!r} has the right answer {question.references[0][:60]!r}, which {card.title} "
                f"never has.",
                repair=f"There it is {' or '.join(card.right)}: name the right --benchmark.",
            )
        if question.key and question.key in seen:
            repeated += 1
            if seen[question.key] != each.answer.said.strip():
                conflicting[question.key] = None
        else:
            seen[question.key] = each.answer.said.strip()
            answered[question.part] += 1
        pairs.append((question, each.answer))
    return pairs, _coverage(card.sizes, answered, repeated, tuple(conflicting))


def _coverage(
    sizes: Mapping[str, int], answered: Counter[str], repeated: int, conflicting: tuple[str, ...]
) -> Coverage:
    """Held against the release, where its parts are known."""
    wanted = {**answered, **sizes}
    lost = tuple(
        f"{wanted[part] - answered[part]:,} of {part}" for part in wanted if part and answered[part] < wanted[part]
    )
    extra = sum(max(0, answered[part] - wanted[part]) for part in wanted)
    return Coverage(sum(wanted.values()), answered.total() - extra, lost, extra, repeated, conflicting)


class _Desk:
    """Finds the question of an answer by its key, or by its image and its text."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions
        self._by_key: defaultdict[str, list[int]] = defaultdict(list)
        self._by_image: defaultdict[str, list[int]] = defaultdict(list)
        for place, question in enumerate(questions):
            self._by_key[_bare(question.key)].append(place)
            for name in _names(question):
                self._by_image[name].append(place)

    def place_of(self, given: Given, taken: Mapping[int, object]) -> int | None:
        """The place of its question: of several the one with its text, of these the first that has no answer yet."""
        candidates: Sequence[int] = self._by_key.get(_bare(given.answer.key), ()) if given.answer.key else ()
        asked = given.question
        if not candidates and asked:
            candidates = next((found for name in _names(asked) if (found := self._by_image.get(name))), ())
        if asked and asked.text and len(candidates) > 1:
            candidates = self._with_text(candidates, squeezed(asked.text)) or candidates
        return next((each for each in candidates if each not in taken), candidates[0] if candidates else None)

    def _with_text(self, candidates: Sequence[int], text: str) -> list[int]:
        """Those that ask the same; or else the longest of those that a prompt holds."""
        same = [each for each in candidates if squeezed(self._questions[each].text) == text]
        if same:
            return same
        inside = [each for each in candidates if (own := squeezed(self._questions[each].text)) and own in text]
        longest = max((len(self._questions[each].text) for each in inside), default=0)
        return [each for each in inside if len(self._questions[each].text) == longest]


def _names(question: Question) -> Iterator[str]:
    """What an image may be called, from the most to the least exact; folders and endings differ between harnesses."""
    if question.image:
        parts = PurePosixPath(question.image.replace("\\", "/")).parts
        last = _bare(parts[-1])
        if question.group:
            yield f"{question.group}/{last}"
        if len(parts) > 1:
            yield f"{parts[-2]}/{last}"
        yield last


@lru_cache(1 << 16)
def _bare(name: str) -> str:
    """A name without the ending of an image."""
    head, _, ending = name.rpartition(".")
    return head if head and ending.lower() in ("jpg", "jpeg", "png", "webp", "gif", "bmp") else name


@lru_cache(1 << 16)
def squeezed(text: str) -> str:
    """Single spaces between words: releases differ in double ones."""
    return " ".join(text.split())


def _called(question: Question) -> str:
    return question.key or question.image or question.text[:60]


def _called_by(given: Given) -> str:
    return given.answer.key or (_called(given.question) if given.question else "")
