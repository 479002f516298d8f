"""A model sits an exam: it is asked every question of a paper once, whatever stops it on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluators.answers.layouts import WrittenAnswer
from evaluators.exams.answer_cache import AnswerCache, answer_key
from evaluators.exams.paper import ExamPaper
from evaluators.exams.pictures import ExamPictures
from vlitqa.algorithms.counted import counted
from vlitqa.contracts import Observer
from vlitqa.contracts.models import Prompt, ReferenceModel
from vlitqa.errors import DatasetError, ImageFault, RejectedRecord
from vlitqa.records import ImageRef, Record, Turn
from vlitqa.results.exams import ExamAnswer, ExamQuestion

_ASKED_TOGETHER = 32
"""Questions of one call: enough to compute together, and few enough to lose by a kill."""
_MOST_NAMED = 5
"""Questions that are named of many."""
_NO_PICTURE = ImageFault("image_missing", "no picture of them is there")


@dataclass(frozen=True, slots=True)
class Examinee:
    """A model, and a text that tells it from every other, which changes with any of its weights."""

    model: ReferenceModel
    identity: str


@dataclass(frozen=True, slots=True)
class SatExam:
    """The answers of a model, in the order of their questions, and what must be read beside the result."""

    answers: tuple[WrittenAnswer, ...]
    remarks: tuple[str, ...]
    asked: int
    """The number of questions that were put to the model now; all others had been answered before."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """A question in the words of the paper, and its picture."""

    place: int
    prompt: str
    ref: ImageRef


class Sitting:
    """One model in one exam."""

    def __init__(self, examinee: Examinee, paper: ExamPaper, pictures: ExamPictures, cache: AnswerCache) -> None:
        self._model, self._identity = examinee.model, examinee.identity
        self._paper, self._pictures, self._cache = paper, pictures, cache
        self._replies = paper.replies
        self._answers: dict[int, ExamAnswer] = {}
        self._unasked: dict[str, tuple[str, list[int]]] = {}  # by the code of a fault: its first reason, and places
        self._asked = 0

    def run(self, observe: Observer) -> SatExam:
        """Asks what was never answered; raises UsageError where no picture is there."""
        questions = self._paper.questions
        askings = sorted(self._find_pictures(), key=lambda asking: self._replies.order(asking.prompt, asking.ref.name))
        for start in range(0, len(askings), _ASKED_TOGETHER):
            self._answer(askings[start : start + _ASKED_TOGETHER])
            unasked = sum(len(places) for _, places in self._unasked.values())
            done = len(self._answers) + unasked
            observe(len(self._answers), unasked, done / len(questions))
        remarks = tuple(self._unasked_remarks())
        if not self._answers:
            raise DatasetError(f"No question could be asked: {'; '.join(remarks)}.", repair="Mend the pictures.")
        written = tuple(WrittenAnswer(self._answers[place], questions[place]) for place in sorted(self._answers))
        return SatExam(written, (*self._paper.remarks, *remarks), self._asked)

    def _find_pictures(self) -> Iterator[_Asking]:
        refs = [self._pictures.find(question) for question in self._paper.questions]
        if not any(refs):
            raise self._pictures.missing(self._paper.questions[0])
        for place, (question, ref) in enumerate(zip(self._paper.questions, refs, strict=True)):
            if ref is None:
                self._leave_out(place, _NO_PICTURE)
            else:
                yield _Asking(place, self._paper.prompt.put(question), ref)

    def _answer(self, askings: Sequence[_Asking]) -> None:
        """Finds the answers that are kept, asks for the others, and keeps them."""
        prompts = {asking.place: prompt for asking in askings if (prompt := self._prompt(asking))}
        keys = {
            asking.place: answer_key(
                self._identity,
                asking.prompt,
                prompts[asking.place].pictures[0].digest,
                self._replies.wish(self._paper.questions[asking.place]),
            )
            for asking in askings
            if asking.place in prompts
        }
        kept = self._cache.get(list(keys.values()))
        new_places = [place for place, key in keys.items() if key not in kept]
        new_replies = self._ask({place: prompts[place] for place in new_places})
        self._cache.put({keys[place]: reply for place, reply in new_replies.items()})
        for place, reply in ({place: kept[key] for place, key in keys.items() if key in kept} | new_replies).items():
            self._answers[place] = self._replies.read(self._paper.questions[place], reply)

    def _prompt(self, asking: _Asking) -> Prompt | None:
        """The question as the model reads it; None where its picture cannot be opened."""
        try:
            picture = self._pictures.open(asking.ref, self._model.picture_side)
        except ImageFault as fault:
            self._leave_out(asking.place, fault)
            return None
        return Prompt(Record((Turn(asking.prompt, None, (0,)),), (asking.ref,)), (picture,))

    def _ask(self, prompts: dict[int, Prompt]) -> dict[int, str]:
        """The replies of the model; where it refuses a prompt, as one that is too long, it is asked one by one."""
        if not prompts:
            return {}
        try:
            questions = [self._paper.questions[place] for place in prompts]
            replies = self._replies.ask(self._model, list(prompts.values()), questions)
        except RejectedRecord as rejected:
            if len(prompts) > 1:
                return {place: reply for one in prompts.items() for place, reply in self._ask(dict([one])).items()}
            self._leave_out(next(iter(prompts)), rejected)
            return {}
        self._asked += len(replies)
        return dict(zip(prompts, replies, strict=True))

    def _leave_out(self, place: int, fault: ImageFault | RejectedRecord) -> None:
        _, places = self._unasked.setdefault(fault.code, (fault.reason, []))
        places.append(place)

    def _unasked_remarks(self) -> Iterator[str]:
        """A sentence for each reason why questions were not asked, with the first of them."""
        for reason, places in self._unasked.values():
            named = ", ".join(_name(self._paper.questions[place]) for place in sorted(places)[:_MOST_NAMED])
            more = ", …" if len(places) > _MOST_NAMED else ""
            yield f"{counted(len(places), 'question')} not asked, because {reason}: {named}{more}"


def _name(question: ExamQuestion) -> str:
    return question.key or question.image
