"""Answers of a served model: taken from the cache, or asked for, read, asked for once more, and kept."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vlitqa.backends.chat.client import ChatServer
from vlitqa.backends.chat.in_parallel import map_in_threads
from vlitqa.backends.chat.messages import ChatRequest
from vlitqa.backends.chat.reply import Token
from vlitqa.backends.judges.prompt import LONGEST_SAMPLE, prompt_messages, question_digest
from vlitqa.backends.judges.verdict_cache import VerdictCache
from vlitqa.contracts.tools import JudgeQuestion, Verdict
from vlitqa.results import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerForm:
    """The form in which answers are demanded, and how they are read; all of it follows from the answers alone."""

    fingerprint: str
    demand: Callable[[Sequence[str]], str]
    schema: Callable[[Sequence[str]], Mapping[str, Any]]
    read: Callable[[str, Sequence[str]], tuple[str | None, str]]
    """The answer in a reply, or None and the reason."""
    probabilities: Callable[[Sequence[str], Sequence[Token]], Mapping[str, float]] | None = None
    """The probability of each answer, read from the tokens of a reply; None where nobody needs them."""
    max_tokens: int
    alternatives: int = 0
    """The number of alternatives that are asked for at each token."""


@dataclass(frozen=True, slots=True)
class ServedAnswerer:
    """A served model, the cache of its verdicts, and the form of its answers."""

    server: ChatServer
    cache: VerdictCache
    form: AnswerForm

    def answer(self, questions: Sequence[JudgeQuestion]) -> list[Verdict]:
        """Returns one verdict for every question, in their order; equal questions are asked once."""
        keys = [self._key(question) for question in questions]
        verdicts = dict(self.cache.get(list(dict.fromkeys(keys))))
        unanswered = {key: question for key, question in zip(keys, questions, strict=True) if key not in verdicts}
        fresh = map_in_threads(self._ask_and_keep, list(unanswered.items()), self.server.patience.threads)
        verdicts.update(zip(unanswered, fresh, strict=True))
        return [verdicts[key] for key in keys]

    def _ask_and_keep(self, entry: tuple[bytes, JudgeQuestion]) -> Verdict:
        key, question = entry
        verdict = self._ask(question)
        self.cache.put(key, verdict)
        return verdict

    def _ask(self, question: JudgeQuestion) -> Verdict:
        if len(question.sample) > LONGEST_SAMPLE:
            return Verdict(None, Status.TOO_LONG, f"the sample is longer than {LONGEST_SAMPLE} characters")
        deadline, problem = time.monotonic() + self.server.patience.deadline, ""
        for is_second in (False, True):
            reply = self.server.complete(self._request(question, is_second=is_second), deadline)
            if reply.status not in (Status.OK, Status.JUDGE_UNPARSABLE):
                return Verdict(None, reply.status, reply.reason)
            answer, problem = None, reply.reason
            if reply.status is Status.OK:
                answer, problem = self.form.read(reply.text, question.answers)
            if answer is not None:
                return Verdict(answer, probabilities=self._probabilities(question, reply.tokens))
        return Verdict(None, Status.JUDGE_UNPARSABLE, problem)

    def _request(self, question: JudgeQuestion, *, is_second: bool) -> ChatRequest:
        schema = {"name": "answer", "strict": True, "schema": self.form.schema(question.answers)}
        optional: dict[str, Any] = {"response_format": {"type": "json_schema", "json_schema": schema}}
        if self.form.alternatives:
            optional |= {"logprobs": True, "top_logprobs": self.form.alternatives}
        return ChatRequest(
            messages=prompt_messages(question, self.form.demand(question.answers), again=is_second),
            temperature=1.0 if question.vote else 0.0,
            seed=question.vote,
            max_tokens=self.form.max_tokens,
            optional_parameters=optional,
        )

    def _probabilities(self, question: JudgeQuestion, tokens: Sequence[Token]) -> Mapping[str, float]:
        return self.form.probabilities(question.answers, tokens) if self.form.probabilities else {}

    def _key(self, question: JudgeQuestion) -> bytes:
        model_and_vote = f"{self.form.fingerprint}\0{question.vote}\0".encode()
        return hashlib.sha256(model_and_vote + question_digest(question)).digest()
