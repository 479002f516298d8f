"""What every reference model promises: what it learns, from which tokens, and that no document sees another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from msgspec.structs import replace  # noqa: E402

from reference_models.catalogue import MODELS, choose_model  # noqa: E402
from reference_models.training import ranking  # noqa: E402
from reference_models.training.adapters import merge_adapters  # noqa: E402
from reference_models.training.memory import Precision  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from reference_models.training.precision import compute_in  # noqa: E402
from reference_models.training.recipe import TrainingRecipe  # noqa: E402
from reference_models.training.recomputation import recompute_layers  # noqa: E402
from reference_models.training.trainer import Training, fit  # noqa: E402
from reference_models.training.tuning import train_only  # noqa: E402
from tests.given.tiny_dialogues import (  # noqa: E402
    BLACK,
    NO_IMAGE,
    ONE_IMAGE,
    RECORDS,
    TWO_IMAGES,
    WHITE,
    dialogue,
    plain_picture,
    prompt_of,
)
from vlitqa.contracts.models import PackedBatch, Prompt, ReferenceModel, Sampling  # noqa: E402
from vlitqa.errors import RejectedRecord, UsageError  # noqa: E402
from vlitqa.records import Record, Turn  # noqa: E402

pytestmark = pytest.mark.model

SHADES = {ONE_IMAGE: (BLACK,), TWO_IMAGES: (90, WHITE), NO_IMAGE: ()}


@pytest.fixture(scope="module", params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture(scope="module")
def model(name: str) -> ReferenceModel:
    return choose_model(name, "tiny").open()


def batch_of(model: ReferenceModel, rows: Sequence[Sequence[Record]]) -> PackedBatch:
    """The records of each row, packed into it."""
    pixels = [model.pixels(plain_picture(shade)) for row in rows for record in row for shade in SHADES[record]]
    return batch_rows([[model.document(record) for record in row] for row in rows], pixels)


def losses(model: ReferenceModel, rows: Sequence[Sequence[Record]]) -> torch.Tensor:
    with torch.no_grad():
        return model.losses(batch_of(model, rows))


@pytest.mark.parametrize("record", RECORDS, ids=["one image", "two images", "no image"])
def test_the_targets_are_the_responses_and_what_ends_them(model: ReferenceModel, record: Record) -> None:
    document = model.document(record)
    learned = model.tokenizer.decode(document.token_ids[document.is_target])  # type: ignore[attr-defined]
    for turn in record.turns:
        before, response, learned = learned.partition(turn.response)
        assert (len(before) < 15, response) == (True, turn.response), "only what ends a response stands between two"
    assert len(learned) < 15
    assert len(document.images) == len(record.images)


def test_packed_losses_are_those_of_documents_alone_and_of_padded_ones(model: ReferenceModel) -> None:
    alone = torch.cat([losses(model, [[record]]) for record in RECORDS])
    assert torch.allclose(losses(model, [RECORDS]), alone, atol=1e-5)
    assert torch.allclose(losses(model, [[record] for record in RECORDS]), alone, atol=1e-5)
    assert losses(model, [RECORDS]).sum() == pytest.approx(float(alone.sum()), rel=1e-6)


def test_no_document_sees_its_neighbour(model: ReferenceModel) -> None:
    targets = len(losses(model, [[ONE_IMAGE]]))
    beside = [losses(model, [[other, ONE_IMAGE]])[-targets:] for other in (TWO_IMAGES, NO_IMAGE)]
    assert torch.allclose(beside[0], beside[1], atol=1e-6)


def test_a_stage_trains_exactly_its_parameters(model: ReferenceModel) -> None:
    for stage in model.stages:
        trained = train_only(model, stage)
        assert trained
        model.module.zero_grad()
        model.losses(batch_of(model, [RECORDS])).mean().backward()
        moved = {name for name, parameter in model.module.named_parameters() if parameter.grad is not None}
        assert moved <= set(trained)
    model.module.zero_grad()
    model.module.eval()


def test_what_has_no_response_cannot_be_learned_from(model: ReferenceModel) -> None:
    with pytest.raises(RejectedRecord, match="no response") as caught:
        model.document(dialogue(("What is it?", "")))
    assert caught.value.code == "no_response"


def test_what_is_longer_than_the_context_is_refused(model: ReferenceModel) -> None:
    with pytest.raises(RejectedRecord, match=f"the model reads {model.context_length:,}") as caught:
        model.document(dialogue(("What is it?", "So. " * model.context_length)))
    assert caught.value.code == "too_long"


def test_words_of_a_record_are_never_special_tokens(model: ReferenceModel) -> None:
    token = model.tokenizer.eos_token  # type: ignore[attr-defined]
    with pytest.raises(RejectedRecord, match="special token"):
        model.document(dialogue((f"What is {token}?", "It is dark.")))


def test_pixels_are_a_square_of_the_side_that_the_model_says(model: ReferenceModel) -> None:
    assert model.pixels(plain_picture(WHITE)).shape == (3, model.picture_side, model.picture_side)


def test_an_image_in_a_response_is_refused(model: ReferenceModel) -> None:
    record = Record((Turn("Draw it.", "Here.", (), (0,)),), ONE_IMAGE.images)
    with pytest.raises(RejectedRecord, match="image"):
        model.document(record)


OPTIONS = ["dark", "something light", "d", "darker", "漢字 🎈", "dark"]
LATER_TURN = Prompt(Record((*ONE_IMAGE.turns[:1], Turn("And now?", None)), ONE_IMAGE.images), prompt_of(BLACK).pictures)
TWO_PICTURES = Prompt(
    Record((replace(TWO_IMAGES.turns[0], response=None),), TWO_IMAGES.images), (plain_picture(90), plain_picture(WHITE))
)
NO_PICTURE = Prompt(Record((Turn("Hello!", None),)))


def likelihood_alone(model: ReferenceModel, prompt: Prompt, option: str) -> tuple[float, int]:
    """The likelihood of an option, and its number of tokens, by a text of its own."""
    *earlier, asked = prompt.record.turns
    document = model.document(replace(prompt.record, turns=(*earlier, replace(asked, response=option))))
    with torch.no_grad():
        of_targets = model.losses(batch_rows([[document]], [model.pixels(picture) for picture in prompt.pictures]))
    is_target = "".join("x" if target else " " for target in document.is_target)
    tokens = len(is_target.split()[-1]) - 1  # what ends it does not count
    return -float(of_targets[-tokens - 1 : -1].double().sum()), tokens


def test_ranks_are_the_likelihoods_of_options_by_texts_of_their_own(model: ReferenceModel) -> None:
    prompts = [prompt_of(BLACK), prompt_of(WHITE), LATER_TURN, prompt_of(BLACK, "Dark?"), TWO_PICTURES, NO_PICTURE]
    options = [OPTIONS, OPTIONS[::-1], ["yes", "no"], ["yes"], OPTIONS[:3], OPTIONS[3:]]
    for prompt, choices, ranked in zip(prompts, options, model.rank(prompts, options), strict=True):
        alone = [likelihood_alone(model, prompt, option) for option in choices]
        assert [likelihood.tokens for likelihood in ranked] == [tokens for _, tokens in alone]
        sums = [likelihood.log_probability for likelihood in ranked]
        assert sums == pytest.approx([value for value, _ in alone], abs=1e-5)


def test_more_options_than_are_computed_together_have_the_same_likelihoods(
    model: ReferenceModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = model.rank([prompt_of(BLACK)], [OPTIONS])[0]
    monkeypatch.setattr(ranking, "_MOST_TOKENS_TOGETHER", 60)
    monkeypatch.setattr(ranking, "_MOST_TOKENS", 100)
    for parted, whole in zip(model.rank([prompt_of(BLACK)], [OPTIONS])[0], together, strict=True):
        assert parted.tokens == whole.tokens
        assert parted.log_probability == pytest.approx(whole.log_probability, abs=1e-5)


def test_a_drawn_answer_depends_on_its_seed_and_on_no_other_prompt(model: ReferenceModel) -> None:
    prompts = [prompt_of(BLACK), prompt_of(WHITE), prompt_of(BLACK)]
    state = torch.random.get_rng_state()
    drawn = {seed: model.answer(prompts, longest=8, sampling=Sampling(seed=seed)) for seed in (1, 2)}
    assert torch.equal(torch.random.get_rng_state(), state), "the draws of others stay as they are"
    assert drawn[1] != drawn[2]
    assert model.answer(prompts[:1], longest=8, sampling=Sampling(seed=1)) == [drawn[1][0]] == [drawn[1][2]]
    greedy = model.answer(prompts, longest=8)
    assert model.answer(prompts, longest=8, sampling=Sampling(temperature=0.001)) == greedy
    assert model.answer(prompts, longest=8, sampling=Sampling(top_p=1e-6)) == greedy


def test_an_option_that_is_longer_than_the_context_is_refused(model: ReferenceModel) -> None:
    with pytest.raises(RejectedRecord, match=f"the model reads {model.context_length:,}"):
        model.rank([prompt_of(BLACK)], [["dark", "light " * model.context_length]])


def test_a_tuned_model_tells_black_from_white_and_is_the_same_when_it_is_loaded_again(
    model: ReferenceModel, tmp_path: Path
) -> None:
    rows = [dialogue(("What is it?", answer)) for answer in ("dark", "light")]
    documents = [model.document(row) for row in rows]
    batch = batch_rows([documents], [model.pixels(plain_picture(shade)) for shade in (BLACK, WHITE)])
    recipe = TrainingRecipe(steps=80, batch_size=2, optimizer="adamw", learning_rate=3e-3)
    for stage in model.stages:  # gates that are closed open in the first alone
        trained = train_only(model, stage).values()
        fit(trained, recipe, lambda _step: [model.losses(batch).mean()], list[str]().append, name="shades")
    model.module.eval()
    prompts = [prompt_of(BLACK), prompt_of(WHITE), prompt_of(BLACK, "Which shade is it?")]
    answers = model.answer(prompts, longest=12)
    assert answers[:2] == ["dark", "light"]
    assert [model.answer([prompt], longest=12)[0] for prompt in prompts] == answers
    model.save(tmp_path)
    again = choose_model(model.name, str(tmp_path)).open()
    assert again.answer(prompts, longest=12) == answers
    assert torch.equal(again.losses(batch), model.losses(batch))


def test_the_folder_of_another_model_is_refused(model: ReferenceModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    other = next(name for name in MODELS if name != model.name)
    with pytest.raises(UsageError, match=f"--model {model.name}|of the kind {model.name}"):
        choose_model(other, str(tmp_path)).open()


def test_adapters_learn_in_the_place_of_the_language_model_and_are_merged_into_it(name: str) -> None:
    model = choose_model(name, "tiny").open()
    if any(".lora_" in key for key in model.module.state_dict()):
        with pytest.raises(UsageError, match="low-rank matrices of its own"):
            train_only(model, "tuning", adapter_rank=4)
        return
    before = losses(model, [RECORDS])
    frozen = {key: weight.clone() for key, weight in model.module.state_dict().items()}
    trained = train_only(model, "tuning", adapter_rank=4)
    model.module.eval()
    assert torch.equal(losses(model, [RECORDS]), before), "a new adapter adds nothing"
    assert not any(key.startswith(model.language_layers) and ".lora_" not in key for key in trained)
    recipe = TrainingRecipe(steps=20, batch_size=1, learning_rate=1e-2, optimizer="adamw")
    fit(trained.values(), recipe, lambda _: [model.losses(batch_of(model, [RECORDS])).mean()], print, name=name)
    learned = losses(model, [RECORDS])
    assert learned.mean() < 0.9 * before.mean()
    merge_adapters(model.module)
    assert torch.allclose(losses(model, [RECORDS]), learned, atol=1e-4)
    weights = model.module.state_dict()
    assert weights.keys() == frozen.keys()
    moved = {key for key in frozen if not torch.equal(weights[key], frozen[key])}
    layers = {key for key in moved if key.startswith(model.language_layers)}
    assert layers
    assert moved - layers <= {key for key, _ in model.trainable("tuning")}


def test_layers_that_are_computed_again_give_the_same_gradients(name: str) -> None:
    plain, recomputed = (choose_model(name, "tiny").open() for _ in range(2))
    recompute_layers(recomputed)
    for model in (plain, recomputed):
        train_only(model, "tuning")
        model.module.eval()  # without dropout
        model.losses(batch_of(model, [RECORDS])).mean().backward()
    for (key, expected), (_, gradient) in zip(plain.trainable("tuning"), recomputed.trainable("tuning"), strict=True):
        assert torch.allclose(gradient.grad, expected.grad, atol=1e-7), key
    assert plain.answer([prompt_of(BLACK)], longest=5) == recomputed.answer([prompt_of(BLACK)], longest=5)


@pytest.mark.parametrize("precision", ["mixed", "bfloat16"])
def test_half_the_bits_learn_nearly_the_same(name: str, precision: Precision) -> None:
    def learn(numbers: Precision) -> float:
        model = choose_model(name, "tiny").open()
        parameters = train_only(model, "tuning").values()
        compute_in(numbers, model.module)
        model.module.eval()  # without dropout
        recipe = TrainingRecipe(steps=5, batch_size=3, optimizer="adamw", learning_rate=1e-3)
        training = Training(parameters, recipe, numbers)
        losses = [step.loss for step in training.steps(lambda _: [model.losses(batch_of(model, [RECORDS])).mean()])]
        assert model.answer([prompt_of(BLACK)], longest=3)
        return losses[0] - losses[-1]

    assert learn(precision) == pytest.approx(learn("float32"), rel=0.1)
