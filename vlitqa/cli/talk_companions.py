"""What follows a talk in the terminal and remarks on its answers: a detector, and a reader of tool calls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vlitqa.algorithms.counted import counted
from vlitqa.contracts.detectors import Detector
from vlitqa.contracts.tools import Images, Parser, Picture
from vlitqa.records import ImageRef

if TYPE_CHECKING:
    from reference_models.serving.tool_calls import OfferedTool
    from vlitqa.backends.detectors.grounding import AnswerGrounding, GroundedNoun


class TalkCompanion(Protocol):
    """Sees the pictures of a conversation, and remarks on its answers."""

    @property
    def name(self) -> str:
        """The side of the conversation that its remarks are shown under."""
        ...

    @property
    def preface(self) -> str:
        """The words in front of the first question of a conversation; empty for none."""
        ...

    def begin(self) -> None:
        """Forgets the pictures of the last conversation."""
        ...

    def see(self, images: Images, ref: ImageRef) -> None:
        """Sees a picture that is shown to the model."""
        ...

    def remark(self, answer: str) -> Iterator[str]:
        """What is to be said of an answer, line by line."""
        ...


@dataclass(slots=True)
class GroundingCompanion:
    """Looks for the nouns of answers in all pictures of the conversation."""

    detector: Detector
    parser: Parser
    pictures: list[Picture] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    name: str = "detector"
    preface: str = ""

    def begin(self) -> None:
        """Forgets all pictures."""
        self.pictures.clear()
        self.titles.clear()

    def see(self, images: Images, ref: ImageRef) -> None:
        """Keeps a picture at the size that the detector reads, which is seldom the model's."""
        self.pictures.append(images.look(ref, self.detector.picture_side))
        self.titles.append(ref.name)

    def remark(self, answer: str) -> Iterator[str]:
        """One line about the nouns, if any picture was shown."""
        from vlitqa.backends.detectors.grounding import ground_answer

        if self.pictures:
            grounding = ground_answer(answer, self.pictures, self.parser, self.detector)
            yield grounding_line(grounding, self.titles if len(self.titles) > 1 else ())


@dataclass(frozen=True, slots=True)
class ToolCompanion:
    """Tells the model of tools, and shows its calls, none of which is run."""

    tools: Sequence[OfferedTool]
    name: str = "tools"

    @property
    def preface(self) -> str:
        """The tools, and the form of a call."""
        from reference_models.serving.tool_calls import describe_tools

        return describe_tools(self.tools)

    def begin(self) -> None:
        """Does nothing: tools are the same in all conversations."""

    def see(self, images: Images, ref: ImageRef) -> None:
        """Does nothing: calls are words."""

    def remark(self, answer: str) -> Iterator[str]:
        """A line for every call, and for every line that is meant as one and is none."""
        from reference_models.serving.tool_calls import read_tool_calls

        reading = read_tool_calls(answer, {tool.name for tool in self.tools})
        for call in reading.calls:
            yield f"call, not run: {call.tool} {json.dumps(call.text, ensure_ascii=False)}"
        for refusal in reading.refusals:
            yield f"no call: {refusal}"


def open_companions(detector: str, tools: Path | None) -> list[TalkCompanion]:
    """Opens a detector and reads a list of tools, where they are named.

    Raises ToolMissing or UsageError for what cannot be opened.
    """
    companions: list[TalkCompanion] = []
    if tools:
        from reference_models.serving.tool_file import read_tool_file

        companions.append(ToolCompanion(read_tool_file(tools)))
    if detector:
        from vlitqa.backends.detectors.grounding_dino import load_detector
        from vlitqa.backends.parsers.chunks import Chunks

        companions.append(GroundingCompanion(load_detector(detector), Chunks().open()))
    return companions


def grounding_line(grounding: AnswerGrounding, titles: Sequence[str] = ()) -> str:
    """A line such as `grounded: circle 0.83 [12, 30, 60, 80]; not found: dog; 1 of 2 nouns`.

    Where titles are given, the place of a noun is followed by the title of its picture.
    """
    if not grounding.nouns:
        return "not grounded: " + ("it names no thing" if grounding.is_read else "its script is not read")
    places = [_place(noun, titles) for noun in grounding.nouns if noun.detection]
    absent = [noun.noun for noun in grounding.nouns if not noun.detection]
    parts = [f"grounded: {', '.join(places) or 'nothing'}"]
    parts += [f"not found: {', '.join(absent)}"] if absent else []
    return "; ".join([*parts, f"{len(places)} of {counted(len(grounding.nouns), 'noun')}"])


def _place(noun: GroundedNoun, titles: Sequence[str]) -> str:
    if noun.detection is None:
        return noun.noun
    box = ", ".join(f"{edge:.0f}" for edge in noun.detection.box)
    title = f" in {titles[noun.picture]}" if titles else ""
    return f"{noun.noun} {noun.detection.score:.2f} [{box}]{title}"
