"""The page of a conversation with a model: who said what, and the pictures among the words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from reports.blocks import Block, Notice, SaidPart, Talk, TalkPicture, Utterance
from reports.page import Chapter, Page, render_page, write_page
from vlitqa.contracts.conversations import ShownPicture, Speech

_SIDE = 512
"""Pixels of the longer edge of a picture, at most."""


def write_conversation_page(speeches: Sequence[Speech], model: str, facts: Sequence[str], target: Path) -> Path:
    """Draws the page of a conversation."""
    return write_page(target, render_page(conversation_page(speeches, model, facts)))


def conversation_page(speeches: Sequence[Speech], model: str, facts: Sequence[str]) -> Page:
    """The page of a conversation."""
    chapter = Chapter("conversation", "Conversation", tuple(_blocks(speeches)))
    return Page(f"A conversation with {model}", tuple(facts), (chapter,), source="a conversation")


def _blocks(speeches: Sequence[Speech]) -> Iterator[Block]:
    if not speeches:
        yield Notice("Nothing was said.")
        return
    utterances = (Utterance(speech.speaker, tuple(map(_part, speech.parts))) for speech in speeches)
    yield Talk(tuple(utterances))


def _part(part: str | ShownPicture) -> SaidPart:
    if isinstance(part, str):
        return part
    image = Image.fromarray(part.picture.pixels)
    image.thumbnail((_SIDE, _SIDE))
    file = BytesIO()
    image.save(file, "WEBP", lossless=True)
    return TalkPicture(part.title, file.getvalue())
