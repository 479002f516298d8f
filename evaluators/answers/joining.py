"""Which answer belongs to which question; what is missing, too much, or said twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from evaluators.answers.layouts import Given
from vlitqa.contracts import BenchmarkCard
from vlitqa.errors import DatasetError, UsageError
from vlitqa.results.exams import Coverage, ExamAnswer, ExamQuestion

Pairs = Sequence[tuple[ExamQuestion, ExamAnswer]]
_NAMED, _TOLD = 5, 40
"""Questions that are named of many, and letters of them that are shown."""
_NAMELESS = "image"
"""What some sets call every image, each in a folder of its own."""
_ASKS_BRIEFLY = "please answer yes or no."
"""What MME puts behind its questions, and other harnesses take away or exchange."""


def joined(card: BenchmarkCard, questions: Sequence[ExamQuestion], given: Sequence[Given]) -> tuple[Pairs, Coverage]:
    """Answers put to the questions of a benchmark; of several to one question the first counts."""
    if not questions:
        raise DatasetError(f"The files of {card.title} hold no questions.", repair="Fetch them again.")
    desk = _Desk(questions)
    places = [desk.places_of(each) for each in given]
    chosen: dict[int, ExamAnswer] = {}
    differing = repeated = by_order = 0
    conflicting: dict[str, None] = {}
    for at in sorted(range(len(given)), key=lambda at: len(places[at]) > 1):  # first those that only one place has
        free = next((place for place in places[at] if place not in chosen), None)
        if free is not None:
            chosen[free] = given[at].answer
            differing += _differs(given[at].question, questions[free])
            by_order += len(places[at]) > 1
        elif places[at]:
            repeated += 1
            if not any(_same(chosen[place], given[at].answer) for place in places[at]):
                conflicting[called(questions[places[at][0]])] = None
    if not chosen:
        raise DatasetError(
            f"None of the {len(given):,} answers belongs to a question of {card.title}.",
            repair=f"The first answer is to {_called_by(given[0])!r}, the first question is "
            f"{called(questions[0])!r}: name the right --benchmark and --data-root.",
        )
    missing = [called(question) for place, question in enumerate(questions) if place not in chosen]
    named = (*missing[:_NAMED], "…") if len(missing) > _NAMED else tuple(missing)
    pairs = [(questions[place], chosen[place]) for place in sorted(chosen)]
    extra = sum(not each for each in places)
    return pairs, Coverage(
        len(questions),
        len(pairs),
        named,
        extra=extra,
        repeated=repeated,
        conflicting=tuple(conflicting),
        differing=differing,
        by_order=by_order,
    )


def alone(card: BenchmarkCard, given: Sequence[Given]) -> tuple[Pairs, Coverage]:
    """Answers that bring their questions: every row counts, because no list says which of two was asked twice."""
    seen: dict[tuple[str, ...], ExamAnswer] = {}
    conflicting: dict[str, None] = {}
    answered: Counter[str] = Counter()
    pairs, again = [], Counter[tuple[str, ...]]()
    for number, each in enumerate(given, 1):
        question = each.question
        if question is None or not question.references:
            raise _without_references(card, number)
        if card.right_answers and question.references[0].strip().lower() not in card.right_answers:
            raise DatasetError(
                f"{called(question)!r} has the right answer {question.references[0][:_TOLD]!r}, which {card.title} "
                f"never has.",
                repair=f"There it is {' or '.join(card.right_answers)}: name the right --benchmark.",
            )
        pairs.append((question, each.answer))
        name = (question.group, question.key or question.image, _plain(question.text), *question.references)
        if name not in seen:
            seen[name] = each.answer
            answered[_part(card, question)] += 1
        else:
            again[name] += 1
            if not _same(seen[name], each.answer):
                conflicting[called(question)] = None
    if again.total() <= card.twice == len(again):
        conflicting = {}
    return pairs, _coverage(card, answered, again.total(), tuple(conflicting))


def _part(card: BenchmarkCard, question: ExamQuestion) -> str:
    """Where a release has one part alone, files may call it as they like."""
    alone = len(card.sizes) == 1 and question.part not in card.optional_sizes
    return next(iter(card.sizes)) if alone else question.part


def _without_references(card: BenchmarkCard, number: int) -> UsageError:
    repair = f"--data-root: the folder with {', '.join(card.files)}." if card.files else "Every row must bring it."
    return UsageError(f"Answer {number:,} is to {card.title}, and the file does not say what is right.", repair=repair)


def _coverage(card: BenchmarkCard, answered: Counter[str], repeated: int, conflicting: tuple[str, ...]) -> Coverage:
    """Held against the release, where its size is known."""
    wanted = {**card.sizes, **{part: size for part, size in card.optional_sizes.items() if answered[part]}} or dict(
        answered
    )
    lost = tuple(
        f"{wanted[part] - answered[part]:,} of {part}" for part in wanted if part and answered[part] < wanted[part]
    )
    extra = sum(max(0, count - wanted.get(part, 0)) for part, count in answered.items())
    found = answered.total() - extra
    settled = bool(card.sizes)
    return Coverage(
        sum(wanted.values()),
        found,
        lost,
        extra=extra,
        repeated=repeated,
        conflicting=conflicting,
        twice=card.twice,
        settled=settled,
    )


class _Desk:
    """Finds the questions that an answer may be to: by its key, or by its image and its text."""

    def __init__(self, questions: Sequence[ExamQuestion]) -> None:
        self._questions = questions
        self._says_much = len({question.text for question in questions}) > 1
        self._by_key: defaultdict[str, list[int]] = defaultdict(list)
        self._by_image: defaultdict[str, list[int]] = defaultdict(list)
        for place, question in enumerate(questions):
            self._by_key[_bare(question.key)].append(place)
            for name in _names(question):
                self._by_image[name].append(place)

    def places_of(self, given: Given) -> Sequence[int]:
        """The places that it may belong to: several only where nothing tells them apart."""
        asked = given.question or ExamQuestion(given.answer.key, "", (), image=given.answer.key)
        keyed: Sequence[int] = self._by_key.get(_bare(given.answer.key), ()) if given.answer.key else ()
        if len(keyed) == 1 and not asked.references:
            return keyed
        places = keyed or next((found for name in _names(asked) if (found := self._by_image.get(name))), ())
        if asked.text and (found := self._with_text(places, _plain(asked.text))):
            return [each for each in found if not _differs(asked, self._questions[each])] or found
        if asked.references:
            same = [each for each in places if _same_references(asked, self._questions[each])]
            return same or (keyed if len(keyed) == 1 else self._wordless(places))
        return places if not asked.text else self._wordless(places)

    def _with_text(self, places: Sequence[int], text: str) -> list[int]:
        """Those that ask the same; or else the longest of those that a prompt holds."""
        plain = {each: _plain(self._questions[each].text) for each in places}
        same = [each for each, own in plain.items() if own == text]
        if same:
            return same
        inside = [each for each, own in plain.items() if own and own in text]
        longest = max((len(plain[each]) for each in inside), default=0)
        return [each for each in inside if len(plain[each]) == longest]

    def _wordless(self, places: Sequence[int]) -> Sequence[int]:
        """All where every question of the benchmark asks the same, such as what is written in the image."""
        return () if self._says_much else places


def _differs(asked: ExamQuestion | None, question: ExamQuestion) -> bool:
    """Whether an answer brings other references than its question has."""
    if asked is None or not asked.references:
        return False
    return {_plain(each) for each in asked.references}.isdisjoint(_plain(each) for each in question.references)


def _same_references(asked: ExamQuestion, question: ExamQuestion) -> bool:
    """All of them, or the one that it brings among those of the question."""
    theirs, ours = (sorted(map(_plain, each.references)) for each in (asked, question))
    return theirs == ours or (len(theirs) == 1 and theirs[0] in ours)


def _same(one: ExamAnswer, other: ExamAnswer) -> bool:
    return one.text.strip() == other.text.strip() and one.scores == other.scores


def _names(question: ExamQuestion) -> Iterator[str]:
    """What an image may be called, from the most to the least exact; endings and upper folders differ in harnesses."""
    *folders, name = PurePosixPath(question.image.replace("\\", "/")).parts or ("",)
    last = _bare(name)
    for folder in (question.group, *reversed(folders)):
        if folder:
            yield f"{folder.lower()}/{last}"
    if last not in (_NAMELESS, ""):
        yield last


@lru_cache(1 << 16)
def _bare(name: str) -> str:
    """A name in small, without the ending of an image."""
    head, _, ending = name.lower().rpartition(".")
    return head if head and ending in ("jpg", "jpeg", "png", "webp", "gif", "bmp") else name.lower()


@lru_cache(1 << 16)
def _plain(text: str) -> str:
    """Small letters and single spaces: releases and harnesses differ in both."""
    return " ".join(text.lower().split()).removesuffix(_ASKS_BRIEFLY).strip()


def called(question: ExamQuestion) -> str:
    """A key with the beginning of the question, which tells those apart that share a key."""
    name, told = question.key or question.image, " ".join(question.text.split())[:_TOLD]
    return f"{name} ({told})" if name and told else name or told


def _called_by(given: Given) -> str:
    return given.answer.key or (called(given.question) if given.question else "")
