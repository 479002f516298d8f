"""Annotations that speak to a writer are data: nothing of them leaves the tags, closes them or forges a turn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.evil.injections import PLAIN, UNKNOWN, disguised, dressed
from tests.given.builds import write_recipe
from tests.given.judge_server import would_obey
from tests.given.run_cli import vlitqa
from tests.given.scripted_dialogues import compose_dialogue
from tests.given.scripted_writer import WriterServer
from vlitqa.annotated_images.image import (
    AnnotatedImage,
    AnnotatedImages,
    Caption,
    ImageObject,
    ImageQuestion,
    WrittenWord,
)
from vlitqa.backends.image_folder import ImageFolder
from vlitqa.construction.adaption import Adapter
from vlitqa.construction.conversation_orders import ConversationOrder
from vlitqa.construction.conversation_prompts import ConversationPrompts
from vlitqa.construction.draft_checks import DraftChecker
from vlitqa.construction.example_pool import ExamplePool
from vlitqa.construction.interleaved_replies import faults_of_dialogue, read_dialogue
from vlitqa.construction.pools import read_pools
from vlitqa.construction.prompt_texts import read_conversation_examples, read_prompt_texts
from vlitqa.construction.recipe import Recipe
from vlitqa.construction.textbind import DialogueOrder, TextBindStrategy
from vlitqa.construction.topics import Topics
from vlitqa.contracts.writers import WriterReply, WriterRequest

PAYLOADS = [*PLAIN, *UNKNOWN, *disguised(), *dressed("0123456789abcdef")]
_BLOCK = re.compile(r"^<data-(\w+)>\n.*\n</data-\1>$", re.MULTILINE | re.DOTALL)
_OURS = ("Write: ", "Remember: ", "Reply in the form", "Give the dialogue at once")
"""How our own paragraphs behind the data begin."""


def _attacked(payload: str) -> AnnotatedImage:
    return AnnotatedImage(
        file=f"{len(payload)}.png",
        captions=(Caption(payload or "x", "s"), Caption(f"A dog. {payload}", "s")),
        objects=(ImageObject(name=payload[:200] or "x", box=(0.1, 0.1, 0.2, 0.2), source="s"),),
        words=(WrittenWord(payload, None, "s"),),
        questions=(ImageQuestion(payload, (payload, payload), "s"),),
    )


def _outside(request: WriterRequest) -> str:
    """What stands behind the tags of the last message."""
    text = request.messages[-1].text
    assert len(_BLOCK.findall(text)) == 1, text
    return _BLOCK.sub("", text)


def _conversation(payload: str) -> WriterRequest:
    prompts = ConversationPrompts(
        Recipe(strategy="self-instruct"), read_prompt_texts("self_instruct"), read_conversation_examples()
    )
    return prompts.request(ConversationOrder(image=_attacked(payload), generation=1, kind="global", turns=3))


def _dialogue(images: Sequence[AnnotatedImage]) -> tuple[DialogueOrder, WriterRequest]:
    strategy = TextBindStrategy(
        recipe=Recipe(strategy="textbind"),
        annotated=AnnotatedImages(images=images, sources=[]),
        images=images,
        topics=Topics([range(len(images))], 1, 0),
        texts=read_prompt_texts("textbind"),
        pool=ExamplePool(()),
    )
    order = next(strategy.orders())
    return order, strategy.request(order, 1, "")


def test_nothing_of_an_annotation_stands_outside_the_tags() -> None:
    assert len(PAYLOADS) >= 181
    for payload in PAYLOADS:
        request = _conversation(payload)
        paragraphs = [part for part in _outside(request).split("\n\n") if part.strip()]
        assert all(part.strip().startswith(_OURS) for part in paragraphs), payload
        messages = [
            {"role": message.role, "content": message.text} for message in (request.messages[0], request.messages[-1])
        ]
        assert not would_obey(messages), payload


def test_a_writer_that_repeats_hostile_captions_forges_no_turn_and_shows_no_foreign_picture() -> None:
    for payload in PAYLOADS:
        images = [_of_file(_attacked(payload), f"{place}.png") for place in range(3)]
        order, request = _dialogue(images)
        assert all(part.strip().startswith(_OURS) for part in _outside(request).split("\n\n") if part.strip())
        reply = compose_dialogue([{"role": one.role, "content": one.text} for one in request.messages], request.seed)
        messages, faults = read_dialogue(WriterReply(text=reply))
        assert not faults, (payload, reply)
        assert len(messages) == 2 * len(order.images)
        shown = sorted(picture.number for message in messages for picture in message.pictures)
        assert shown == list(range(len(order.images)))
        assert "changed_caption" not in [fault.code for fault in faults_of_dialogue(messages, order.captions)]


def _of_file(image: AnnotatedImage, file: str) -> AnnotatedImage:
    return AnnotatedImage(file=file, captions=image.captions)


def test_rows_of_hostile_annotations_are_marked(tmp_path: Path) -> None:
    images = [_of_file(_attacked(payload), f"{number}.png") for number, payload in enumerate(PLAIN)]
    recipe = Recipe(strategy="adaption")
    drafts = Adapter(recipe, AnnotatedImages(images=images, sources=[]), read_pools()).drafts()
    checker = DraftChecker(ImageFolder((str(tmp_path),)), frozenset())
    codes = [{fault.code for fault in checker.faults_of(draft)} for draft in drafts]
    marked = sum(bool(found & {"injection_suspect", "mark_in_text"}) for found in codes)
    assert len(codes) == len(PLAIN)
    assert marked > 0.85 * len(PLAIN)


@pytest.mark.slow
def test_the_key_is_in_no_file_of_a_build(tmp_path: Path) -> None:
    key = "sk-nobody-should-ever-read-this-0123456789"
    with WriterServer() as server:
        recipe = write_recipe(tmp_path, rows=4, scenes=4)
        done = vlitqa("build", recipe, "--writer", f"server:{server.url}@x", cwd=tmp_path, OPENAI_API_KEY=key)
    assert done.returncode == 0, done.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path for path in files if key.encode() in path.read_bytes()]
    assert key not in done.stdout + done.stderr
