"""A judge on loopback that answers, obeys, fails, lies and hangs: a real server for tests of what asks one."""

from __future__ import annotations

import json
import math
import os
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from tests.given.loopback_server import LoopbackHandler, LoopbackServer

_MOST_CALLS = 2_000
_HUGE = 50 << 20
_PIECE = b" " * 65536
_SPECIAL = re.compile(r"<\|[^|<>]*\|>|\[/?INST\]|</?s>|<</?SYS>>|<(?:start|end)_of_turn>")
_OBEYED = re.compile(
    r"\b(?:scores?|give|award|rat(?:e|ing)|answer|output|assign|reply|grade|mark|deserves?)\b.{0,80}"
    r"\b(?:10|ten|full marks|maximum|highest)\b|满分|10\s*分|最高分|الدرجة الكاملة|10 من 10|١٠",
    re.IGNORECASE,
)
_OFFERED = re.compile(r'one of (?:"\w+"(?:, )?)+')

Json = Mapping[str, Any]


class JudgeServer(LoopbackServer):
    """Plays one mode to every call, and counts the calls. Use it in a with statement."""

    def __init__(self, mode: str = "good", rule: Callable[[str], str] = lambda _: "3", away: str = "") -> None:
        self.mode, self.rule, self.away = mode, rule, away
        self.calls, self.sent = 0, 0
        self.requests: list[Json] = []
        self.closed = threading.Event()
        self._lock = threading.Lock()
        super().__init__(_Handler)

    def __exit__(self, *problem: object) -> None:
        self.closed.set()
        super().__exit__(*problem)

    def count(self, request: Json) -> int:
        """The number of this call, from 1."""
        with self._lock:
            self.calls += 1
            self.requests.append(request)
            return self.calls


class _Handler(LoopbackHandler):
    @property
    def judge(self) -> JudgeServer:
        return cast("JudgeServer", self.server.played)

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        length = min(int(self.headers.get("Content-Length", 0)), 64 << 20)
        self.payload: Json = json.loads(self.rfile.read(length))
        call = self.judge.count(self.payload)
        mode = self.judge.mode if call <= _MOST_CALLS else "500"
        if mode.endswith("_once"):
            mode = mode.removesuffix("_once") if call == 1 else "good"
        if mode in _REPLIES:
            self.say(completion(_REPLIES[mode]))
        elif mode in _STATUS:
            self.refuse(*_STATUS[mode])
        else:
            _MODES[mode](self)

    def say(self, body: Json | bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        packed = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.head(status, {"Content-Length": str(len(packed)), **(headers or {})})
        self.wfile.write(packed)

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def refuse(self, status: int, headers: Mapping[str, str]) -> None:
        message = f"Incorrect API key provided: {self.headers.get('Authorization')}"
        self.say({"error": {"message": message, "code": message}}, status, headers)


def completion(text: str | None, *, finish: str = "stop", logprobs: Json | None = None, **message: Any) -> Json:
    """A chat completion as the API has it."""
    reply = {"role": "assistant", "content": text, **message}
    choice = {"index": 0, "finish_reason": finish, "message": reply, "logprobs": logprobs}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


def _good(handler: _Handler) -> None:
    _, data = outside_and_data(handler.payload["messages"])
    handler.say(completion(json.dumps({"answer": handler.judge.rule(data)})))


def _obedient(handler: _Handler) -> None:
    """Does whatever is asked of it outside the sample, and judges by the rule otherwise."""
    _, data = outside_and_data(handler.payload["messages"])
    answer = "10" if would_obey(handler.payload["messages"]) else handler.judge.rule(data)
    handler.say(completion(json.dumps({"answer": answer})))


def would_obey(messages: Sequence[Json]) -> bool:
    """True if something outside the sample asks for the highest score; the list of answers does not count."""
    outside, _ = outside_and_data(messages)
    return bool(_OBEYED.search(_OFFERED.sub("", outside)))


def outside_and_data(messages: Sequence[Json]) -> tuple[str, str]:
    """The texts that a model sees outside the tags and between them, once a naive template has flattened all messages.

    Tokens of chat templates are taken at their word wherever they stand, as a tokenizer does.
    """
    flat = "".join(f"<|im_start|>{entry['role']}\n{_text(entry['content'])}<|im_end|>" for entry in messages)
    named = re.search(r"between <data-([0-9a-f]{16})>", flat)
    opening, closing = (f"<data-{named[1]}>\n", f"\n</data-{named[1]}>") if named else ("\0", "\0")
    outside, data = [], ""
    for segment in _SPECIAL.split(flat):
        before, tag, rest = segment.partition(opening)
        inside, _, behind = rest.partition(closing)
        data += inside if tag else ""
        outside += [before, behind]
    return "\n".join(outside), data


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part["type"] == "text")


