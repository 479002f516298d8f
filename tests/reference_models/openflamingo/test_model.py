"""OpenFlamingo reads records in its format, learns responses alone, moves only what it should, and answers alike."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.openflamingo.decoding import decode  # noqa: E402
from reference_models.openflamingo.examples import show_examples  # noqa: E402
from reference_models.openflamingo.model import OpenFlamingo  # noqa: E402
from reference_models.openflamingo.presets import make_tiny_openflamingo  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from reference_models.training.tuning import train_only  # noqa: E402
from tests.given.flamingo_rows import (  # noqa: E402
    CAPTION,
    IMAGE,
    TEXT_ONLY,
    TWO_IMAGES,
    all_logits,
    batch_of,
    open_gates,
    plain_picture,
    question_about,
)
from vlitqa.contracts.models import Document, Prompt  # noqa: E402
from vlitqa.errors import RejectedRecord  # noqa: E402
from vlitqa.records import Record, Turn  # noqa: E402

pytestmark = pytest.mark.model


@pytest.fixture(params=["opt", "mpt"])
def model(request: pytest.FixtureRequest) -> OpenFlamingo:
    return open_gates(make_tiny_openflamingo(request.param))


def test_a_record_becomes_chunks_and_only_responses_with_their_ends_are_learned(model: OpenFlamingo) -> None:
    document = model.document(TWO_IMAGES)
    text = model.tokenizer.decode(document.token_ids)
    assert text == (
        "<s><image>Question:And this? Answer:A cat.<|endofchunk|>"
        "<image>Question:Compare to Answer:Larger.<|endofchunk|>"
    )
    learned = model.tokenizer.decode(document.token_ids[document.is_target])
    assert learned == "A cat.<|endofchunk|>Larger.<|endofchunk|>"
    assert document.images == (0, 1)


def test_a_caption_without_an_instruction_follows_its_image(model: OpenFlamingo) -> None:
    document = model.document(Record((Turn(None, "A dog.", (0,)),), (IMAGE,)))
    assert model.tokenizer.decode(document.token_ids) == "<s><image>A dog.<|endofchunk|>"


def test_an_image_amid_the_words_stays_there(model: OpenFlamingo) -> None:
    turn = Turn("Is  a dog?", "Yes.", (0,), instruction_offsets=(3,))
    document = model.document(Record((turn,), (IMAGE,)))
    assert model.tokenizer.decode(document.token_ids) == "<s>Question:Is <image> a dog? Answer:Yes.<|endofchunk|>"


def test_examples_in_context_stand_before_the_question_with_their_images(model: OpenFlamingo) -> None:
    record = show_examples(question_about(0).record, [CAPTION, TWO_IMAGES])
    assert len(record.images) == 4
    answered = Record((*record.turns[:-1], Turn("Which colour?", "Red.", record.turns[-1].instruction_images)))
    document = model.document(answered)
    assert document.images == (0, 1, 2, 3)
    text = model.tokenizer.decode(document.token_ids)
    assert text.startswith("<s><image>Question:What is this? Answer:A dog.<|endofchunk|><image>Question:And this?")
    assert text.endswith("<image>Question:Which colour? Answer:Red.<|endofchunk|>")


def test_a_record_longer_than_the_context_is_rejected(model: OpenFlamingo) -> None:
    with pytest.raises(RejectedRecord, match="the model reads 1,024"):
        model.document(Record((Turn("word " * 300, "Yes."),)))


@pytest.mark.parametrize(
    ("stage", "parts"),
    [
        ("alignment", {"perceiver", "gated_layers", "new_token_rows"}),
        ("tuning", {"perceiver", "gated_layers"}),
    ],
)
def test_only_what_a_stage_trains_gets_gradients(model: OpenFlamingo, stage: str, parts: set[str]) -> None:
    trained = train_only(model, stage)
    model.losses(batch_of(model, [[CAPTION, TEXT_ONLY]])).sum().backward()
    moved = {name for name, parameter in model.module.named_parameters() if parameter.grad is not None}
    assert moved == trained.keys()
    assert {name.partition(".")[0] for name in moved} == parts


def test_a_batch_without_images_gives_every_trained_parameter_a_gradient(model: OpenFlamingo) -> None:
    model.losses(batch_of(model, [[TEXT_ONLY]])).sum().backward()
    assert all(parameter.grad is not None for _, parameter in model.trainable("tuning"))
    assert not any(parameter.grad.any() for parameter in model.network.perceiver.parameters())


def test_a_black_and_a_white_picture_are_told_apart_after_a_few_steps(model: OpenFlamingo) -> None:
    colours = {0: "B", 255: "W"}
    records = [Record((Turn("Which colour?", colour, (0,)),), (IMAGE,)) for colour in colours.values()]
    pixels = [model.pixels(plain_picture(brightness)) for brightness in colours]
    batch = batch_rows([[model.document(record) for record in records]], pixels)
    optimizer = torch.optim.AdamW(train_only(model, "tuning").values(), lr=4e-3)
    for _ in range(60):
        optimizer.zero_grad()
        loss = model.losses(batch).mean()
        loss.backward()
        optimizer.step()
        if loss < 0.1:
            break
    answers = model.answer([question_about(brightness) for brightness in colours], longest=8)
    assert answers == list(colours.values())
    (ranked,) = model.rank([question_about(0)], [["B", "W"]])
    assert ranked[0].log_probability > ranked[1].log_probability


def test_answers_in_a_batch_are_those_of_prompts_alone(model: OpenFlamingo) -> None:
    two_images = Record((*TWO_IMAGES.turns[:-1], Turn("Compare to", None, (1,))), (IMAGE, IMAGE))
    prompts = [
        question_about(0),
        question_about(255),
        question_about(90, "A question of another length?"),
        Prompt(two_images, (plain_picture(40), plain_picture(200))),
        Prompt(Record((Turn("No picture?", None),))),
    ]
    alone = [model.answer([prompt], longest=6)[0] for prompt in prompts]
    assert model.answer(prompts, longest=6) == alone


def test_the_cache_writes_what_reading_everything_anew_would_write(model: OpenFlamingo) -> None:
    document = model.document(TWO_IMAGES)
    batch = batch_of(model, [[TWO_IMAGES]])
    written = decode(model.network, batch, model.config.new_tokens, longest=5)[0]
    token_ids = list(document.token_ids)
    for token in written:
        grown = Document(
            token_ids=np.array(token_ids, np.int32), is_target=np.zeros(len(token_ids), bool), images=document.images
        )
        logits = all_logits(model, batch_rows([[grown]], list(batch.pixels)))[0, -1]  # (vocabulary,)
        assert logits.argmax() == token
        token_ids.append(token)
    assert len(written) == 5


def test_ranking_sums_the_losses_of_the_option_and_not_of_its_end(model: OpenFlamingo) -> None:
    prompt = question_about(7)
    (ranked,) = model.rank([prompt], [["red", "green"]])
    assert [likelihood.tokens for likelihood in ranked] == [3, 5]
    for option, likelihood in zip(["red", "green"], ranked, strict=True):
        document = model.document(Record((Turn("Which colour?", option, (0,)),), (IMAGE,)))
        losses = model.losses(batch_rows([[document]], [model.pixels(plain_picture(7))]))
        assert likelihood.log_probability == pytest.approx(-losses[:-1].sum().item(), abs=1e-4)
