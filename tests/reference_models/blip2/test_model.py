"""BLIP-2 learns what a stage trains, sees its pictures, and reads every document as if it were alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("transformers", reason="pip install 'vlitqa[models]'")

from reference_models.blip2.model import Blip2  # noqa: E402
from reference_models.blip2.network import image_features, image_places, instructions_of_images  # noqa: E402
from reference_models.blip2.presets import make_tiny_blip2  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from tests.reference_models.blip2.samples import (  # noqa: E402
    asked,
    fill_with_scattered_values,
    grey_picture,
    prompt_of,
    record_of,
    scattered_pixels,
)
from vlitqa.contracts.models import Document, PackedBatch  # noqa: E402
from vlitqa.records import Record, Turn  # noqa: E402

pytestmark = pytest.mark.model

BETWEEN = {"query_tokens", "qformer", "language_projection", "vision_model.post_layernorm"}
RECORDS = (
    asked("What is it?", "A dog.", 0),
    asked("Why?", "Because it is."),
    record_of(Turn("Which one?", "That.", (0,)), Turn("And of these?", "None.", (1, 2))),
    record_of(Turn(None, "Grass.", (0,))),
)


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "instructed"])
def model(request: pytest.FixtureRequest) -> Blip2:
    model = make_tiny_blip2("question", reads_instruction=request.param)
    fill_with_scattered_values(model.network)
    return model


def packed(documents: Sequence[Document]) -> PackedBatch:
    return batch_rows([documents], list(scattered_pixels(sum(len(document.images) for document in documents))))


def moved_parts(model: Blip2, record: Record, stage: str) -> set[str]:
    """The parts in which a parameter has a gradient, after it was asked for in a stage."""
    model.network.requires_grad_(requires_grad=False)
    for _, parameter in model.trainable(stage):
        parameter.requires_grad_()
    model.losses(packed([model.document(record)])).mean().backward()
    names = [name for name, parameter in model.network.named_parameters() if parameter.grad is not None]
    model.network.zero_grad()
    parts = {name.split(".")[0] for name in names if not name.startswith("vision_model.")}
    return parts | {".".join(name.split(".")[:2]) for name in names if name.startswith("vision_model.")}


def test_each_stage_moves_its_parameters_alone() -> None:
    model = make_tiny_blip2()
    record = asked("What is it?", "A dog.", 0)
    assert moved_parts(model, record, "alignment") == BETWEEN
    assert moved_parts(model, record, "tuning") == BETWEEN | {"language_model"}
    assert moved_parts(replace(model, tunes_language_model=False), record, "tuning") == BETWEEN
    instructed = make_tiny_blip2(reads_instruction=True)
    assert moved_parts(instructed, record, "alignment") == BETWEEN | {"instruction_embeddings"}
    with pytest.raises(KeyError):
        list(model.trainable("pretraining"))


def test_every_parameter_of_a_stage_has_a_gradient_and_the_tower_never_has_one() -> None:
    model = make_tiny_blip2()
    model.losses(packed([model.document(asked("What is it?", "A dog.", 0))])).mean().backward()
    for name, parameter in model.trainable("tuning"):
        assert parameter.grad is not None, name
    assert not [weight for weight in model.network.vision_model.encoder.parameters() if weight.grad is not None]


def test_packed_losses_are_those_of_each_document_alone(model: Blip2) -> None:
    documents = [model.document(record) for record in RECORDS]
    pixels = list(scattered_pixels(5))
    with torch.no_grad():
        together = model.losses(batch_rows([documents[:3], documents[3:]], pixels))
        starts = [0, 1, 1, 4, 5]
        alone = [
            model.losses(batch_rows([[document]], pixels[start:end]))
            for document, start, end in zip(documents, starts, starts[1:], strict=False)
        ]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-6, rtol=1e-6)


def test_no_loss_depends_on_a_neighbour(model: Blip2) -> None:
    target, first, second = (model.document(asked("What?", text, 0)) for text in ("A dog.", "A cat.", "A cow!"))
    pixels = list(scattered_pixels(2))
    with torch.no_grad():
        one = model.losses(batch_rows([[first, target]], pixels))
        other = model.losses(batch_rows([[second, target]], [-pixels[0], pixels[1]]))
    count = int(target.is_target.sum())
    assert not torch.allclose(one[:count], other[:count])
    torch.testing.assert_close(one[count:], other[count:], atol=1e-6, rtol=1e-6)


def test_a_response_depends_on_the_picture_and_its_queries_differ(model: Blip2) -> None:
    document = model.document(asked("What is it?", "A dog.", 0))
    batch = packed([document])
    with torch.no_grad():
        features = image_features(model.network, batch)[0]  # (queries, width)
        loss = model.losses(batch)
        other = model.losses(replace(batch, pixels=-batch.pixels))
    assert torch.pdist(features).min() > 1e-3
    assert (loss - other).abs().max() > 0.1


def test_two_queries_of_a_fresh_model_differ_and_so_do_two_pictures() -> None:
    model = make_tiny_blip2()
    batch = batch_rows(
        [[model.document(asked("What?", "It.", 0))] for _ in range(2)],
        [model.pixels(grey_picture(grey)) for grey in (0, 255)],
    )
    with torch.no_grad():
        black, white = image_features(model.network, batch)
    assert torch.pdist(black).min() > 1e-3
    assert (black - white).abs().max() > 1e-3


def test_an_instruction_is_that_of_the_turn_without_responses_and_neighbours() -> None:
    model = make_tiny_blip2("question", reads_instruction=True)
    documents = [model.document(RECORDS[2]), model.document(RECORDS[0])]
    batch = packed(documents)
    token_ids, is_token = instructions_of_images(batch, image_places(model.network, batch), 16)
    texts = [model.tokenizer.decode(ids[mask]) for ids, mask in zip(token_ids, is_token, strict=True)]
    assert texts == [
        "<s>Question: Which one? Answer:",
        "Question: And of these? Answer:",
        "Question: And of these? Answer:",
        "<s>Question: What is it? Answer:",
    ]


def test_answers_in_a_batch_are_those_of_each_prompt_alone(model: Blip2) -> None:
    prompts = [
        prompt_of(asked("What is it?", None, 0), 0),
        prompt_of(asked("Why?", None)),
        prompt_of(asked("What is it?", None, 0), 255),
        prompt_of(record_of(Turn("One?", "Yes.", (0,)), Turn("Two?", None, (1,))), 40, 200),
    ]
    together = model.answer(prompts, longest=8)
    assert together == [model.answer([prompt], longest=8)[0] for prompt in prompts]
    assert model.answer([], longest=8) == []


def test_a_prompt_that_fills_the_context_gets_what_room_there_is() -> None:
    model = make_tiny_blip2("question")
    words = "a" * (model.context_length - len("<Question:  Answer:"))
    assert model.answer([prompt_of(asked(words, None))], longest=8) == [""]
    assert len(model.answer([prompt_of(asked(words[:-2], None))], longest=8)) == 1


def test_a_rank_is_the_sum_of_the_losses_of_the_option(model: Blip2) -> None:
    record = record_of(Turn("One?", "Yes.", (0,)), Turn("Two?", None, (1,)))
    options = ("a dog", "no")
    (likelihoods,) = model.rank([prompt_of(record, 40, 200)], [options])
    pixels = [model.pixels(grey_picture(grey)) for grey in (40, 200)]
    for option, likelihood in zip(options, likelihoods, strict=True):
        document = model.document(record_of(record.turns[0], Turn("Two?", option, (1,))))
        with torch.no_grad():
            losses = model.losses(batch_rows([[document]], pixels))
        scored = losses[-len(f" {option}\n") : -1]  # one token a byte; neither the first response nor the end
        assert likelihood.log_probability == pytest.approx(-scored.sum().item(), abs=1e-4)
        assert likelihood.tokens == len(f" {option}")


@pytest.mark.parametrize("reads_instruction", [False, True])
def test_after_some_steps_a_black_and_a_white_picture_get_different_answers(*, reads_instruction: bool) -> None:
    model = make_tiny_blip2("question", reads_instruction=reads_instruction)
    documents = [model.document(asked("Colour?", answer, 0)) for answer in ("black", "white")]
    pixels = [model.pixels(grey_picture(grey)) for grey in (0, 255)]
    batch = batch_rows([documents], pixels)
    optimizer = torch.optim.AdamW([parameter for _, parameter in model.trainable("tuning")], lr=3e-3)
    model.network.train()
    for _ in range(150):
        loss = model.losses(batch).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss < 0.02:
            break
    prompts = [prompt_of(asked("Colour?", None, 0), grey) for grey in (0, 255)]
    assert model.answer(prompts, longest=8) == ["black", "white"]
    assert model.network.training, "an answer leaves the model as it was"
    ((black, white),) = model.rank(prompts[:1], [["black", "white"]])
    assert black.log_probability > white.log_probability
    assert model.rank(prompts[:1], [["black", "white"]]) == [[black, white]], "no dropout while it is asked"
