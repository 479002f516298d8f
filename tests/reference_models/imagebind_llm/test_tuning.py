"""ImageBind-LLM in its stages: what each moves, what a model has learned then, and that it is loaded as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.loading import load_imagebind_llm  # noqa: E402
from reference_models.imagebind_llm.model import ImageBindLlm  # noqa: E402
from reference_models.imagebind_llm.presets import make_tiny_imagebind_llm  # noqa: E402
from reference_models.mim.presets import make_tiny_mim  # noqa: E402
from reference_models.training.flops import LayerCosts  # noqa: E402
from reference_models.training.recipe import TrainingRecipe  # noqa: E402
from reference_models.training.recomputation import recompute_layers  # noqa: E402
from reference_models.training.trainer import fit  # noqa: E402
from reference_models.training.tuning import train_only  # noqa: E402
from tests.given.imagebind_rows import BOTH, NONE, ONE, PROMPTS, batch_of, losses, make_open_model  # noqa: E402
from tests.given.tiny_dialogues import BLACK, WHITE, dialogue  # noqa: E402
from vlitqa.errors import ToolMissing, UsageError  # noqa: E402

pytestmark = pytest.mark.model

SHADES = {"dark": BLACK, "light": WHITE}


@pytest.mark.parametrize("stage", ["alignment", "tuning"])
def test_a_stage_moves_exactly_its_parameters(stage: str) -> None:
    model = make_open_model()
    before = {name: weight.clone() for name, weight in model.module.state_dict().items()}
    trained = train_only(model, stage)
    optimizer = torch.optim.SGD(trained.values(), lr=1.0)
    model.losses(batch_of(model, [[ONE, BOTH, NONE]])).mean().backward()
    optimizer.step()
    moved = {name for name, weight in model.module.state_dict().items() if not torch.equal(weight, before[name])}
    assert moved == set(trained) == {name for name, _ in model.trainable(stage)}
    parts = {name.partition(".")[0] for name in moved}
    assert parts == ({"bind_network", "injection"} if stage == "alignment" else {"language_model"})


def test_no_gradient_of_the_large_matrices_is_counted_in_any_stage() -> None:
    model = make_tiny_imagebind_llm()
    assert [LayerCosts.of(model, train_only(model, stage)).passes for stage in model.stages] == [2, 2]
    assert LayerCosts.of(model, dict(model.module.named_parameters())).passes == 3


def test_other_adapters_than_its_own_are_refused() -> None:
    with pytest.raises(UsageError, match="low-rank matrices of its own"):
        train_only(make_tiny_imagebind_llm(), "tuning", adapter_rank=4)


@pytest.mark.parametrize("stage", ["alignment", "tuning"])
def test_layers_that_are_computed_again_give_the_same_gradients(stage: str) -> None:
    plain, recomputed = make_open_model(), make_open_model()
    recompute_layers(recomputed)
    for model in (plain, recomputed):
        train_only(model, stage)
        model.losses(batch_of(model, [[ONE, BOTH, NONE]])).mean().backward()
    for (name, weight), (_, other) in zip(plain.trainable(stage), recomputed.trainable(stage), strict=True):
        assert torch.allclose(weight.grad, other.grad, atol=1e-7), name


@pytest.fixture(scope="module")
def tuned_model() -> ImageBindLlm:
    """A random one that both stages have tuned, each training what it always trains: the gates begin closed."""
    model = make_tiny_imagebind_llm()
    assert not model.network.injection.gates.any()
    batch = batch_of(model, [[(dialogue(("What is it?", word)), (shade,)) for word, shade in SHADES.items()]])
    for stage, steps in (("alignment", 40), ("tuning", 80)):
        trained = train_only(model, stage)
        recipe = TrainingRecipe(steps=steps, batch_size=2, optimizer="adamw", learning_rate=3e-3)
        fit(trained.values(), recipe, lambda _step: [model.losses(batch).mean()], list[str]().append, name=stage)
    model.module.eval()
    return model


def test_a_model_tuned_in_both_stages_tells_black_from_white(tuned_model: ImageBindLlm) -> None:
    answers = tuned_model.answer(PROMPTS[:3], longest=12)
    assert answers[:2] == ["dark", "light"]
    (of_black, of_white) = tuned_model.rank(PROMPTS[:2], [["dark", "light"]] * 2)
    assert of_black[0].log_probability > of_black[1].log_probability
    assert of_white[1].log_probability > of_white[0].log_probability


def test_it_is_the_same_when_it_is_loaded_again(tuned_model: ImageBindLlm, tmp_path: Path) -> None:
    tuned_model.save(tmp_path / "first")
    again = load_imagebind_llm(str(tmp_path / "first"))
    assert again.answer(PROMPTS, longest=12) == tuned_model.answer(PROMPTS, longest=12)
    assert torch.equal(losses(again, [[ONE, BOTH, NONE]]), losses(tuned_model, [[ONE, BOTH, NONE]]))
    again.save(tmp_path / "second")
    for name in ("config.json", "model.safetensors"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name


def test_the_form_of_the_paper_and_its_template_are_loaded_again(tmp_path: Path) -> None:
    model = make_open_model("paper", "alpaca")
    model.save(tmp_path)
    again = load_imagebind_llm(str(tmp_path))
    assert (again.network.bind_shape.form, again.template_name) == ("paper", "alpaca")
    assert torch.equal(losses(again, [[ONE]]), losses(model, [[ONE]]))


def test_folders_that_are_damaged_or_of_another_model_are_refused(tmp_path: Path) -> None:
    make_open_model().save(tmp_path / "ours")
    (tmp_path / "ours" / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(UsageError, match="cannot be read"):
        load_imagebind_llm(str(tmp_path / "ours"))
    make_tiny_mim().save(tmp_path / "theirs")
    with pytest.raises(UsageError, match="of the kind mim"):
        load_imagebind_llm(str(tmp_path / "theirs"))
    with pytest.raises(ToolMissing, match="is no folder"):
        load_imagebind_llm(str(tmp_path / "nowhere"))
