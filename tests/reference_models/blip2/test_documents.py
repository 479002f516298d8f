"""Images stand where LAVIS has them, and exactly the responses are learned."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("transformers", reason="pip install 'vlitqa[models]'")

import numpy as np  # noqa: E402

from reference_models.blip2.model import Blip2  # noqa: E402
from reference_models.blip2.presets import make_tiny_blip2  # noqa: E402
from tests.reference_models.blip2.samples import asked, record_of  # noqa: E402
from vlitqa.contracts.models import Document  # noqa: E402
from vlitqa.errors import RejectedRecord  # noqa: E402
from vlitqa.records import Turn  # noqa: E402

pytestmark = pytest.mark.model

BOS, QUERIES = "<s>", 16


@pytest.fixture(scope="module")
def model() -> Blip2:
    return make_tiny_blip2("question")


def text_of(model: Blip2, document: Document) -> str:
    """The text of a document, in which * stands for all tokens of an image."""
    return str(model.tokenizer.decode(document.token_ids)).replace("<image>" * QUERIES, "*")


def learned(model: Blip2, document: Document) -> str:
    return str(model.tokenizer.decode(document.token_ids[document.is_target]))


def test_a_leading_image_stands_before_the_first_token(model: Blip2) -> None:
    document = model.document(asked("What is it?", "A dog.", 0))
    assert text_of(model, document) == f"*{BOS}Question: What is it? Answer: A dog.\n"
    assert learned(model, document) == " A dog.\n"
    assert document.images == (0,)
    assert not document.is_target[:QUERIES].any()


def test_a_text_without_image_begins_with_the_first_token(model: Blip2) -> None:
    document = model.document(asked("Why?", "So."))
    assert text_of(model, document) == f"{BOS}Question: Why? Answer: So.\n"


def test_images_of_later_turns_and_amid_words_stand_where_they_stood(model: Blip2) -> None:
    first = Turn("Is  this?", "No.", (1,), instruction_offsets=(3,))
    second = Turn("And here?", "Yes.", (0, 2))
    document = model.document(record_of(first, second))
    assert text_of(model, document) == (f"{BOS}Question: Is * this? Answer: No.\n**Question: And here? Answer: Yes.\n")
    assert document.images == (1, 0, 2)
    assert learned(model, document) == " No.\n Yes.\n"


def test_a_turn_without_instruction_is_a_caption_and_has_no_words_around_it(model: Blip2) -> None:
    document = model.document(record_of(Turn(None, "A dog on grass.", (0,))))
    assert text_of(model, document) == f"*{BOS}A dog on grass.\n"
    assert learned(model, document) == "A dog on grass.\n"


def test_a_system_message_stands_before_the_question(model: Blip2) -> None:
    document = model.document(record_of(Turn("Why?", "So.", (0,)), system="Be brief."))
    assert text_of(model, document) == f"*{BOS}Be brief.\nQuestion: Why? Answer: So.\n"


def test_a_document_begins_with_its_own_prompt(model: Blip2) -> None:
    turns = (Turn("What?", "A dog.", (0,)), Turn("Where?", "There."))
    record = record_of(*turns)
    prompt = model._read(record_of(turns[0], Turn("Where?", None)), is_prompt=True)
    assert text_of(model, prompt).endswith(" Answer:")
    np.testing.assert_array_equal(model.document(record).token_ids[: len(prompt)], prompt.token_ids)


def test_the_short_template_ends_with_the_end_token() -> None:
    model = make_tiny_blip2("short")
    document = model.document(asked("What?", "A dog.\nIt barks.", 0))
    assert text_of(model, document) == f"*{BOS}Instruction: What?\n\nAnswer: A dog.\nIt barks.</s>"
    assert learned(model, document) == " A dog.\nIt barks.</s>"


@pytest.mark.parametrize(
    ("turn", "code"),
    [
        (Turn("What?", None, (0,)), "no_response"),
        (Turn("What is <image>?", "It.", (0,)), "special_token"),
        (Turn("What?", "It is </s>", (0,)), "special_token"),
        (Turn("What?", "yes " * 300, (0,)), "too_long"),
        (Turn("What?", "See.", (), (0,)), "image_in_response"),
    ],
)
def test_what_cannot_be_learned_from_is_rejected(model: Blip2, turn: Turn, code: str) -> None:
    with pytest.raises(RejectedRecord) as caught:
        model.document(record_of(turn))
    assert caught.value.code == code
