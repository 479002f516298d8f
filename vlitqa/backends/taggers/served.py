"""A tagger on an OpenAI-compatible server: it names tasks that an instruction could belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vlitqa.backends.chat.client import ChatServer
from vlitqa.backends.chat.served_model import ServedModel
from vlitqa.backends.judges.answering import AnswerForm, ServedAnswerer
from vlitqa.backends.judges.prompt import PROMPT_VERSION, parse_reply, strip_fence
from vlitqa.backends.judges.verdict_cache import VerdictCache
from vlitqa.contracts.tools import JudgeQuestion, Verdict
from vlitqa.errors import ToolMissing
from vlitqa.results import Status
from vlitqa.storage.places import cache_folder

_MOST_TAGS = 5
_LONGEST_TAG = 60
"""Characters; a longer text is a sentence."""
_MAX_TOKENS = 512
_RUBRIC = """You name tasks for a catalogue of instructions about images. The sample is one instruction. Name the \
tasks that it sets, the most fitting first: each in one to four English words in small letters, as a researcher would \
name it, such as `object counting` or `image captioning`."""
_CHOICE = """You sort instructions about images into a catalogue of tasks. The sample is one instruction. Choose those \
tasks of the catalogue that it sets, the most fitting first, and none that it does not set."""
_DEMAND = f'Reply with one JSON object and nothing else: {{"tags": [...]}}, a list of 1 to {_MOST_TAGS} short texts.'


@dataclass(frozen=True, slots=True)
class ServerTagger(ServedModel):
    """A tagger that asks a served model."""

    def fingerprint(self) -> str:
        """Names the server, the model and the prompt."""
        return f"{self.address.fingerprint()}, tags 2, prompt {PROMPT_VERSION}, temperature 0"

    def open(self) -> OpenTagger:
        """Connects to the server and opens the cache of verdicts."""
        form = AnswerForm(
            fingerprint=self.fingerprint(),
            demand=_demand_of,
            schema=_schema_of,
            read=_read_tags,
            max_tokens=_MAX_TOKENS,
        )
        return OpenTagger(ServedAnswerer(ChatServer(self.address, self.patience), VerdictCache(cache_folder()), form))


@dataclass(frozen=True, slots=True)
class OpenTagger:
    """A tagger that is ready to be asked."""

    answerer: ServedAnswerer

    def candidates(self, texts: Sequence[str]) -> Sequence[tuple[str, ...]]:
        """Names the tags of every text, in order; raises ToolMissing where the server names none: no tag is guessed."""
        verdicts = self.answerer.answer([JudgeQuestion(_RUBRIC, text, ()) for text in texts])
        return [_tags_of(verdict) for verdict in verdicts]

    def choose(self, texts: Sequence[str], offered: Sequence[Sequence[str]]) -> Sequence[tuple[str, ...]]:
        """Chooses from the names offered for every text; raises ToolMissing only where the server gives no reply."""
        places = [place for place, names in enumerate(offered) if names]
        questions = [JudgeQuestion(_CHOICE, texts[place], tuple(offered[place])) for place in places]
        verdicts = dict(zip(places, self.answerer.answer(questions), strict=True))
        return [_choice_of(verdicts[place]) if place in verdicts else () for place in range(len(texts))]


def _choice_of(verdict: Verdict) -> tuple[str, ...]:
    """The chosen names; a reply that is no choice chooses nothing."""
    return () if verdict.status in (Status.JUDGE_UNPARSABLE, Status.TOO_LONG) else _tags_of(verdict)


def _tags_of(verdict: Verdict) -> tuple[str, ...]:
    if verdict.answer is None:
        raise ToolMissing(f"The tagger gives no tags: {verdict.reason}.", repair="Run the same command again.")
    return tuple(json.loads(verdict.answer))


def _read_tags(reply: str, offered: Sequence[str]) -> tuple[str | None, str]:
    """Returns the tags of a reply as one JSON text, or None and the reason; a list is taken whole or not at all."""
    value, problem = parse_reply(strip_fence(reply))
    if problem:
        return None, problem
    tags = value["tags"] if type(value) is dict and set(value) == {"tags"} else value
    if type(tags) is not list or not _fewest_tags(offered) <= len(tags) <= _MOST_TAGS:
        return None, f"the reply is no list of at most {_MOST_TAGS} tags"
    if not all(type(tag) is str and _is_short(tag) for tag in tags):
        return None, "one of the tags is no short text"
    names = list(dict.fromkeys(" ".join(tag.lower().split()) for tag in tags))
    if offered and not set(names) <= set(offered):
        return None, "one of the tags was not offered"
    return json.dumps(names, ensure_ascii=False), ""


def _fewest_tags(offered: Sequence[str]) -> int:
    """Nothing that is offered may fit, but a tagger that names tasks in its own words must name one."""
    return 0 if offered else 1


def _is_short(tag: str) -> bool:
    return 0 < len(tag.strip()) <= _LONGEST_TAG and tag.isprintable() and not set(tag) & set("<>{}[]")


def _demand_of(offered: Sequence[str]) -> str:
    if not offered:
        return _DEMAND
    return (
        f'Reply with one JSON object and nothing else: {{"tags": [...]}}, a list of up to {_MOST_TAGS} of the tasks '
        f"{json.dumps(offered, ensure_ascii=False)}, empty if none of them fits."
    )


def _schema_of(offered: Sequence[str]) -> Mapping[str, Any]:
    tag = {"type": "string", "enum": list(offered)} if offered else {"type": "string"}
    tags = {"type": "array", "items": tag, "minItems": _fewest_tags(offered), "maxItems": _MOST_TAGS}
    return {"type": "object", "properties": {"tags": tags}, "required": ["tags"], "additionalProperties": False}
