"""A tagger on an OpenAI-compatible server: it names tasks that an instruction could belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vlitqa.backends.chat.address import Address, address_of
from vlitqa.backends.chat.client import PATIENT, ChatServer, Patience
from vlitqa.backends.judges.answering import Answering, Manner
from vlitqa.backends.judges.prompt import LAYOUT, parsed, unfenced
from vlitqa.backends.judges.token_chances import Token
from vlitqa.backends.judges.verdict_cache import VerdictCache
from vlitqa.contracts.tools import JudgeQuestion, Verdict
from vlitqa.errors import ToolMissing
from vlitqa.results import Status
from vlitqa.storage.places import cache_folder

_MOST_TAGS = 5
_LONGEST_TAG = 60
"""Characters: what is longer is a sentence."""
_MOST_TOKENS = 512
_RUBRIC = """You name tasks for a catalogue of instructions about images. The sample is one instruction. Name the \
tasks that it sets, the most fitting first: each in one to four English words in small letters, as a researcher would \
name it, such as `object counting` or `image captioning`."""
_CHOICE = """You sort instructions about images into a catalogue of tasks. The sample is one instruction. Choose those \
tasks of the catalogue that it sets, the most fitting first, and none that it does not set."""
_DEMAND = f'Reply with one JSON object and nothing else: {{"tags": [...]}}, a list of 1 to {_MOST_TAGS} short texts.'


@dataclass(frozen=True, slots=True)
class ServerTagger:
    """A tagger that asks a served model."""

    address: Address
    patience: Patience = PATIENT

    @classmethod
    def of(cls, source: str) -> ServerTagger:
        return cls(address_of(source))

    def missing(self) -> tuple[str, str] | None:
        return self.address.missing()

    def fingerprint(self) -> str:
        return f"server {self.address.model}, tags 2, prompt {LAYOUT}, temperature 0"

    def open(self) -> OpenTagger:
        manner = Manner(self.fingerprint(), _demand, _schema, _read, _no_chances, _MOST_TOKENS)
        return OpenTagger(Answering(ChatServer(self.address, self.patience), VerdictCache(cache_folder()), manner))


@dataclass(frozen=True, slots=True)
class OpenTagger:
    """A tagger that can be asked."""

    answering: Answering

    def candidates(self, texts: Sequence[str]) -> Sequence[tuple[str, ...]]:
        """The tags of each text, in order; raises ToolMissing where the server names none, for no tag is a guess."""
        return [
            _tags(verdict) for verdict in self.answering.answer([JudgeQuestion(_RUBRIC, text, ()) for text in texts])
        ]

    def choose(self, texts: Sequence[str], offered: Sequence[Sequence[str]]) -> Sequence[tuple[str, ...]]:
        asked = [at for at, names in enumerate(offered) if names]
        verdicts = self.answering.answer([JudgeQuestion(_CHOICE, texts[at], tuple(offered[at])) for at in asked])
        chosen = {at: _choice(verdict) for at, verdict in zip(asked, verdicts, strict=True)}
        return [chosen.get(at, ()) for at in range(len(texts))]


def _choice(verdict: Verdict) -> tuple[str, ...]:
    """What was chosen; a reply that is no choice is none, and only a server that gives no reply is an error."""
    return () if verdict.status in (Status.JUDGE_UNPARSABLE, Status.TOO_LONG) else _tags(verdict)


def _tags(verdict: Verdict) -> tuple[str, ...]:
    if verdict.answer is None:
        raise ToolMissing(f"The tagger gives no tags: {verdict.reason}.", repair="Run the same command again.")
    return tuple(json.loads(verdict.answer))


def _read(reply: str, question: JudgeQuestion) -> tuple[str | None, str]:
    """The tags of a reply as one JSON text, or none and why; a list is taken whole or not at all."""
    said, problem = parsed(unfenced(reply))
    if problem:
        return None, problem
    tags = said["tags"] if type(said) is dict and set(said) == {"tags"} else said
    if type(tags) is not list or not _fewest(question) <= len(tags) <= _MOST_TAGS:
        return None, f"the reply is no list of at most {_MOST_TAGS} tags"
    if not all(type(each) is str and _is_short(each) for each in tags):
        return None, "one of the tags is no short text"
    named = list(dict.fromkeys(" ".join(each.lower().split()) for each in tags))
    if question.answers and not set(named) <= set(question.answers):
        return None, "one of the tags was not offered"
    return json.dumps(named, ensure_ascii=False), ""


def _fewest(question: JudgeQuestion) -> int:
    """Of what is offered nothing may fit; to name no task of one's own is no answer."""
    return 0 if question.answers else 1


def _is_short(tag: str) -> bool:
    return 0 < len(tag.strip()) <= _LONGEST_TAG and tag.isprintable() and not set(tag) & set("<>{}[]")


def _demand(question: JudgeQuestion) -> str:
    if not question.answers:
        return _DEMAND
    offered = json.dumps(question.answers, ensure_ascii=False)
    return (
        f'Reply with one JSON object and nothing else: {{"tags": [...]}}, a list of up to {_MOST_TAGS} of the tasks '
        f"{offered}, empty if none of them fits."
    )


def _schema(question: JudgeQuestion) -> Mapping[str, Any]:
    one = {"type": "string", "enum": list(question.answers)} if question.answers else {"type": "string"}
    tags = {"type": "array", "items": one, "minItems": _fewest(question), "maxItems": _MOST_TAGS}
    return {"type": "object", "properties": {"tags": tags}, "required": ["tags"], "additionalProperties": False}


def _no_chances(question: JudgeQuestion, tokens: Sequence[Token]) -> Mapping[str, float]:
    return {}
