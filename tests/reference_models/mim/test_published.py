"""The published MIM, in small: its three parts are joined, and what is absent, foreign or unsafe is refused by name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from safetensors.torch import load_file, save_file  # noqa: E402
from torch import Tensor  # noqa: E402

from reference_models.mim.loading import load_mim  # noqa: E402
from reference_models.mim.model import Mim  # noqa: E402
from reference_models.mim.presets import make_tiny_mim, open_model  # noqa: E402
from reference_models.mim.published import MimParts, load_published_mim  # noqa: E402
from reference_models.mim.reader import END, IMAGE, START  # noqa: E402
from reference_models.published import PARTS  # noqa: E402
from reference_models.training.packing import batch_rows  # noqa: E402
from reference_models.training.pictures import clip_scaler  # noqa: E402
from reference_models.training.tiny_parts import make_tiny_tokenizer  # noqa: E402
from tests.given.tiny_dialogues import BLACK, ONE_IMAGE, WHITE, plain_picture, prompt_of  # noqa: E402
from vlitqa.errors import ToolMissing, UsageError  # noqa: E402

pytestmark = pytest.mark.model

SHARDS = tuple(f"model-0000{number}-of-00003.safetensors" for number in (1, 2, 3))
PROMPTS = [prompt_of(BLACK), prompt_of(WHITE, "Another one?")]
ROTARY = "language_model.model.layers.0.self_attn.rotary_emb.inv_freq"


@pytest.fixture(scope="module")
def model() -> Mim:
    """A tiny MIM whose tokenizer got the three tokens behind all others, as that of Llama 2 does."""
    tokenizer = make_tiny_tokenizer([])
    tokenizer.add_special_tokens({"additional_special_tokens": [IMAGE, START, END]})
    return replace(make_tiny_mim("llama_2", seed=5), tokenizer=tokenizer, scaler=clip_scaler(56, "squash"))


@pytest.fixture(scope="module")
def written(model: Mim, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    save_as_published(model, folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "published"))


def parts_in(folder: Path) -> MimParts:
    trained, tower, text = (str(folder / name) for name in ("trained", "tower", "text"))
    return MimParts(trained=trained, tower=tower, language_model=text)


def save_as_published(model: Mim, folder: Path) -> None:
    """Writes each part as its authors did: of the tower's checkpoint only the files that hold some of it."""
    trained, tower, text = (folder / name for name in ("trained", "tower", "text"))
    trained.mkdir(), tower.mkdir()
    weights = {name: weight.clone() for name, weight in model.network.state_dict().items()}
    seeing = {name: weight for name, weight in weights.items() if name.startswith("vision_model.")}
    others = {name: weight for name, weight in weights.items() if name not in seeing}
    save_file({**others, ROTARY: torch.ones(16)}, trained / "model.safetensors")
    save_shards(tower, seeing)
    network = model.network
    blip2 = {
        "model_type": "blip-2",
        "vision_config": network.vision_model.config.to_dict(),
        "qformer_config": {**network.qformer.config.to_dict(), "encoder_hidden_size": 1408},
        "num_query_tokens": network.queries,
        "torch_dtype": "float16",
    }
    (tower / "config.json").write_text(json.dumps(blip2))
    make_tiny_tokenizer([]).save_pretrained(text)
    words = len(model.tokenizer) - 3
    llama = {**network.language_model.config.to_dict(), "vocab_size": words, "torch_dtype": "float16"}
    (text / "config.json").write_text(json.dumps(llama))


def save_shards(tower: Path, seeing: Mapping[str, Tensor]) -> None:
    half = len(seeing) // 2
    first, second = dict(list(seeing.items())[:half]), dict(list(seeing.items())[half:])
    second["language_model.shared.weight"] = torch.ones(2)
    save_file(first, tower / SHARDS[0])
    save_file(second, tower / SHARDS[1])
    weight_map = dict.fromkeys(first, SHARDS[0]) | dict.fromkeys(second, SHARDS[1])
    index = {"weight_map": {**weight_map, "language_model.lm_head.weight": SHARDS[2]}}
    (tower / "model.safetensors.index.json").write_text(json.dumps(index))


