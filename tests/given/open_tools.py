"""Real tools of every kind, opened, for the laws of metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.given.judge_server import JudgeServer
from vlitqa.backends.profiles import Profile, choose_tools
from vlitqa.backends.toolbox import Toolbox
from vlitqa.contracts.tools import Tools


def opened_with_models(folder: Path) -> AbstractContextManager[Tools]:
    """Every kind of tool: an encoder that carries its weights, a tiny one of images and texts, and the others."""
    from tests.given.tiny_models import make_matcher

    return _opened(folder, {"sentences": "minilm", "matcher": f"open-clip:{make_matcher(folder / 'matcher')}"})


def opened_without_models(folder: Path) -> AbstractContextManager[Tools]:
    """A parser, a tagger, and judges on servers."""
    return _opened(folder, {})


def open_nano_tools() -> Tools:
    """The models that know the drawn shapes: an encoder of images and texts, a judge that sees, and a critic."""
    return Toolbox(choices=choose_tools(Profile("shapes"), ("matcher", "judge", "critic"))).open()


@contextmanager
def _opened(folder: Path, models: Mapping[str, str]) -> Iterator[Tools]:
    with (
        pytest.MonkeyPatch.context() as environment,
        JudgeServer(rule=lambda data: ("correct", "incorrect")[len(data) % 2]) as judge,
        JudgeServer(rule=lambda data: str(1 + len(data) % 10)) as critic,
    ):
        environment.setenv("VLITQA_CACHE", str(folder / "cache"))
        environment.setenv("OPENAI_API_KEY", "none")
        chosen = {
            **models,
            "judge": f"server:{judge.url}@tiny",
            "critic": f"server:{critic.url}@tiny",
            "parser": "chunks",
            "tagger": "phrases",
        }
        choices = choose_tools(Profile(tools=chosen), tuple(chosen))
        assert not [choice.lack for choice in choices if choice.lack]
        yield Toolbox(choices=choices).open()
