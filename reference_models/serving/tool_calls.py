"""Tools that a model is told of, and the calls of them in its answers; nothing here runs any."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST_CALL = 4_096
"""Characters of a line that is read as a call."""
MOST_CALLS = 16
"""Lines of an answer that are read as calls."""
_FORM = '{"tool": "NAME", "input": "TEXT"}'
_BEGINNINGS = ("{", "[{")
"""The beginnings of a line that is meant as a call."""


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool that a model may call, and what it does."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool, as a model wrote it."""

    tool: str
    text: str
    """What the tool is to work on."""


@dataclass(frozen=True, slots=True)
class ReadCalls:
    """The calls in an answer in their order, and a clause about each line that is meant as one and is none."""

    calls: tuple[ToolCall, ...]
    refusals: tuple[str, ...]


def describe_tools(tools: Sequence[OfferedTool]) -> str:
    """The words that tell a model which tools it may call, and in which form."""
    lines = (f"- {tool.name}: {' '.join(tool.description.split())}" for tool in tools)
    return "\n".join(
        ("You may call tools. To call one, write a line of its own in this form:", _FORM, "The tools are:", *lines)
    )


def read_tool_calls(answer: str, names: Collection[str]) -> ReadCalls:
    """Reads the lines of an answer that begin with a brace as calls of the tools with these names.

    All other lines are words. A call is a JSON object on one line with the texts `tool` and `input` and nothing else.
    """
    calls, refusals = list[ToolCall](), list[str]()
    lines = ((number, line.strip()) for number, line in enumerate(answer.split("\n"), 1))
    for place, (number, line) in enumerate((number, line) for number, line in lines if line.startswith(_BEGINNINGS)):
        if place == MOST_CALLS:
            refusals.append(f"line {number} and those behind it are not read: {MOST_CALLS} calls are the most")
            break
        try:
            calls.append(_read_call(line, names))
        except _NoCall as reason:
            refusals.append(f"line {number} {reason}")
    return ReadCalls(tuple(calls), tuple(refusals))


class _NoCall(Exception):
    """The reason why a line is no call, as the rest of a clause about it."""


def _read_call(line: str, names: Collection[str]) -> ToolCall:
    if len(line) > LONGEST_CALL:
        raise _NoCall(f"has {len(line):,} characters, more than {LONGEST_CALL:,}")
    try:
        value = json.loads(line, object_pairs_hook=_object_of)
    except (ValueError, RecursionError):  # also of an integer of thousands of digits
        raise _NoCall("is no JSON") from None
    if not isinstance(value, dict) or set(value) != {"tool", "input"}:
        raise _NoCall(f"is not of the form {_FORM}")
    tool, text = value["tool"], value["input"]
    if not isinstance(tool, str) or not isinstance(text, str):
        raise _NoCall("has a tool or an input that is no text")
    if tool not in names:
        raise _NoCall(f"calls {_quoted(tool)}, and there is no such tool")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _NoCall("has half a character in its input")
    return ToolCall(tool, text)


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; of one that names a field twice, nobody can say which is meant."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _NoCall("names a field twice")
    return fields


def _quoted(name: str) -> str:
    """The beginning of a name, in ASCII."""
    return json.dumps(name if len(name) <= 40 else f"{name[:40]}…")
