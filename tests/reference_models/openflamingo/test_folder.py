"""A saved OpenFlamingo answers as before, and folders that are none, or damaged, are refused with a repair."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from safetensors.torch import load_file, save_file  # noqa: E402
from transformers import CLIPVisionConfig, CLIPVisionModel, OPTConfig, OPTForCausalLM  # noqa: E402

from reference_models.openflamingo.assembly import add_new_tokens, make_flamingo_network  # noqa: E402
from reference_models.openflamingo.gated_attention import GateShape  # noqa: E402
from reference_models.openflamingo.key_map import OriginalNames, to_language_model  # noqa: E402
from reference_models.openflamingo.loading import load_openflamingo  # noqa: E402
from reference_models.openflamingo.model import OpenFlamingo  # noqa: E402
from reference_models.openflamingo.perceiver import PerceiverShape  # noqa: E402
from reference_models.openflamingo.presets import (  # noqa: E402
    join_nano_openflamingo,
    make_tiny_openflamingo,
    open_model,
)
from reference_models.openflamingo.published import PublishedParts, load_published  # noqa: E402
from reference_models.training.tiny_parts import make_tiny_tokenizer  # noqa: E402
from tests.given.flamingo_rows import (  # noqa: E402
    CAPTION,
    TWO_IMAGES,
    batch_of,
    open_gates,
    question_about,
)
from vlitqa.errors import ToolMissing, UsageError  # noqa: E402

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    open_gates(make_tiny_openflamingo("opt")).save(folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    for path in saved.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize("language", ["opt", "mpt"])
def test_a_saved_model_answers_and_learns_as_before(language: Literal["opt", "mpt"], tmp_path: Path) -> None:
    model = open_gates(make_tiny_openflamingo(language, every=2))
    model.save(tmp_path)
    loaded = load_openflamingo(str(tmp_path))
    prompts = [question_about(0), question_about(255, "Another one?")]
    assert loaded.answer(prompts, longest=6) == model.answer(prompts, longest=6)
    batch = batch_of(model, [[CAPTION, TWO_IMAGES]])
    assert torch.equal(loaded.losses(batch), model.losses(batch))
    trained = {name for name, parameter in loaded.module.named_parameters() if parameter.requires_grad}
    assert trained == {name for name, _ in model.trainable("alignment")}
    loaded.losses(batch).sum().backward()


def test_the_folder_of_another_model_is_refused(folder: Path) -> None:
    (folder / "vlitqa.json").write_text('{"model": "llava"}')
    with pytest.raises(UsageError, match="of the kind llava") as caught:
        load_openflamingo(str(folder))
    assert "--model llava" in caught.value.repair
    (folder / "vlitqa.json").unlink()
    (folder / "config.json").write_text('{"model_type": "llava"}')
    with pytest.raises(UsageError, match="holds no openflamingo"):
        load_openflamingo(str(folder))


def test_a_cut_file_of_weights_is_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(UsageError, match="cannot be read") as caught:
        load_openflamingo(str(folder))
    assert "cut or damaged" in caught.value.repair


def test_weights_that_lack_something_or_have_another_shape_are_named(folder: Path) -> None:
    path = folder / "model.safetensors"
    weights = load_file(path)
    latents = weights.pop("perceiver.latents")
    save_file(weights, path)
    with pytest.raises(UsageError, match=r"lacks perceiver\.latents"):
        load_openflamingo(str(folder))
    save_file({**weights, "perceiver.latents": latents[:2].clone()}, path)
    with pytest.raises(UsageError, match=r"perceiver\.latents has the shape \(2, 64\) and not \(4, 64\)"):
        load_openflamingo(str(folder))


def test_a_config_that_describes_no_network_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "gates": {"every": "all"}}))
    with pytest.raises(UsageError, match="does not describe a network"):
        load_openflamingo(str(folder))


def test_pickles_are_not_read_and_the_way_to_convert_them_is_said_and_works(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save({"model_state_dict": weights}, folder / "checkpoint.pt")
    with pytest.raises(ToolMissing, match="can hold code") as caught:
        load_openflamingo(str(folder))
    command = caught.value.repair.removeprefix("Convert it: ").replace("python", sys.executable, 1)
    subprocess.run(command, shell=True, check=True, timeout=120)
    assert load_openflamingo(str(folder)).context_length == 1024


def test_a_folder_that_is_not_there_is_refused() -> None:
    with pytest.raises(ToolMissing, match="is no folder"):
        load_openflamingo("./nowhere")


def test_the_published_checkpoint_is_asked_for_by_name_where_it_is_absent() -> None:
    with pytest.raises(ToolMissing) as caught:
        open_model("paper")
    assert "hf download openflamingo/OpenFlamingo-3B-vitl-mpt1b" in caught.value.repair


@pytest.mark.parametrize("language", ["opt", "mpt"])
def test_the_three_parts_of_a_published_model_are_joined(language: Literal["opt", "mpt"], tmp_path: Path) -> None:
    model = published_in_small(language, every=2)
    loaded = load_published(save_as_published(model, tmp_path))
    assert loaded.config.gates == model.config.gates
    assert loaded.config.pictures.shape == "crop"
    batch = batch_of(model, [[CAPTION, TWO_IMAGES]])
    assert torch.allclose(loaded.losses(batch), model.losses(batch), atol=1e-5)


def published_in_small(language: Literal["opt", "mpt"], *, every: int) -> OpenFlamingo:
    """A resampler and gated layers of the published sizes, but for their width, over a tiny language model."""
    model = make_tiny_openflamingo(language)
    config = dataclasses.replace(model.config, perceiver=PerceiverShape(), gates=GateShape(every=every))
    network = make_flamingo_network(config)
    network.new_token_rows.data.normal_(std=0.05)
    return open_gates(dataclasses.replace(model, network=network, config=config))


def save_as_published(model: OpenFlamingo, folder: Path) -> PublishedParts:
    """Saves what the original trained, the language model and the tower, each as its authors published it."""
    config, weights = model.config, {name: weight.clone() for name, weight in model.network.state_dict().items()}
    trained, text, tower = (folder / name for name in ("trained", "text", "tower"))
    make_tiny_tokenizer([]).save_pretrained(text)
    model.network.vision_encoder.save_pretrained(tower)
    trained.mkdir()
    names = OriginalNames(language=config.language, every=config.gates.every, new_tokens=config.new_tokens)
    save_file(names.to_original(weights), trained / "model.safetensors")
    is_mosaic = config.language == "mpt"
    save_file(to_language_model(weights, config.language, is_mosaic=is_mosaic), text / "model.safetensors")
    mosaic = {"model_type": "mosaic_gpt", "d_model": 128, "n_heads": 4, "n_layers": 4, "max_seq_len": 1024}
    settings = {**mosaic, "attn_qk_ln": True} if is_mosaic else {**(config.opt or {}), "model_type": "opt"}
    (text / "config.json").write_text(json.dumps(settings))
    return PublishedParts(trained=str(trained), language_model=str(text), tower=str(tower))


def test_the_nano_parts_are_joined_with_the_knowledge_that_they_have() -> None:
    sizes = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 64}
    tower = CLIPVisionModel(CLIPVisionConfig(**sizes, image_size=56, patch_size=14))
    tokenizer = make_tiny_tokenizer(["<image>"])
    words = len(tokenizer)
    opt = OPTForCausalLM(OPTConfig(**sizes, vocab_size=words, word_embed_proj_dim=64, ffn_dim=128))
    model = join_nano_openflamingo(tower, opt, tokenizer)
    assert add_new_tokens(tokenizer) == model.config.new_tokens
    assert model.config.new_tokens.image < words <= model.config.new_tokens.end_of_chunk
    assert torch.equal(model.network.language_model.table.weight[:words], opt.get_input_embeddings().weight)
    patches = model.network.vision_encoder.state_dict()["embeddings.patch_embedding.weight"]
    assert torch.equal(patches, tower.state_dict()["embeddings.patch_embedding.weight"])
    assert model.losses(batch_of(model, [[CAPTION]])).isfinite().all()
