"""Ranking: a model says how likely each option of a question is as its answer, and the likeliest is its answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from vlitqa.contracts.models import Prompt, ReferenceModel
from vlitqa.errors import RejectedRecord
from vlitqa.results.exams import ExamAnswer, ExamQuestion, Likelihood, RankedBy


@dataclass(frozen=True, slots=True)
class RankedReplies:
    """The likelihoods of all options; both their sums and their numbers of tokens are kept, whatever ranks them."""

    ranked_by: RankedBy

    def wish(self, question: ExamQuestion) -> object:
        """The options."""
        return question.options

    def order(self, prompt: str, image: str) -> tuple[object, ...]:
        """Questions about one image, because models read it once for all that they rank together."""
        return image, len(prompt)

    def ask(self, model: ReferenceModel, prompts: Sequence[Prompt], questions: Sequence[ExamQuestion]) -> Sequence[str]:
        """The likelihoods as JSON, which has no NaN."""
        if not all(question.options for question in questions):
            raise RejectedRecord("no_options", "it has no options to rank")
        ranked = model.rank(prompts, [question.options for question in questions])
        return [
            orjson.dumps([(likelihood.log_probability, likelihood.tokens) for likelihood in likelihoods]).decode()
            for likelihoods in ranked
        ]

    def read(self, question: ExamQuestion, reply: str) -> ExamAnswer:
        """The likeliest option as the answer; of several, the first."""
        likelihoods = tuple(
            Likelihood(math.nan if value is None else value, tokens) for value, tokens in orjson.loads(reply)
        )
        scores = tuple(likelihood.score(self.ranked_by) for likelihood in likelihoods)
        best = max(range(len(scores)), key=lambda place: -math.inf if math.isnan(scores[place]) else scores[place])
        return ExamAnswer(question.key, question.options[best], scores, likelihoods)