def losses(model: Mim) -> Tensor:
    with torch.no_grad():
        return model.losses(batch_rows([[model.document(ONE_IMAGE)]], [model.pixels(plain_picture(90))]))


def test_the_parts_are_joined_to_the_network_that_they_were_written_from(model: Mim, written: Path) -> None:
    loaded = load_published_mim(parts_in(written))
    assert torch.equal(losses(loaded), losses(model))
    assert loaded.answer(PROMPTS, longest=6) == model.answer(PROMPTS, longest=6)
    assert (loaded.template_name, loaded.scaler) == ("llama_2", model.scaler)
    words = len(make_tiny_tokenizer([]))
    assert loaded.tokenizer.convert_tokens_to_ids([IMAGE, START, END]) == [words, words + 1, words + 2]
    assert {weight.dtype for weight in loaded.module.parameters()} == {torch.float32}


def test_what_was_joined_learns_and_is_kept_in_one_folder(model: Mim, written: Path, tmp_path: Path) -> None:
    loaded = load_published_mim(parts_in(written))
    loaded.losses(batch_rows([[loaded.document(ONE_IMAGE)]], [loaded.pixels(plain_picture(90))])).sum().backward()
    trained = {name for name, _ in loaded.trainable("tuning")}
    assert {name for name, weight in loaded.module.named_parameters() if weight.grad is not None} == trained
    loaded.save(tmp_path)
    assert torch.equal(losses(load_mim(str(tmp_path))), losses(model))


@pytest.mark.parametrize(
    ("absent", "lack"),
    [
        ("trained/model.safetensors", "trained has no model.safetensors"),
        (f"tower/{SHARDS[0]}", f"tower has no {SHARDS[0]}"),
        ("tower/config.json", "tower has no config.json"),
        ("text/config.json", "text has no config.json"),
        ("text/tokenizer.json", "text has no tokenizer.json"),
    ],
)
def test_a_file_that_is_absent_is_named(folder: Path, absent: str, lack: str) -> None:
    (folder / absent).unlink()
    with pytest.raises(ToolMissing, match=lack) as caught:
        load_published_mim(parts_in(folder))
    assert caught.value.repair.startswith("Put ")


def test_a_part_that_is_absent_is_asked_for_by_its_name_in_the_hub(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder / "hub"))
    with pytest.raises(ToolMissing) as caught:
        open_model("paper")
    assert caught.value.repair == "hf download SihengLi/TextBind second_stage_model.pt"
    with pytest.raises(ToolMissing) as caught:
        load_published_mim(replace(parts_in(folder), tower=MimParts().tower))
    assert caught.value.repair == "hf download Salesforce/blip2-flan-t5-xxl config.json model.safetensors.index.json"
    with pytest.raises(ToolMissing) as caught:
        load_published_mim(replace(parts_in(folder), language_model=MimParts().language_model))
    files = "config.json tokenizer.json tokenizer_config.json"
    assert caught.value.repair == f"hf download meta-llama/Llama-2-7b-chat-hf {files}"


def test_the_pickle_of_the_second_stage_is_refused_and_the_command_converts_it(model: Mim, folder: Path) -> None:
    weights = load_file(folder / "trained" / "model.safetensors")
    (folder / "trained" / "model.safetensors").unlink()
    torch.save({}, folder / "trained" / "first_stage_model.pt")
    torch.save(weights, folder / "trained" / "second_stage_model.pt")
    with pytest.raises(ToolMissing, match=r"second_stage_model\.pt can hold code") as caught:
        load_published_mim(parts_in(folder))
    command = caught.value.repair.removeprefix("Convert it: ").replace("python", sys.executable, 1)
    subprocess.run(command, shell=True, check=True, timeout=120)
    assert torch.equal(losses(load_published_mim(parts_in(folder))), losses(model))


