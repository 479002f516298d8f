"""ImageBind-LLM as it is tuned and asked: one feature for a document, whatever else is computed beside it."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.model import ImageBindLlm  # noqa: E402
from reference_models.imagebind_llm.placement import place_in_rows  # noqa: E402
from reference_models.imagebind_llm.presets import make_tiny_imagebind_llm  # noqa: E402
from reference_models.imagebind_llm.visual_cache import VisualCache  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from reference_models.training.precision import compute_in  # noqa: E402
from tests.given.imagebind_rows import BOTH, NONE, ONE, PROMPTS, batch_of, losses, make_open_model, same  # noqa: E402
from tests.given.tiny_dialogues import BLACK, ONE_IMAGE, TWO_IMAGES, WHITE, dialogue, plain_picture  # noqa: E402
from vlitqa.contracts.models import Prompt, Sampling  # noqa: E402
from vlitqa.errors import RejectedRecord  # noqa: E402
from vlitqa.records import Record, Turn  # noqa: E402

pytestmark = pytest.mark.model


@pytest.fixture(scope="module", params=["published", "paper"])
def model(request: pytest.FixtureRequest) -> ImageBindLlm:
    return make_open_model(request.param)


@pytest.mark.parametrize(
    ("template", "before_words", "space"), [("alpaca", "### Instruction:\n", ""), ("short", "Instruction: ", " ")]
)
def test_responses_and_what_ends_them_are_learned_and_images_have_no_tokens(
    template: str, before_words: str, space: str
) -> None:
    model = make_tiny_imagebind_llm(template)
    document = model.document(ONE_IMAGE)
    learned = model.tokenizer.decode(document.token_ids[document.is_target])
    assert learned == f"{space}It is dark.</s>{space}Yes — 漢字 🎈.</s>"
    assert document.images == (0,)
    without = model.document(dialogue(*((turn.instruction, turn.response) for turn in ONE_IMAGE.turns), images=0))
    assert np.array_equal(without.token_ids, document.token_ids)
    assert model.tokenizer.decode(document.token_ids).count(before_words) == 2


def test_the_prompt_is_that_of_alpaca() -> None:
    model = make_tiny_imagebind_llm("alpaca")
    text = model.tokenizer.decode(model.document(dialogue(("What is it?", "A cat."))).token_ids)
    assert text == (
        "<s>Below is an instruction that describes a task. Write a response that appropriately completes the request."
        "\n\n### Instruction:\nWhat is it?\n\n### Response:A cat.</s>"
    )


def test_packed_losses_are_those_of_documents_alone_and_of_padded_ones(model: ImageBindLlm) -> None:
    records = [ONE, BOTH, NONE]
    alone = torch.cat([losses(model, [[record]]) for record in records])
    assert same(losses(model, [records]), alone)
    assert same(losses(model, [[record] for record in records]), alone)
    assert same(losses(model, [records[:2], records[2:]]), alone)


def test_images_of_other_documents_change_nothing_and_those_of_its_own_do(model: ImageBindLlm) -> None:
    targets = len(losses(model, [[ONE]]))
    ours = losses(model, [[BOTH, ONE], [NONE]])
    theirs = losses(model, [[(TWO_IMAGES, (0, 10)), ONE], [NONE]])
    first = len(losses(model, [[BOTH]]))
    assert torch.allclose(ours[first:], theirs[first:], atol=1e-6, rtol=0)
    assert (ours[:first] - theirs[:first]).abs().max() > 1e-3
    other = losses(model, [[BOTH, (ONE_IMAGE, (WHITE,))]])[first : first + targets]
    assert (other - ours[first : first + targets]).abs().max() > 1e-3


def test_a_text_without_images_takes_the_feature_of_an_image_of_zeros(model: ImageBindLlm) -> None:
    shown = dialogue(("Hello!", "Hi."))
    zeros = batch_rows([[model.document(shown)]], [torch.zeros(3, model.picture_side, model.picture_side)])
    with torch.no_grad():
        assert same(losses(model, [[NONE]]), model.losses(zeros))
    assert (losses(model, [[NONE]]) - losses(model, [[(shown, (BLACK,))]])).abs().max() > 1e-3


def test_several_images_are_mixed_in_equal_shares(model: ImageBindLlm) -> None:
    batch = batch_of(model, [[ONE, BOTH], [NONE]])
    encoded = model.network.encode(batch)
    black, grey, white = model.network.encoders.embed("vision", batch.pixels)
    mixture = grey + white
    assert torch.allclose(encoded.features[:2], torch.stack([black, mixture / mixture.norm()]), atol=1e-6)
    assert encoded.image_of_document.tolist() == [0, 1, -1]
    assert same(losses(model, [[BOTH]]), losses(model, [[(TWO_IMAGES, (WHITE, 90))]]))


def test_an_image_that_two_turns_show_counts_once() -> None:
    model = make_open_model()
    turns = (Turn("This?", "Yes.", (0,)), Turn("And that?", "Yes.", (1, 0)))
    assert model.document(Record(turns, TWO_IMAGES.images)).images == (0, 1)


def test_a_picture_of_several_documents_is_encoded_once_and_given_to_all(model: ImageBindLlm) -> None:
    documents = [model.document(record) for record in (ONE_IMAGE, TWO_IMAGES, ONE_IMAGE)]
    shared = batch_rows([documents], [model.pixels(plain_picture(shade)) for shade in (BLACK, WHITE)], [0, 1, 0, 1])
    with torch.no_grad():
        together = model.losses(shared)
    apart = losses(model, [[(ONE_IMAGE, (BLACK,)), (TWO_IMAGES, (WHITE, BLACK)), (ONE_IMAGE, (WHITE,))]])
    assert same(together, apart)


def test_what_cannot_be_learned_from_is_refused(model: ImageBindLlm) -> None:
    with pytest.raises(RejectedRecord, match="no response"):
        model.document(dialogue(("What is it?", "")))
    with pytest.raises(RejectedRecord, match="the model reads 1,024"):
        model.document(dialogue(("What is it?", "So. " * 300)))
    with pytest.raises(RejectedRecord, match="special token"):
        model.document(dialogue(("What is </s>?", "It is dark.")))
    with pytest.raises(RejectedRecord, match="image"):
        model.document(Record((Turn("Draw it.", "Here.", (), (0,)),), ONE_IMAGE.images))


def with_response(turn: Turn, response: str) -> Turn:
    return msgspec.structs.replace(turn, response=response)


@torch.no_grad()
def likelihood_alone(model: ImageBindLlm, prompt: Prompt, option: str) -> float:
    """The likelihood of an option by a text of its own."""
    (asked,) = prompt.record.turns
    record = Record((with_response(asked, option),), prompt.record.images)
    batch = batch_rows([[model.document(record)]], [model.pixels(picture) for picture in prompt.pictures])
    return -float(model.losses(batch)[:-1].double().sum())  # what ends it does not count


def test_ranks_are_the_likelihoods_of_options_by_texts_of_their_own(model: ImageBindLlm) -> None:
    options = [["dark", "something light", "漢字 🎈"], ["d", "dark"], ["yes"], ["grey", "none"], ["Hi.", "Ho."]]
    for prompt, choices, ranked in zip(PROMPTS, options, model.rank(PROMPTS, options), strict=True):
        alone = [likelihood_alone(model, prompt, option) for option in choices]
        assert [likelihood.log_probability for likelihood in ranked] == pytest.approx(alone, abs=1e-4)


def test_an_answer_depends_on_no_other_prompt(model: ImageBindLlm) -> None:
    greedy = model.answer(PROMPTS, longest=8)
    assert [model.answer([prompt], longest=8)[0] for prompt in PROMPTS] == greedy
    drawn = {seed: model.answer(PROMPTS, longest=8, sampling=Sampling(seed=seed)) for seed in (1, 2)}
    assert drawn[1] != drawn[2]
    assert [model.answer([prompt], longest=8, sampling=Sampling(seed=1))[0] for prompt in PROMPTS] == drawn[1]
    assert model.answer(PROMPTS, longest=8, sampling=Sampling(temperature=0.001)) == greedy


@torch.no_grad()
def test_an_answer_on_kept_keys_is_that_of_whole_texts_read_anew(model: ImageBindLlm) -> None:
    batch = batch_of(model, [[(dialogue(("What is it?", "x")), (BLACK,))]])
    text = batch.token_ids[:, : int(batch.is_target[0].int().argmax())]
    encoded = model.network.encode(batch)
    placed = place_in_rows(encoded.features, encoded.zero_feature, encoded.image_of_document)
    prompt_length = text.shape[1]
    for _ in range(6):
        logits = model.network.language_model(text, injection=model.network.inject(placed), use_cache=False).logits
        text = torch.cat([text, logits[:, -1:].argmax(-1)], 1)
    words = model.tokenizer.decode(text[0, prompt_length:], skip_special_tokens=True)
    assert model.answer(PROMPTS[:1], longest=6) == [words.strip()]


def test_a_visual_cache_changes_features_of_images_and_only_where_nothing_is_trained() -> None:
    pytest.importorskip("faiss", reason="pip install 'vlitqa[models]'")
    model = make_open_model()
    width = model.network.encoder_shape.embedding
    features = np.random.default_rng(0).standard_normal((20, width), np.float32)
    cached = replace(model, visual_cache=VisualCache([features], width))
    rows = [[ONE, BOTH, NONE]]
    of_images = len(losses(model, [[ONE, BOTH]]))
    plain, enhanced = losses(model, rows), losses(cached, rows)
    assert (enhanced - plain)[:of_images].abs().max() > 1e-3
    assert torch.equal(enhanced[of_images:], plain[of_images:])
    assert same(losses(cached, [[NONE]]), plain[of_images:])
    likelihoods = [one.rank(PROMPTS[:1], [["dark"]])[0][0].log_probability for one in (model, cached)]
    assert abs(likelihoods[0] - likelihoods[1]) > 1e-3
    cached.module.train()
    assert torch.equal(losses(cached, rows), plain)


def test_half_the_bits_compute_nearly_the_same() -> None:
    model = make_open_model()
    expected = losses(model, [[ONE, BOTH, NONE]])
    compute_in("bfloat16", model.module)
    assert losses(model, [[ONE, BOTH, NONE]]).mean() == pytest.approx(float(expected.mean()), rel=0.01)
    assert len(model.answer(PROMPTS, longest=3)) == len(PROMPTS)
