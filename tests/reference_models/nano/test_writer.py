"""The nano writer reads of a prompt the description and the line that says what to write, and learns right lessons."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from reference_models.nano.writer import WRITER_TEMPLATE, writing_lesson
from vlitqa.annotated_images.image import AnnotatedImages
from vlitqa.annotated_images.scenes import annotated_scenes
from vlitqa.construction.conversation_orders import conversation_orders
from vlitqa.construction.conversation_prompts import ConversationPrompts
from vlitqa.construction.conversation_replies import read_reply
from vlitqa.construction.prompt_texts import read_conversation_examples, read_prompt_texts
from vlitqa.construction.recipe import Recipe
from vlitqa.construction.recipe_parts import SelfInstructPart
from vlitqa.contracts.writers import WriterReply
from vlitqa.shapes.questions import questions_about
from vlitqa.shapes.scenes import scene_of
from vlitqa.storage.places import SHIPPED

pytestmark = pytest.mark.model


def test_the_chat_format_leaves_of_a_whole_prompt_what_lessons_begin_with() -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(Path(SHIPPED) / "nano-writer")
    assert tokenizer.chat_template == WRITER_TEMPLATE
    options = SelfInstructPart(describe=("captions",), kinds=("region",), form="lines")
    recipe = Recipe(strategy="self-instruct", self_instruct=options)
    prompts = ConversationPrompts(recipe, read_prompt_texts("self_instruct"), read_conversation_examples())
    images = AnnotatedImages(images=annotated_scenes(3, [5], 224), sources=[])
    order = next(conversation_orders(recipe, images))
    conversation = [{"role": one.role, "content": one.text} for one in prompts.request(order).messages]
    text = tokenizer.apply_chat_template(conversation, tokenize=False)
    first, second = (caption.text for caption in images.images[0].captions)
    assert text == f"<s>Caption: {first}\nCaption: {second}\n\n{order.cue}\n"
    assert re.fullmatch(r"Write: region of \w+ \w+ \[[\d., ]+\], [345] turns", order.cue)


def test_lessons_are_in_form_and_their_answers_are_those_of_the_scene() -> None:
    dice, compared = random.Random(0), 0
    for number in range(300):
        read, written = writing_lesson(number, dice, seed=11)
        reply = read_reply(WriterReply(text=written), "lines")
        assert not reply.faults, written
        turns = int(read.rsplit(", ", 1)[1].split()[0])
        messages = [message.text for message in reply.messages]
        if "dialogue" in read:
            assert 1 <= len(messages) // 2 <= turns
            continue
        assert len(messages) == 2 * turns
        right_answers = {question.text: question.sentence for question in questions_about(scene_of(11, number))}
        for question, answer in zip(messages[::2], messages[1::2], strict=True):
            if question in right_answers and not question.startswith("Which of these"):
                assert answer == right_answers[question]
                compared += 1
    assert compared > 300
