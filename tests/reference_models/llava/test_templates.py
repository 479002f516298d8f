"""The words around dialogues, and the tokens that are learned of them."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.llava.presets import make_tiny_llava
from tests.given.tiny_dialogues import ONE_IMAGE, TWO_IMAGES
from vlitqa.records import Record

pytestmark = pytest.mark.model

PATCHES = "<image>" * 16
SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)


def texts(template: str, record: Record) -> tuple[str, str]:
    """The text of a record's document, and what is learned of it."""
    model = make_tiny_llava(template=template)
    document = model.document(record)
    decode = model.tokenizer.decode
    return decode(document.token_ids), decode(document.token_ids[document.is_target])


def test_vicunas_template_is_that_of_llava() -> None:
    whole, learned = texts("vicuna_v1", ONE_IMAGE)
    first, second = f"USER: {PATCHES}\nWhat is it? ASSISTANT:", "USER: Really? ASSISTANT:"
    assert whole == f"<s>{SYSTEM} {first} It is dark.</s>{second} Yes — 漢字 🎈.</s>"
    assert learned == " It is dark.</s> Yes — 漢字 🎈.</s>"


def test_the_plain_template_has_the_picture_and_its_caption_alone() -> None:
    whole, learned = texts("plain", ONE_IMAGE)
    assert whole == f"<s>{PATCHES}It is dark.\nYes — 漢字 🎈.\n"
    assert learned == "It is dark.\nYes — 漢字 🎈.\n"


def test_images_stand_where_the_record_has_them() -> None:
    whole, _ = texts("short", TWO_IMAGES)
    assert whole == f"<s>Instruction: Compare {PATCHES} and {PATCHES}.\n\nAnswer: Both are grey.</s>"


def test_a_system_message_of_the_record_takes_the_place_of_the_usual_one() -> None:
    whole, _ = texts("vicuna_v1", Record(ONE_IMAGE.turns, ONE_IMAGE.images, system="Be brief."))
    assert whole.startswith(f"<s>Be brief. USER: {PATCHES}")
