"""An index of the questions of a benchmark, in which an answer finds the one it is to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from evaluators.answers.layouts import WrittenAnswer
from vlitqa.results.exams import ExamQuestion

_NAMELESS = "image"
"""The name that some sets give to every image, each in a folder of its own."""
_IMAGE_ENDINGS = ("jpg", "jpeg", "png", "webp", "gif", "bmp")
_ASKS_BRIEFLY = "please answer yes or no."
"""The words that MME puts behind its questions, and other harnesses take away or exchange."""


class QuestionIndex:
    """Questions by their keys, and by the names of their images."""

    def __init__(self, questions: Sequence[ExamQuestion]) -> None:
        self._questions = questions
        self._texts_differ = len({question.text for question in questions}) > 1
        self._by_key: defaultdict[str, list[int]] = defaultdict(list)
        self._by_image: defaultdict[str, list[int]] = defaultdict(list)
        for place, question in enumerate(questions):
            self._by_key[_without_ending(question.key)].append(place)
            for name in _image_names(question):
                self._by_image[name].append(place)

    def places_of(self, written: WrittenAnswer) -> Sequence[int]:
        """The places of the questions that an answer may be to: several only where nothing tells them apart."""
        key = written.answer.key
        asked = written.question or ExamQuestion(key, "", (), image=key)
        keyed: Sequence[int] = self._by_key.get(_without_ending(key), ()) if key else ()
        if len(keyed) == 1 and not asked.references:
            return keyed
        places = keyed or self._with_image(asked)
        if asked.text and (same_text := self._with_text(places, comparable(asked.text))):
            agreeing = [place for place in same_text if not has_other_references(asked, self._questions[place])]
            return agreeing or same_text
        if asked.references:
            agreeing = [place for place in places if _same_references(asked, self._questions[place])]
            return agreeing or (keyed if len(keyed) == 1 else self._if_texts_are_one(places))
        return places if not asked.text else self._if_texts_are_one(places)

    def _with_image(self, asked: ExamQuestion) -> Sequence[int]:
        """The questions about an image, by the most exact of its names that any has."""
        return next((places for name in _image_names(asked) if (places := self._by_image.get(name))), ())

    def _with_text(self, places: Sequence[int], text: str) -> list[int]:
        """Those that ask the same; or else the longest of those that a prompt holds."""
        texts = {place: comparable(self._questions[place].text) for place in places}
        if same := [place for place, question in texts.items() if question == text]:
            return same
        inside = [place for place, question in texts.items() if question and question in text]
        longest = max((len(texts[place]) for place in inside), default=0)
        return [place for place in inside if len(texts[place]) == longest]

    def _if_texts_are_one(self, places: Sequence[int]) -> Sequence[int]:
        """All where every question of the benchmark asks the same, such as what is written in the image."""
        return () if self._texts_differ else places


def has_other_references(asked: ExamQuestion | None, question: ExamQuestion) -> bool:
    """True if an answer brings other references than its question has."""
    if asked is None or not asked.references:
        return False
    return set(map(comparable, asked.references)).isdisjoint(map(comparable, question.references))


@lru_cache(1 << 16)
def comparable(text: str) -> str:
    """A text in lower case with single spaces: releases and harnesses differ in both."""
    return " ".join(text.lower().split()).removesuffix(_ASKS_BRIEFLY).strip()


def _same_references(asked: ExamQuestion, question: ExamQuestion) -> bool:
    """True if both have all references in common, or the answer brings one of those of the question."""
    brought, of_question = (sorted(map(comparable, side.references)) for side in (asked, question))
    return brought == of_question or (len(brought) == 1 and brought[0] in of_question)


def _image_names(question: ExamQuestion) -> Iterator[str]:
    """The names of an image, from the most to the least exact; endings and upper folders differ in harnesses."""
    *folders, name = PurePosixPath(question.image.replace("\\", "/")).parts or ("",)
    stem = _without_ending(name)
    for folder in (question.group, *reversed(folders)):
        if folder:
            yield f"{folder.lower()}/{stem}"
    if stem not in (_NAMELESS, ""):
        yield stem


@lru_cache(1 << 16)
def _without_ending(name: str) -> str:
    """A name in lower case, without the ending of an image."""
    stem, _, ending = name.lower().rpartition(".")
    return stem if stem and ending in _IMAGE_ENDINGS else name.lower()
