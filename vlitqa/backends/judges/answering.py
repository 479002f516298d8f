"""Questions answered by a served model: from the cache, or asked, read, asked once more, and kept."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vlitqa.backends.chat.client import ChatServer, Request
from vlitqa.backends.chat.in_parallel import in_order
from vlitqa.backends.judges.prompt import LONGEST_SAMPLE, digest_of, messages_of
from vlitqa.backends.judges.token_chances import Token
from vlitqa.backends.judges.verdict_cache import VerdictCache
from vlitqa.contracts.tools import JudgeQuestion, Verdict
from vlitqa.results import Status


@dataclass(frozen=True, slots=True)
class Manner:
    """The form in which answers are wanted, and how they are read."""

    fingerprint: str
    demand: Callable[[JudgeQuestion], str]
    schema: Callable[[JudgeQuestion], Mapping[str, Any]]
    read: Callable[[str, JudgeQuestion], tuple[str | None, str]]
    """The answer in a reply, or none and why."""
    chances: Callable[[JudgeQuestion, Sequence[Token]], Mapping[str, float]]
    most_tokens: int
    listed: int = 0
    """How many alternatives of each token are asked for."""


@dataclass(frozen=True, slots=True)
class Answering:
    """A model, what it already answered, and the manner of its answers."""

    server: ChatServer
    cache: VerdictCache
    manner: Manner

    def answer(self, questions: Sequence[JudgeQuestion]) -> list[Verdict]:
        """One verdict for each question, in order; equal questions are asked once."""
        keys = [self._key(question) for question in questions]
        known = dict(self.cache.get(list(dict.fromkeys(keys))))
        open_questions = {key: each for key, each in zip(keys, questions, strict=True) if key not in known}
        asked = in_order(self._asked, list(open_questions.items()), self.server.patience.threads)
        known.update(zip(open_questions, asked, strict=True))
        return [known[key] for key in keys]

    def _asked(self, entry: tuple[bytes, JudgeQuestion]) -> Verdict:
        key, question = entry
        verdict = self._verdict(question)
        self.cache.put(key, verdict)
        return verdict

    def _verdict(self, question: JudgeQuestion) -> Verdict:
        if len(question.sample) > LONGEST_SAMPLE:
            return Verdict(None, Status.TOO_LONG, f"the sample is longer than {LONGEST_SAMPLE} characters")
        end, problem = time.monotonic() + self.server.patience.deadline, ""
        for again in (False, True):
            reply = self.server.say(self._request(question, again=again), end)
            if reply.status not in (Status.OK, Status.JUDGE_UNPARSABLE):
                return Verdict(None, reply.status, reply.reason)
            answer, problem = (None, reply.reason)
            if reply.status is Status.OK:
                answer, problem = self.manner.read(reply.text, question)
            if answer is not None:
                return Verdict(answer, probabilities=self.manner.chances(question, reply.tokens))
        return Verdict(None, Status.JUDGE_UNPARSABLE, problem)

    def _request(self, question: JudgeQuestion, *, again: bool) -> Request:
        schema = {"name": "answer", "strict": True, "schema": self.manner.schema(question)}
        wishes: dict[str, Any] = {"response_format": {"type": "json_schema", "json_schema": schema}}
        if self.manner.listed:
            wishes |= {"logprobs": True, "top_logprobs": self.manner.listed}
        return Request(
            messages_of(question, self.manner.demand(question), again=again),
            temperature=1.0 if question.vote else 0.0,
            seed=question.vote,
            most_tokens=self.manner.most_tokens,
            wishes=wishes,
        )

    def _key(self, question: JudgeQuestion) -> bytes:
        votes = f"{self.manner.fingerprint}\0{question.vote}\0".encode()
        return hashlib.sha256(votes + digest_of(question)).digest()
