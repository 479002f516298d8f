"""A published ImageBind-LLM, in small: its three parts are joined, and what is absent, foreign or unsafe is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from safetensors.torch import load_file, save_file  # noqa: E402

from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_TINY  # noqa: E402
from reference_models.imagebind_llm.key_map import to_published  # noqa: E402
from reference_models.imagebind_llm.loading import load_imagebind_llm  # noqa: E402
from reference_models.imagebind_llm.model import ImageBindLlm  # noqa: E402
from reference_models.imagebind_llm.presets import open_model  # noqa: E402
from reference_models.imagebind_llm.published import ImageBindLlmParts, load_published_imagebind_llm  # noqa: E402
from reference_models.training.pictures import clip_scaler  # noqa: E402
from reference_models.training.tiny_parts import make_tiny_tokenizer  # noqa: E402
from tests.given.imagebind_rows import BOTH, NONE, ONE, PROMPTS, batch_of, losses, make_open_model  # noqa: E402
from vlitqa.errors import ToolMissing, UsageError  # noqa: E402

pytestmark = pytest.mark.model

HEAD_WIDTH = 32
ROWS = [[ONE, BOTH], [NONE]]
TRAINED_PARTS = ("lora_", "bias", "gate", "norm", "image_bind", "prefix_query")
SIZES = {"dim": 128, "multiple_of": 64, "n_heads": 4, "n_layers": 4, "norm_eps": 1e-6, "vocab_size": -1}


@pytest.fixture(scope="module")
def model() -> ImageBindLlm:
    return replace(make_open_model(template="alpaca"), scaler=clip_scaler(IMAGEBIND_TINY.side, "crop"))


@pytest.fixture(scope="module")
def written(model: ImageBindLlm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    save_as_published(model, folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "published"))


def parts_in(folder: Path) -> ImageBindLlmParts:
    return ImageBindLlmParts(
        trained=str(folder / "trained"),
        language_model=str(folder / "llama"),
        encoders=str(folder / "encoders"),
        encoder_shape=IMAGEBIND_TINY,
    )


def save_as_published(model: ImageBindLlm, folder: Path) -> None:
    """Writes what was trained, a Llama of other norms in Meta's layout, and the encoders."""
    weights = model.network.state_dict()
    bound = {name: weight for name, weight in weights.items() if not name.startswith("encoders.")}
    published = to_published(bound, HEAD_WIDTH)
    trained = {name: weight for name, weight in published.items() if any(part in name for part in TRAINED_PARTS)}
    base = {name: weight for name, weight in published.items() if name not in trained or "norm" in name}
    base = {name.removeprefix("llama."): weight for name, weight in base.items() if name.startswith("llama.")}
    base = {name: weight * 2 if "norm" in name else weight for name, weight in base.items()}
    for name in ("trained", "llama", "encoders"):
        (folder / name).mkdir()
    save(trained, folder / "trained")
    save({**base, "rope.freqs": torch.ones(HEAD_WIDTH // 2)}, folder / "llama")
    (folder / "llama" / "params.json").write_text(json.dumps(SIZES))
    make_tiny_tokenizer([]).save_pretrained(folder / "llama")
    save(dict(model.network.encoders.state_dict()), folder / "encoders")


def save(weights: dict[str, torch.Tensor], folder: Path) -> None:
    contiguous = {name: weight.clone().contiguous() for name, weight in weights.items()}
    save_file(contiguous, folder / "model.safetensors")


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_file(folder / "model.safetensors")
    return weights


def test_the_parts_are_joined_to_the_network_that_they_were_written_from(model: ImageBindLlm, written: Path) -> None:
    loaded = load_published_imagebind_llm(parts_in(written))
    assert torch.equal(losses(loaded, ROWS), losses(model, ROWS))
    assert loaded.answer(PROMPTS, longest=6) == model.answer(PROMPTS, longest=6)
    assert (loaded.template_name, loaded.scaler) == ("alpaca", model.scaler)
    assert loaded.context_length == 2048
    state, expected = loaded.network.state_dict(), model.network.state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[name], weight) for name, weight in expected.items())


def test_what_was_joined_learns_and_is_kept_in_one_folder(model: ImageBindLlm, written: Path, tmp_path: Path) -> None:
    loaded = load_published_imagebind_llm(parts_in(written))
    assert not any(weight.requires_grad for weight in loaded.network.encoders.parameters())
    loaded.losses(batch_of(loaded, ROWS)).sum().backward()
    assert all(weight.grad is not None for _, weight in loaded.trainable("tuning"))
    loaded.save(tmp_path)
    assert torch.equal(losses(load_imagebind_llm(str(tmp_path)), ROWS), losses(model, ROWS))


def test_a_llama_of_transformers_in_several_files_serves_as_well(model: ImageBindLlm, folder: Path) -> None:
    llama = folder / "llama"
    for name in ("model.safetensors", "params.json"):
        (llama / name).unlink()
    language_model = model.network.language_model
    base = {name: weight for name, weight in language_model.state_dict().items() if "lora" not in name}
    base = {name: weight.clone() for name, weight in base.items() if not name.endswith("bias")}
    base["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(HEAD_WIDTH // 2)
    names = list(base)
    files = {name: f"model-0000{1 + number % 2}-of-00002.safetensors" for number, name in enumerate(names)}
    for file in set(files.values()):
        save_file({name: base[name] for name in names if files[name] == file}, llama / file)
    (llama / "model.safetensors.index.json").write_text(json.dumps({"weight_map": files}))
    config = {**language_model.config.to_dict(), "model_type": "llama", "torch_dtype": "float16"}
    (llama / "config.json").write_text(json.dumps(config))
    loaded = load_published_imagebind_llm(parts_in(folder))
    assert torch.equal(losses(loaded, ROWS), losses(model, ROWS))
    assert loaded.context_length == model.context_length


def test_encoders_without_points_have_no_such_modality(model: ImageBindLlm, folder: Path) -> None:
    weights = weights_of(folder / "encoders")
    save({name: weight for name, weight in weights.items() if "point" not in name}, folder / "encoders")
    loaded = load_published_imagebind_llm(parts_in(folder))
    assert loaded.network.encoders.modalities == tuple(
        modality for modality in model.network.encoders.modalities if modality != "point"
    )
    assert torch.equal(losses(loaded, ROWS), losses(model, ROWS))


@pytest.mark.parametrize(
    ("absent", "lack"),
    [
        ("trained/model.safetensors", "trained has no model.safetensors"),
        ("encoders/model.safetensors", "encoders has no model.safetensors"),
        ("llama/model.safetensors", "llama has no model.safetensors"),
        ("llama/params.json", "llama has no params.json"),
        ("llama/tokenizer.json", "llama has no tokenizer.json"),
    ],
)
def test_a_file_that_is_absent_is_named(folder: Path, absent: str, lack: str) -> None:
    (folder / absent).unlink()
    with pytest.raises(ToolMissing, match=lack) as caught:
        load_published_imagebind_llm(parts_in(folder))
    assert caught.value.repair.startswith("Put ")


def test_the_preset_says_what_is_put_where(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    with pytest.raises(ToolMissing, match="~/imagebind_llm/trained is not on this machine") as caught:
        open_model("paper")
    assert caught.value.repair == "Put 7B.pth of ImageBind-LLM into ~/imagebind_llm/trained."
    with pytest.raises(ToolMissing) as caught:
        load_published_imagebind_llm(replace(parts_in(folder), encoders=ImageBindLlmParts().encoders))
    assert "imagebind_huge.pth of ImageBind" in caught.value.repair


@pytest.mark.parametrize(
    ("part", "name"),
    [("trained", "7B.pth"), ("llama", "consolidated.00.pth"), ("encoders", "imagebind_w3D.pth")],
)
def test_the_pickle_of_a_part_is_refused_and_the_command_converts_it(
    model: ImageBindLlm, folder: Path, part: str, name: str
) -> None:
    weights = weights_of(folder / part)
    (folder / part / "model.safetensors").unlink()
    torch.save({}, folder / part / "7B-beta.pth")
    torch.save({"model": weights} if part == "trained" else weights, folder / part / name)
    with pytest.raises(ToolMissing, match=f"{name} can hold code") as caught:
        load_published_imagebind_llm(parts_in(folder))
    command = caught.value.repair.removeprefix("Convert it: ").replace("python", sys.executable, 1)
    subprocess.run(command, shell=True, check=True, timeout=120)
    assert torch.equal(losses(load_published_imagebind_llm(parts_in(folder)), ROWS), losses(model, ROWS))


@pytest.mark.parametrize("part", ["trained", "llama", "encoders"])
def test_a_cut_file_is_refused(folder: Path, part: str) -> None:
    path = folder / part / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UsageError, match=f"{part}/model.safetensors cannot be read"):
        load_published_imagebind_llm(parts_in(folder))


def test_parts_of_other_models_are_refused(folder: Path) -> None:
    llama = folder / "llama"
    with pytest.raises(UsageError, match=r"llama (lacks|has an unknown weight,) "):
        load_published_imagebind_llm(replace(parts_in(folder), encoders=str(llama)))
    (llama / "params.json").write_text('{"dim": 128, "n_heads": "four"}')
    with pytest.raises(ToolMissing, match=r"params\.json has no number n_heads"):
        load_published_imagebind_llm(parts_in(folder))
    (llama / "params.json").write_text(json.dumps({**SIZES, "rope_theta": 500_000}))
    with pytest.raises(ToolMissing, match="other rotary embeddings") as caught:
        load_published_imagebind_llm(parts_in(folder))
    assert "layout of transformers" in caught.value.repair
    (llama / "params.json").write_text(json.dumps({**SIZES, "n_heads": 0}))
    with pytest.raises(ToolMissing, match="llama cannot be loaded"):
        load_published_imagebind_llm(parts_in(folder))
    make_tiny_tokenizer(["<another>"]).save_pretrained(llama)
    (llama / "params.json").write_text(json.dumps(SIZES))
    with pytest.raises(UsageError, match="has 260 tokens, and the Llama 259"):
        load_published_imagebind_llm(parts_in(folder))
    save({"model.embed_tokens.weight": torch.ones(2, 2)}, llama)
    (llama / "config.json").write_text('{"model_type": "opt"}')
    with pytest.raises(ToolMissing, match="llama is no Llama"):
        load_published_imagebind_llm(parts_in(folder))


def test_a_file_of_the_first_stage_is_told_from_one_of_the_second(folder: Path) -> None:
    weights = weights_of(folder / "trained")
    save({name: weight for name, weight in weights.items() if "lora" not in name}, folder / "trained")
    with pytest.raises(UsageError, match="trained has no low-rank matrices") as caught:
        load_published_imagebind_llm(parts_in(folder))
    assert "7B.pth" in caught.value.repair
    save({name: weight for name, weight in weights.items() if "image_bind" not in name}, folder / "trained")
    with pytest.raises(UsageError, match="trained has no bind network"):
        load_published_imagebind_llm(parts_in(folder))


@pytest.mark.parametrize(
    ("part", "name", "ours"),
    [
        ("trained", "prefix_query.weight", r"injection\.prefix_query\.weight"),
        ("llama", "layers.1.attention.wv.weight", r"model\.layers\.1\.self_attn\.v_proj\.weight"),
        ("encoders", "modality_heads.text.proj.1.weight", r"modality_heads\.text\.proj\.1\.weight"),
    ],
)
def test_a_weight_that_is_absent_or_of_another_shape_is_named_with_its_folder(
    folder: Path, part: str, name: str, ours: str
) -> None:
    weights = weights_of(folder / part)
    save({other: weight for other, weight in weights.items() if other != name}, folder / part)
    with pytest.raises(UsageError, match=f"{part} lacks {ours}"):
        load_published_imagebind_llm(parts_in(folder))
    save({**weights, name: torch.ones(3, 5)}, folder / part)
    with pytest.raises(UsageError, match=rf"{part}: {ours} has the shape \(3, 5\) and not"):
        load_published_imagebind_llm(parts_in(folder))


@pytest.mark.parametrize(
    ("part", "name"),
    [("trained", "llama.layers.2.attention.lora_wq_l2.weight"), ("llama", "layers.1.attention.wk.weight")],
)
def test_rows_that_make_no_whole_heads_are_named(folder: Path, part: str, name: str) -> None:
    save({**weights_of(folder / part), name: torch.ones(3, 5)}, folder / part)
    with pytest.raises(UsageError, match=rf"{name} has 3 rows, which are no whole heads of 32"):
        load_published_imagebind_llm(parts_in(folder))
    save({**weights_of(folder / part), name: torch.tensor(1.0)}, folder / part)
    with pytest.raises(ToolMissing, match=f"{part} cannot be loaded"):
        load_published_imagebind_llm(parts_in(folder))