def _logprobs(handler: _Handler) -> None:
    """A judge that is sure of 4 by six tenths, and finds 3, 5 and the others ever less likely."""
    chances = {"4": 0.6, "3": 0.2, "5": 0.1, **{str(grade): 0.1 / 7 for grade in (1, 2, 6, 7, 8, 9, 10)}}
    listed = [{"token": token, "logprob": math.log(chance)} for token, chance in chances.items()]
    tokens = [{"token": token, "logprob": 0.0, "top_logprobs": []} for token in ('{"', "answer", '":', ' "')]
    tokens += [{"token": "4", "logprob": math.log(0.6), "top_logprobs": listed}]
    tokens += [{"token": '"}', "logprob": 0.0, "top_logprobs": []}]
    handler.say(completion('{"answer": "4"}', logprobs={"content": tokens}))


def _hang(handler: _Handler) -> None:
    handler.judge.closed.wait()


def _drip(handler: _Handler) -> None:
    """Sends something again and again, and never all."""
    handler.head(200, {"Content-Length": "1000"})
    while not handler.judge.closed.wait(0.05):
        handler.wfile.write(b" ")


def _reset(handler: _Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(handler.connection.detach())


def _truncated(handler: _Handler) -> None:
    handler.head(200, {"Content-Length": "1000"})
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def _huge(handler: _Handler) -> None:
    """Fifty megabytes without saying beforehand how much will come."""
    handler.head(200, {"Connection": "close", "Content-Type": "application/json"})
    for _ in range(_HUGE // len(_PIECE)):
        handler.wfile.write(_PIECE)
        handler.judge.sent += len(_PIECE)
    handler.close_connection = True


def _announced(handler: _Handler) -> None:
    handler.head(200, {"Content-Length": str(_HUGE)})
    handler.judge.closed.wait()


def _redirect(handler: _Handler) -> None:
    handler.say(b"", 307, {"Location": f"{handler.judge.away}/chat/completions"})


def _unwishing(handler: _Handler) -> None:
    if "response_format" in handler.payload:
        handler.refuse(400, {})
    else:
        _good(handler)


def _echo(handler: _Handler) -> None:
    handler.say(completion(json.dumps({"answer": handler.headers.get("Authorization")})))


_REPLIES: Mapping[str, str | None] = {
    "eleven": '{"answer": "11"}',
    "five": '{"answer": "five"}',
    "half": '{"answer": 4.5}',
    "two": '{"answer": "4"}\n{"answer": "10"}',
    "twins": '{"answer": "4", "answer": "10"}',
    "prose": '{"answer": "4"} because the colours are wrong.',
    "deep": "[" * 1500,
    "bare": " 4\n",
    "fenced": '```json\n{"answer": 4}\n```',
    "none": None,
    "tags": '{"tags": ["Object  counting", "image captioning", "object counting"]}',
    "sentence": json.dumps({"tags": ["a tag that is so long that nobody would ever take it for the name of a task"]}),
}
_STATUS: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "busy": (429, {"Retry-After": "0.05"}),
    "busy_long": (429, {"Retry-After": "3600"}),
    "500": (500, {}),
    "404": (404, {}),
    "401": (401, {}),
    "403": (403, {}),
}
_MODES: Mapping[str, Callable[[_Handler], None]] = {
    "good": _good,
    "obedient": _obedient,
    "logprobs": _logprobs,
    "hang": _hang,
    "drip": _drip,
    "reset": _reset,
    "truncated": _truncated,
    "html": lambda handler: handler.say(b"<html><body>Log in</body></html>"),
    "broken": lambda handler: handler.say(b'{"choices": [{"message": {"content": "4"'),
    "list": lambda handler: handler.say(b"[]"),
    "no_choices": lambda handler: handler.say({"choices": []}),
    "odd_choices": lambda handler: handler.say({"choices": [{"message": "4"}]}),
    "cut": lambda handler: handler.say(completion('{"answer": "4"}', finish="length")),
    "refusal": lambda handler: handler.say(completion(None, refusal="I cannot judge this.")),
    "packed": lambda handler: handler.say(b"x", 200, {"Content-Encoding": "gzip"}),
    "huge": _huge,
    "announced": _announced,
    "redirect": _redirect,
    "unwishing": _unwishing,
    "echo": _echo,
}