@pytest.mark.parametrize("cut", ["trained/model.safetensors", f"tower/{SHARDS[1]}"])
def test_a_cut_file_is_refused(folder: Path, cut: str) -> None:
    (folder / cut).write_bytes((folder / cut).read_bytes()[:-100])
    with pytest.raises(UsageError, match=f"{cut} cannot be read") as caught:
        load_published_mim(parts_in(folder))
    assert "cut or damaged" in caught.value.repair


def test_parts_of_other_models_are_refused(folder: Path) -> None:
    foreign = folder / "foreign"
    shutil.copytree(folder / "text", foreign)
    (foreign / "config.json").write_text('{"model_type": "opt"}')
    with pytest.raises(ToolMissing, match="foreign is no Llama"):
        load_published_mim(replace(parts_in(folder), language_model=str(foreign)))
    with pytest.raises(ToolMissing, match="foreign is no BLIP-2"):
        load_published_mim(replace(parts_in(folder), tower=str(foreign)))
    make_tiny_tokenizer(["<another>"]).save_pretrained(folder / "text")
    with pytest.raises(UsageError, match="trained has a table of 262 words, and the tokenizer 263"):
        load_published_mim(parts_in(folder))


def test_a_weight_that_is_absent_unknown_or_of_another_shape_is_named_with_its_folder(folder: Path) -> None:
    path = folder / "trained" / "model.safetensors"
    weights = load_file(path)
    save_file({name: weight for name, weight in weights.items() if name != "qformer.layernorm.bias"}, path)
    with pytest.raises(UsageError, match=r"trained lacks qformer\.layernorm\.bias"):
        load_published_mim(parts_in(folder))
    save_file({**weights, "projector.weight": torch.ones(1)}, path)
    with pytest.raises(UsageError, match=r"trained has an unknown weight, projector\.weight"):
        load_published_mim(parts_in(folder))
    save_file({**weights, "query_tokens": weights["query_tokens"][:, :3].clone()}, path)
    with pytest.raises(UsageError, match=r"trained: query_tokens has the shape \(1, 3, 48\) and not \(1, 8, 48\)"):
        load_published_mim(parts_in(folder))
    shard = folder / "tower" / SHARDS[0]
    name = "vision_model.embeddings.class_embedding"
    save_file({**load_file(shard), name: torch.ones(1, 1, 7)}, shard)
    with pytest.raises(UsageError, match=r"tower: embeddings\.class_embedding has the shape \(1, 1, 7\)"):
        load_published_mim(parts_in(folder))


def test_parts_are_found_in_the_cache_of_the_hub(
    model: Mim, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(hub))
    for name, repository in zip(("trained", "tower", "text"), PARTS["mim"], strict=True):
        cached = hub / f"models--{repository.replace('/', '--')}"
        shutil.copytree(folder / name, cached / "snapshots" / "0123")
        (cached / "refs").mkdir()
        (cached / "refs" / "main").write_text("0123")
    assert torch.equal(losses(open_model("paper")), losses(model))
    next(hub.glob(f"*/*/*/{SHARDS[0]}")).unlink()
    with pytest.raises(ToolMissing) as caught:
        open_model("paper")
    assert caught.value.repair == f"hf download Salesforce/blip2-flan-t5-xxl {SHARDS[0]}"


def test_a_tokenizer_pads_with_its_token_for_unknown_words_and_needs_one(folder: Path) -> None:
    path = folder / "text" / "tokenizer_config.json"
    config = json.loads(path.read_text())
    del config["pad_token"]
    path.write_text(json.dumps({**config, "unk_token": "<pad>"}))
    assert load_published_mim(parts_in(folder)).tokenizer.pad_token == "<pad>"
    path.write_text(json.dumps(config))
    with pytest.raises(ToolMissing, match="has no <unk>"):
        load_published_mim(parts_in(folder))
