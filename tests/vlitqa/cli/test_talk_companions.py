"""What companions say of an answer, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from reference_models.serving.tool_calls import OfferedTool
from vlitqa.backends.detectors.grounding import AnswerGrounding, GroundedNoun
from vlitqa.backends.parsers.chunks import Chunks
from vlitqa.cli.talk_companions import GroundingCompanion, ToolCompanion, grounding_line
from vlitqa.cli.terminal_talk import TerminalTalk
from vlitqa.contracts.detectors import Detection
from vlitqa.contracts.models import Prompt
from vlitqa.contracts.tools import Picture

CIRCLE = GroundedNoun("circle", Detection(0.834, (12.2, 29.7, 60.0, 80.0)), 1)
DOG = GroundedNoun("dog")


@pytest.mark.parametrize(
    ("grounding", "titles", "line"),
    [
        (AnswerGrounding((CIRCLE, DOG)), (), "grounded: circle 0.83 [12, 30, 60, 80]; not found: dog; 1 of 2 nouns"),
        (
            AnswerGrounding((CIRCLE,)),
            ("a.png", "b.png"),
            "grounded: circle 0.83 [12, 30, 60, 80] in b.png; 1 of 1 noun",
        ),
        (AnswerGrounding((DOG,)), (), "grounded: nothing; not found: dog; 0 of 1 noun"),
        (AnswerGrounding(()), (), "not grounded: it names no thing"),
        (AnswerGrounding((), is_read=False), (), "not grounded: its script is not read"),
    ],
)
def test_the_line_about_an_answer_names_what_is_there_and_what_is_not(
    grounding: AnswerGrounding, titles: tuple[str, ...], line: str
) -> None:
    assert grounding_line(grounding, titles) == line


def test_calls_are_shown_as_they_were_written_and_what_is_none_with_the_reason() -> None:
    companion = ToolCompanion((OfferedTool("detect", "finds"),))
    answer = '{"tool": "detect", "input": "a \\"dog\\"\\nand é"}\nWell.\n{"tool": "rm", "input": "/"}'
    assert list(companion.remark(answer)) == [
        'call, not run: detect "a \\"dog\\"\\nand é"',
        'no call: line 3 calls "rm", and there is no such tool',
    ]
    assert list(companion.remark("A dog.")) == []


@dataclass
class Parrot:
    """A model that says the same to every question, and remembers what it was asked."""

    reply: str
    asked: list[str] = field(default_factory=list)
    name: str = "parrot"
    picture_side: int = 8

    def answer(self, prompts: list[Prompt], **_settings: object) -> list[str]:
        self.asked += [prompt.record.turns[-1].instruction for prompt in prompts]
        return [self.reply] * len(prompts)


@dataclass
class Lookout:
    """A detector that finds stars, and remembers the sizes of the pictures that it was shown."""

    sizes: list[tuple[int, ...]] = field(default_factory=list)
    name: str = "lookout"
    picture_side: int = 16

    def find(self, picture: Picture, nouns: list[str]) -> list[Detection | None]:
        self.sizes.append(picture.pixels.shape)
        return [Detection(0.5, (1, 2, 3, 4)) if noun == "star" else None for noun in nouns]


def test_a_conversation_begins_with_the_tools_and_context_stands_before_its_question_alone() -> None:
    model, tools = Parrot("Yes."), ToolCompanion((OfferedTool("detect", "finds"),))
    dialogue = TerminalTalk(cast(Any, model), 4, None, None, [tools])
    for question in ("What is it?", "And now?"):
        dialogue.add_context("a bell")
        dialogue.ask(question)
        assert list(dialogue.remarks()) == []
    dialogue.ask("Why?")
    dialogue.add_context("a song")
    dialogue.begin()
    dialogue.ask("What is it?")
    assert model.asked == [
        f"{tools.preface}\n\nContext: a bell\nWhat is it?",
        "Context: a bell\nAnd now?",
        "Why?",
        f"{tools.preface}\n\nWhat is it?",
    ]
    assert dialogue.speeches[0].parts == ("Context: a bell\nWhat is it?",)


def test_a_detector_looks_at_the_pictures_of_a_conversation_in_its_own_size(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (64, 32)).save(tmp_path / name)
    detector = Lookout()
    companion = GroundingCompanion(cast(Any, detector), Chunks().open())
    dialogue = TerminalTalk(cast(Any, Parrot("A star and a dog.")), 4, None, None, [companion])
    dialogue.ask("What is it?")
    assert list(dialogue.remarks()) == [], "no picture was shown"
    dialogue.show(tmp_path / "a.png")
    dialogue.ask("What is it?")
    assert list(dialogue.remarks()) == ["grounded: star 0.50 [1, 2, 3, 4]; not found: dog; 1 of 2 nouns"]
    dialogue.show(tmp_path / "b.png")
    dialogue.ask("What is it?")
    assert list(dialogue.remarks()) == ["grounded: star 0.50 [1, 2, 3, 4] in a.png; not found: dog; 1 of 2 nouns"]
    assert [speech.speaker for speech in dialogue.speeches[-3:]] == ["you", "parrot", "detector"]
    assert set(detector.sizes) == {(16, 32, 3)}
    dialogue.begin()
    dialogue.ask("What is it?")
    assert list(dialogue.remarks()) == []
