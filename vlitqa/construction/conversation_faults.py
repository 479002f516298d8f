"""Faults of the content of a written conversation: roles, turns, what it says of its source and against its facts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rapidfuzz import fuzz, process

from vlitqa.algorithms.leaks_and_hedges import find_hedge, find_refusal, find_source_leak
from vlitqa.annotated_images.image import AnnotatedImage
from vlitqa.construction.contradictions import find_contradiction
from vlitqa.construction.conversation_replies import ASSISTANT, SpokenMessage, role_fault
from vlitqa.construction.drafts import RowFault
from vlitqa.construction.prompt_texts import ConversationExample

_FEWEST_WORDS = 6
"""Of a message that could only have been copied."""
_COPIED = 90.0
"""The likeness of two messages, in percent, from which one is a copy."""


def faults_of_conversation(
    messages: Sequence[SpokenMessage],
    image: AnnotatedImage,
    looked_for: Collection[str],
    most_turns: int,
    *,
    checks_content: bool,
) -> Iterator[RowFault]:
    """The faults of a conversation whose form was right; those of its content only where they are wanted."""
    if fault := role_fault(messages):
        yield fault
        return
    turns = len(messages) // 2
    if turns > most_turns:
        yield RowFault("too_many_turns", f"{turns} turns, and at most {most_turns} were asked for")
    answers = [message.text for message in messages if message.role == ASSISTANT]
    yield from faults_of_answers(answers, checks_content=checks_content)
    for question, answer in zip(messages[::2], messages[1::2], strict=True) if checks_content else ():
        if words := find_contradiction(question.text, answer.text, image, looked_for):
            yield RowFault("contradicts_annotation", words)


def faults_of_answers(answers: Sequence[str], *, checks_content: bool) -> Iterator[RowFault]:
    """What is wrong about answers by their words alone; a refusal is wrong in any case."""
    for find, code in ((find_refusal, "refusal"), (find_source_leak, "source_leak"), (find_hedge, "hedge")):
        if words := next(filter(None, map(find, answers)), "") if checks_content or code == "refusal" else "":
            yield RowFault(code, words)
    if len(set(answers)) < len(answers) and checks_content:
        yield RowFault("repeated_answer", next(text for text in answers if answers.count(text) > 1)[:80])


def find_copies(messages: Sequence[SpokenMessage], examples: Sequence[ConversationExample]) -> Iterator[RowFault]:
    """Finds a message that an example has too, whether it was shown or not."""
    shown = [message.content for example in examples for message in example.conversation]
    for message in messages:
        if len(message.text.split()) >= _FEWEST_WORDS:
            likest = process.extractOne(message.text, shown, scorer=fuzz.ratio, score_cutoff=_COPIED)
            if likest:
                yield RowFault("copied_example", likest[0][:80])
                return
