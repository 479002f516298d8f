"""How well the nano writer writes: conversations about held-out scenes, held against the scenes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reference_models.nano.training_scenes import HELD_OUT_SEED
from vlitqa.annotated_images.describing import describe_plainly
from vlitqa.annotated_images.scenes import annotated_scenes
from vlitqa.backends.writers.local import OpenCausalWriter
from vlitqa.contracts.writers import WriterMessage, WriterRequest
from vlitqa.shapes.questions import questions_about
from vlitqa.shapes.scenes import Scene, scene_of
from vlitqa.shapes.written_conversations import COMPLEX, GLOBAL, NEGATIVE

_KINDS = (GLOBAL, COMPLEX, NEGATIVE)
_TURNS = 4
_PRESENCE = re.compile(r"(?:Is there an?|Can you see an?) (\w+ \w+)(?: in the picture)?\?")
_EXPLAINED = " Explain your answer."


@dataclass(frozen=True, slots=True)
class WritingMarks:
    """What came of conversations."""

    right: int
    """Answers to questions whose answer is known that are right."""
    marked: int
    in_form: int
    """Conversations with as many turns as were asked for, each a line of the user and a line of the assistant."""
    conversations: int


def mark_writing(writer: OpenCausalWriter, scenes: int, temperature: float = 0.8) -> WritingMarks:
    """Asks for a conversation about each of so many held-out scenes, the kinds in turn, and marks their answers."""
    numbers = range(scenes)
    replies = writer.replies(_request(number, temperature) for number in numbers)
    verdicts, in_form = list[bool](), 0
    for number, reply in zip(numbers, replies, strict=True):
        pairs = _pairs_of(reply.text)
        in_form += len(pairs) == _TURNS
        verdicts += _verdicts(pairs, scene_of(HELD_OUT_SEED, number))
    return WritingMarks(sum(verdicts), len(verdicts), in_form, scenes)


def _request(number: int, temperature: float) -> WriterRequest:
    (image,) = annotated_scenes(HELD_OUT_SEED, [number], 224)
    text = f"<data-0>\n{describe_plainly(image, ('captions',))}\n</data-0>\n\n"
    cue = f"Write: {_KINDS[number % len(_KINDS)]}, {_TURNS} turns\n"
    message = WriterMessage("user", text + cue)
    return WriterRequest(messages=(message,), temperature=temperature, seed=number, max_tokens=320)


def _pairs_of(reply: str) -> Sequence[tuple[str, str]]:
    """The questions and answers of a reply; none for one that is not in form."""
    lines = reply.strip().split("\n")
    speakers = ["User: ", "AI: "] * (len(lines) // 2)
    if len(lines) % 2 or not all(line.startswith(name) for line, name in zip(lines, speakers, strict=True)):
        return []
    texts = [line.partition(": ")[2] for line in lines]
    return list(zip(texts[::2], texts[1::2], strict=True))


def _verdicts(pairs: Sequence[tuple[str, str]], scene: Scene) -> Iterator[bool]:
    right_answers = {question.text: question.sentence for question in questions_about(scene) if question.kind != "name"}
    present = {thing.name for thing in scene.things}
    for question, answer in pairs:
        plain = question.removesuffix(_EXPLAINED)
        if plain in right_answers:
            yield answer.endswith(right_answers[plain])
        elif asked := _PRESENCE.fullmatch(question):
            yield answer.startswith("Yes" if asked[1] in present else "No")
