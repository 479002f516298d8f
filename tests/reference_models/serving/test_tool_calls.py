"""Calls of tools are read from whatever a model writes, and nothing else is taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reference_models.serving.expert_text import add_context
from reference_models.serving.tool_calls import (
    LONGEST_CALL,
    MOST_CALLS,
    OfferedTool,
    ToolCall,
    describe_tools,
    read_tool_calls,
)
from reference_models.serving.tool_file import read_tool_file
from vlitqa.errors import UsageError

NAMES = ("detect", "edit")
CALL = '{"tool": "detect", "input": "a dog"}'


def test_calls_stand_among_words_in_their_order() -> None:
    answer = f'I look first.\n{CALL}\r\n```\n  {{"input": "brighter", "tool": "edit"}}  \n```\nThen {CALL}'
    reading = read_tool_calls(answer, NAMES)
    assert reading.calls == (ToolCall("detect", "a dog"), ToolCall("edit", "brighter"))
    assert reading.refusals == ()


@pytest.mark.parametrize(
    "answer", ["", "A dog.", "[pictures/001.png: a red star]", "[1, 2]", "Use {braces}.", '"tool"']
)
def test_words_are_neither_calls_nor_refused(answer: str) -> None:
    assert read_tool_calls(answer, NAMES) == read_tool_calls("", NAMES)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is no JSON"),
        ('{"tool": "detect", "input": "a dog"', "is no JSON"),
        ("{'tool': 'detect', 'input': 'a dog'}", "is no JSON"),
        (f"{CALL} {CALL}", "is no JSON"),
        (f"{CALL};", "is no JSON"),
        ('{"tool": "detect", "input": ' + "[" * 4_000, "is no JSON"),
        ('{"tool": "detect", "input": ' + "[" * 2_000 + "]" * 2_000 + "}", "is no JSON"),
        ('{"tool": "detect", "input": ' + "9" * 4_000 + "}", ""),
        ("{" * (LONGEST_CALL + 1), "has 4,097 characters, more than 4,096"),
        (f"[{CALL}]", "is not of the form"),
        ("{}", "is not of the form"),
        ('{"tool": "detect"}', "is not of the form"),
        ('{"tool": "detect", "input": "a dog", "then": "edit"}', "is not of the form"),
        ('{"Tool": "detect", "input": "a dog"}', "is not of the form"),
        (json.dumps({"tool": "detect", "input": {"tool": "edit", "input": "x"}}), "is no text"),
        ('{"tool": ["detect"], "input": "a dog"}', "is no text"),
        ('{"tool": "detect", "input": NaN}', "is no text"),
        ('{"tool": "detect", "input": null}', "is no text"),
        ('{"tool": "detect", "tool": "edit", "input": "a dog"}', "names a field twice"),
        ('{"tool": "rm", "input": "-rf /"}', 'calls "rm", and there is no such tool'),
        ('{"tool": "Detect", "input": "a dog"}', "there is no such tool"),
        ('{"tool": "\\u001b[2J", "input": ""}', 'calls "\\u001b[2J", and there is no such tool'),
        ('{"tool": "\\ud800", "input": ""}', 'calls "\\ud800", and'),
        (json.dumps({"tool": "x" * 3_000, "input": ""}), "x\\u2026"),
        ('{"tool": "detect", "input": "\\ud800"}', "has half a character in its input"),
    ],
)
def test_a_line_that_is_meant_as_a_call_and_is_none_says_why_and_the_next_is_read(line: str, reason: str) -> None:
    reading = read_tool_calls(f"Well.\n{line}\n{CALL}", NAMES)
    assert reading.calls == (ToolCall("detect", "a dog"),)
    (refusal,) = reading.refusals
    assert refusal.startswith("line 2 ")
    assert reason in refusal
    assert len(refusal) < 200


def test_an_input_may_hold_lines_and_calls_as_text() -> None:
    text = f'a "dog"\n{CALL}\u2028'
    answer = json.dumps({"tool": "detect", "input": text}, ensure_ascii=False)
    assert read_tool_calls(answer, NAMES).calls == (ToolCall("detect", text),)


def test_of_too_many_calls_the_first_are_read() -> None:
    reading = read_tool_calls(f"{CALL}\n" * 100_000, NAMES)
    assert len(reading.calls) == MOST_CALLS
    assert reading.refusals == ("line 17 and those behind it are not read: 16 calls are the most",)
    assert len(read_tool_calls("{\n" * 100_000, NAMES).refusals) == MOST_CALLS + 1


def test_what_a_model_is_told_holds_the_form_and_no_call_of_its_own() -> None:
    tools = [OfferedTool("detect", "finds a thing\nby its  name"), OfferedTool("edit", "changes a picture")]
    words = describe_tools(tools)
    assert words.splitlines()[-2:] == ["- detect: finds a thing by its name", "- edit: changes a picture"]
    assert '{"tool": "NAME", "input": "TEXT"}' in words
    assert read_tool_calls(words, NAMES).calls == (), "a model that repeats its prompt calls nothing"


@pytest.mark.parametrize(
    ("texts", "prompt"),
    [
        ((), "What is it?"),
        (("cat, small fish",), "Context: cat, small fish\nWhat is it?"),
        (("a\nb\t c", "", " \n", "d"), "Context: a b c\nContext: d\nWhat is it?"),
    ],
)
def test_the_text_of_experts_stands_in_front_of_a_question(texts: tuple[str, ...], prompt: str) -> None:
    assert add_context("What is it?", texts) == prompt


def test_tools_are_read_from_a_list(tmp_path: Path) -> None:
    path = tmp_path / "tools.json"
    path.write_text('[{"name": "detect", "description": "finds"}, {"name": "image.edit-2", "description": "changes"}]')
    assert read_tool_file(path) == (OfferedTool("detect", "finds"), OfferedTool("image.edit-2", "changes"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[", "cannot be read"),
        ("{}", "cannot be read"),
        ('[{"name": "detect"}]', "cannot be read"),
        ('[{"name": "detect", "description": 3}]', "cannot be read"),
        ('[{"name": "detect", "description": "finds", "command": "rm"}]', "cannot be read"),
        ("[" * 20_000, "cannot be read"),
        ("[]", "lists no tool"),
        ('[{"name": "detect", "description": " "}]', "without a description"),
        ('[{"name": "de tect", "description": "finds"}]', "names a tool 'de tect'"),
        ('[{"name": "a", "description": "b"}, {"name": "a", "description": "c"}]', "names a tool 'a'"),
        (" " * 70_000, "has more than 65,536 bytes"),
    ],
)
def test_a_list_of_tools_that_is_none_says_what_to_write(content: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "tools.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=sentence) as error:
        read_tool_file(path)
    assert error.value.repair


def test_a_list_of_tools_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_tool_file(tmp_path / "nowhere.json")
