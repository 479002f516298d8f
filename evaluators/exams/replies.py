"""What a model is asked for: an answer in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vlitqa.contracts.models import Prompt, ReferenceModel
from vlitqa.results.exams import ExamAnswer, ExamQuestion


class Replies(Protocol):
    """A way to ask a model; a reply is the text that is kept, from which the answer is read."""

    def wish(self, question: ExamQuestion) -> object:
        """What, beside the prompt and its picture, the reply to a question depends on, as JSON can hold it."""
        ...

    def order(self, prompt: str, image: str) -> tuple[object, ...]:
        """What prompts are sorted by: those that stand beside each other are computed together."""
        ...

    def ask(self, model: ReferenceModel, prompts: Sequence[Prompt], questions: Sequence[ExamQuestion]) -> Sequence[str]:
        """One reply to each prompt; raises RejectedRecord where the model cannot read one of them."""
        ...

    def read(self, question: ExamQuestion, reply: str) -> ExamAnswer:
        """The answer that a reply is."""
        ...


@dataclass(frozen=True, slots=True)
class WrittenReplies:
    """Answers of at most so many tokens, written greedily."""

    longest: int

    def wish(self, _question: ExamQuestion) -> object:
        """The most tokens."""
        return self.longest

    def order(self, prompt: str, _image: str) -> tuple[object, ...]:
        """Prompts of one length, because models compute these together."""
        return (len(prompt),)

    def ask(
        self, model: ReferenceModel, prompts: Sequence[Prompt], _questions: Sequence[ExamQuestion]
    ) -> Sequence[str]:
        """What the model writes."""
        return model.answer(prompts, longest=self.longest)

    def read(self, question: ExamQuestion, reply: str) -> ExamAnswer:
        """The text as it is."""
        return ExamAnswer(question.key, reply)
