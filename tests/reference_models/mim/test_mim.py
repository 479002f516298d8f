"""MIM: what it learns of pictures on both sides of a conversation, and replies in which it draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.mim.loading import load_mim  # noqa: E402
from reference_models.mim.model import Mim  # noqa: E402
from reference_models.mim.presets import make_tiny_mim  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from tests.given.tiny_dialogues import BLACK, WHITE, plain_picture  # noqa: E402
from tests.given.tiny_drawing import drawing_of, make_drawing_mim  # noqa: E402
from vlitqa.contracts.conversations import DrawnPicture  # noqa: E402
from vlitqa.contracts.models import Document, Prompt  # noqa: E402
from vlitqa.contracts.tools import Picture  # noqa: E402
from vlitqa.errors import RejectedRecord, ToolMissing, UsageError  # noqa: E402
from vlitqa.records import ImageRef, Record, Turn  # noqa: E402

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def model() -> Mim:
    return make_tiny_mim()


def pixels_of(model: Mim, *shades: int) -> list[torch.Tensor]:
    return [model.pixels(plain_picture(shade)) for shade in shades]


def losses(model: Mim, document: Document, *shades: int) -> torch.Tensor:
    with torch.no_grad():
        return model.losses(batch_rows([[document]], pixels_of(model, *shades)))


def text_of(model: Mim, document: Document, is_chosen: np.ndarray) -> str:
    return str(model.tokenizer.decode(document.token_ids[is_chosen]))


def test_a_picture_of_a_response_is_learned_where_it_begins_and_by_its_caption(model: Mim) -> None:
    document = model.document(drawing_of("dark", "light"))
    is_dialogue = document.continuation_ids == -1
    learned = text_of(model, document, document.is_target & is_dialogue)
    assert learned == " Look: <image> <image>it is.</s>", "one token of each picture, not all eight"
    assert text_of(model, document, ~is_dialogue) == "<start>dark<end><start>light<end>"
    assert text_of(model, document, document.is_target & ~is_dialogue) == "dark<end>light<end>"
    first, second = document.forks
    assert second - first == model.network.queries + 1
    assert (document.token_ids[[first, second]] == model.tokenizer.convert_tokens_to_ids("<image>")).all()


def test_captions_change_nothing_in_the_dialogue_and_nothing_in_each_other(model: Mim) -> None:
    two, other = drawing_of("dark", "light"), drawing_of("something else", "light")
    ours, theirs = (losses(model, model.document(record), BLACK, WHITE, BLACK) for record in (two, other))
    dialogue, caption = len(" Look: ") + 2 + len(" it is.") + 1, len("light") + 1
    assert torch.equal(ours[:dialogue], theirs[:dialogue])
    torch.testing.assert_close(ours[-caption:], theirs[-caption:], atol=1e-5, rtol=0)


def test_what_begins_a_picture_has_the_loss_of_its_token(model: Mim) -> None:
    record = drawing_of("dark", answer="Look: ")
    document = model.document(record)
    prompt = document.token_ids[: document.forks[0]]
    embeddings = model.network.embed(
        batch_rows([[Document(token_ids=prompt, is_target=np.zeros(len(prompt), bool))]], pixels_of(model, BLACK)),
        int(model.tokenizer.convert_tokens_to_ids("<image>")),
    )
    with torch.no_grad():
        logits = model.network.language_model(inputs_embeds=embeddings, use_cache=False).logits[0, -1]
    start = model.tokenizer.convert_tokens_to_ids("<start>")
    at_picture = int(document.is_target[: document.forks[0]].sum())
    expected = -logits.log_softmax(-1)[start]
    torch.testing.assert_close(losses(model, document, BLACK, WHITE)[at_picture], expected, atol=1e-5, rtol=0)


def test_a_picture_without_a_caption_cannot_be_learned(model: Mim) -> None:
    with pytest.raises(RejectedRecord, match="no caption to learn to draw it by"):
        model.document(drawing_of(" "))
    with pytest.raises(RejectedRecord, match="special token"):
        model.document(drawing_of("a <start> of it"))
    with pytest.raises(RejectedRecord, match="does not fit behind it"):
        model.document(drawing_of("word " * 250))


@dataclass
class Scribe:
    """A painter that notes what it is told, and paints one shade."""

    shade: int
    descriptions: list[str] = field(default_factory=list)

    def paint(self, description: str) -> Picture:
        self.descriptions.append(description)
        return plain_picture(self.shade)


@pytest.fixture(scope="module")
def drawing_model() -> Mim:
    return make_drawing_mim()


def prompt_of(shade: int) -> Prompt:
    return Prompt(Record((Turn("Draw it.", None, (0,)),), (ImageRef("asked.png"),)), (plain_picture(shade),))


@pytest.mark.parametrize(("shade", "description"), [(BLACK, "dark"), (WHITE, "light")])
def test_a_reply_describes_draws_looks_and_goes_on(drawing_model: Mim, shade: int, description: str) -> None:
    for painted, seen in ((BLACK, "black"), (WHITE, "white")):
        painter = Scribe(painted)
        before, drawn, after = drawing_model.reply(prompt_of(shade), painter, longest=40)
        assert before == "Here:"
        assert isinstance(drawn, DrawnPicture)
        assert (drawn.description, painter.descriptions) == (description, [description])
        assert drawn.picture.digest == str(painted)
        if painted == shade:
            assert after == f"was {seen}.", "it has looked at what was drawn"


def test_a_reply_on_kept_keys_is_that_of_the_whole_text_read_anew(drawing_model: Mim) -> None:
    *_, after = drawing_model.reply(prompt_of(BLACK), Scribe(BLACK), longest=40)
    whole = drawing_of("dark", answer=f"Here:  {after}")
    assert losses(drawing_model, drawing_model.document(whole), BLACK, BLACK).max() < 0.5


def test_no_more_pictures_are_drawn_than_are_allowed_and_an_answer_has_none(drawing_model: Mim) -> None:
    painter = Scribe(BLACK)
    parts = drawing_model.reply(prompt_of(BLACK), painter, longest=12, pictures=0)
    assert painter.descriptions == []
    assert all(isinstance(part, str) for part in parts)
    (answer,) = drawing_model.answer([prompt_of(BLACK)], longest=12)
    assert parts == [answer]
    assert answer == "Here:", "it ends where a picture would begin"
    assert drawing_model.reply(prompt_of(BLACK), painter, longest=40, pictures=1)[2:] == ["was black."]


def test_it_is_the_same_when_it_is_loaded_again(drawing_model: Mim, tmp_path: Path) -> None:
    drawing_model.save(tmp_path)
    again = load_mim(str(tmp_path))
    document = drawing_model.document(drawing_of("dark"))
    assert torch.equal(losses(again, document, BLACK, WHITE), losses(drawing_model, document, BLACK, WHITE))
    names = {name.partition(".")[0] for name, _ in again.module.named_parameters()}
    assert names == {"vision_model", "query_tokens", "qformer", "qformer_projection", "language_model"}
    (tmp_path / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(UsageError, match="cannot be read"):
        load_mim(str(tmp_path))
    with pytest.raises(ToolMissing, match="is no folder"):
        load_mim(str(tmp_path / "nowhere"))


def test_options_are_ranked_behind_a_turn_that_drew(drawing_model: Mim) -> None:
    drawn = drawing_of("dark").turns[0]
    record = Record((drawn, Turn("Which?", None)), drawing_of("dark").images)
    prompt = Prompt(record, (plain_picture(BLACK), plain_picture(BLACK)))
    (ranked,) = drawing_model.rank([prompt], [["dark", "light"]])
    (alone,) = drawing_model.rank([prompt], [["light"]])
    assert ranked[1].log_probability == pytest.approx(alone[0].log_probability, abs=1e-4)
    assert [likelihood.tokens for likelihood in ranked] == [5, 6], "each with the space before it"
