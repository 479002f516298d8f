"""The tools of the paper, and those that stand where they are missing."""

from __future__ import annotations

import pytest

from vlitqa.backends.profiles import other_tools
from vlitqa.backends.toolbox import ToolChoice
from vlitqa.catalogue import load_backend


def choice(kind: str, tool: str) -> ToolChoice:
    name, _, source = tool.partition(":")
    return ToolChoice(kind, backend=load_backend(kind, name, source), name=tool)


@pytest.mark.parametrize(
    ("kind", "tool", "other"),
    [
        ("parser", "chunks", "chunks"),
        ("parser", "hanlp", ""),
        ("tagger", "phrases", "phrases"),
        ("sentences", "minilm", "minilm"),
        ("sentences", "simcse", ""),
        ("matcher", "open-clip", ""),
        ("matcher", "open-clip:vlitqa/nano-encoder", "nano-encoder"),
        ("judge", "llava:vlitqa/nano-judge", "nano-judge"),
        ("critic", "causal-lm:vlitqa/nano-llama", "nano-llama"),
    ],
)
def test_a_proxy_and_a_nano_model_are_not_the_tools_of_the_paper(kind: str, tool: str, other: str) -> None:
    assert other_tools([choice(kind, tool)], [kind]) == ({kind: other} if other else {})


def test_only_the_kinds_that_are_asked_about_and_the_tools_that_are_there_count() -> None:
    choices = [choice("parser", "chunks"), choice("tagger", "phrases"), ToolChoice("sentences", lack="nothing here")]
    assert other_tools(choices, ["tagger", "sentences"]) == {"tagger": "phrases"}
