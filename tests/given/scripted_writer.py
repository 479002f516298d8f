"""A writer that reads the prompt alone and composes right conversations of it, and the same behind a real server.

It proves plumbing, filters and accounts; of what a language model would write it proves nothing.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from tests.given.loopback_server import LoopbackHandler, LoopbackServer
from tests.given.scripted_dialogues import compose_dialogue
from vlitqa.construction.conversation_replies import ASSISTANT, USER, SpokenMessage
from vlitqa.construction.prompt_texts import spell_conversation
from vlitqa.contracts.writers import TokenUsage, WriterReply, WriterRequest

_CUE = re.compile(r"^Write: (\w+)(?: of ([\w ]+) \[[\d., ]+\])?, (\d+) turns$", re.MULTILINE)
_THING = re.compile(r"an? (small|large) (solid|hollow) (\w+ \w+) ((?:at|in|on) the [a-z ]+?)(?=,| and|\.)")
_DATA = re.compile(r"^<data-\w+>\n(.*)\n</data-\w+>$", re.MULTILINE | re.DOTALL)
_SHORT_ANSWER = re.compile(r"^(\d+)\. Question: .* Short answer: (.*)$", re.MULTILINE)
_NAMES = [f"{colour} {shape}" for colour in ("red", "green", "blue", "white") for shape in ("circle", "star", "cross")]
_MOST_CALLS = 20_000

Rewrite = Callable[[str], tuple[str, str]]
"""Makes another reply of a right one; gives its text, and how it ends."""


def compose(messages: Sequence[Mapping[str, str]], seed: int) -> str:
    """The reply to a prompt: a conversation about what stands between its last tags, in the form asked for."""
    last, system = messages[-1]["content"], messages[0]["content"]
    if _SHORT_ANSWER.search(last):
        return "\n".join(f"{number}. The answer is {answer}." for number, answer in _SHORT_ANSWER.findall(last))
    kind, _, turns = _CUE.findall(last)[-1]
    if kind == "dialogue":
        return compose_dialogue(messages, seed)
    description = _DATA.findall(last)[-1]
    dice = random.Random(f"scripted {seed} {description}")
    spoken = _conversation(description, kind, int(turns), dice)
    return spell_conversation(spoken, "json" if "JSON object" in system else "lines")


def _conversation(description: str, kind: str, turns: int, dice: random.Random) -> list[SpokenMessage]:
    things = list(dict.fromkeys(_THING.findall(description)))
    present = {name for _, _, name, _ in things}
    pairs = dict[str, str]()
    for size, fill, name, place in dice.sample(things, len(things)):
        pairs[f"What is the {name} like?"] = f"The {name} is {size} and {fill}."
        pairs[f"Where is the {name}?"] = f"The {name} is {place}."
    absent = [name for name in dice.sample(_NAMES, len(_NAMES)) if name not in present]
    denials = {f"Is there a {name} in the picture?": f"No, there is no {name}." for name in absent}
    chosen = {**denials, **pairs} if kind == "negative" else {**pairs, **denials}
    return [
        SpokenMessage(role, text)
        for question, answer in list(chosen.items())[:turns]
        for role, text in ((USER, question), (ASSISTANT, answer))
    ]


def count_words(text: str) -> int:
    """What the server counts as tokens."""
    return len(text.split())


class ScriptedWriter:
    """The writer within the process."""

    batch_size = 1

    def __init__(self, rewrite: Rewrite = lambda text: (text, "complete")) -> None:
        self._rewrite = rewrite
        self.requests = 0
        self.prompts: list[str] = []
        """The last message of each request."""

    def fingerprint(self) -> str:
        return "scripted writer"

    def replies(self, requests: Iterable[WriterRequest]) -> Iterator[WriterReply]:
        for request in requests:
            self.requests += 1
            messages = [{"role": message.role, "content": message.text} for message in request.messages]
            self.prompts.append(request.messages[-1].text)
            text, end = self._rewrite(compose(messages, request.seed))
            yield WriterReply(text=text, end=end, usage=TokenUsage(self.count_tokens(request), count_words(text)))

    def count_tokens(self, request: WriterRequest) -> int:
        return sum(count_words(message.text) for message in request.messages)


Answer = Callable[[Mapping[str, Any], int], "tuple[int, Mapping[str, str], bytes]"]
"""The status, the headers and the body for a request and the number of its call."""


class WriterServer(LoopbackServer):
    """The writer behind an OpenAI-compatible server on loopback, which keeps its own accounts."""

    longest_life = 600.0

    def __init__(self, answer: Answer | None = None, *, counts: bool = True) -> None:
        self.answer, self.counts = answer, counts
        self.calls = self.answered = self.prompt_tokens = self.reply_tokens = 0
        self.lock = threading.Lock()
        super().__init__(_Handler)

    def usual_answer(self, payload: Mapping[str, Any]) -> bytes:
        """The body of a right completion, entered into the accounts."""
        return self.completion(payload, compose(payload["messages"], int(payload.get("seed") or 0)))

    def completion(self, payload: Mapping[str, Any], text: str, finish: str = "stop") -> bytes:
        """The body of a completion with a text, entered into the accounts."""
        prompt = sum(count_words(message["content"]) for message in payload["messages"])
        reply = count_words(text)
        with self.lock:
            self.answered += 1
            self.prompt_tokens += prompt
            self.reply_tokens += reply
        message = {"role": "assistant", "content": text}
        body: dict[str, Any] = {"id": "1", "object": "chat.completion", "created": 1, "model": "scripted"}
        body["choices"] = [{"index": 0, "finish_reason": finish, "message": message}]
        if self.counts:
            body["usage"] = {"prompt_tokens": prompt, "completion_tokens": reply, "total_tokens": prompt + reply}
        return json.dumps(body).encode()


class _Handler(LoopbackHandler):
    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        payload = json.loads(self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 8 << 20)))
        writer = cast("WriterServer", self.server.played)
        with writer.lock:
            writer.calls += 1
            call = writer.calls
        status, headers, body = 200, dict[str, str](), b""
        if call > _MOST_CALLS:
            status = 500
        elif writer.answer:
            status, given, body = writer.answer(payload, call)
            headers = dict(given)
        else:
            body = writer.usual_answer(payload)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
