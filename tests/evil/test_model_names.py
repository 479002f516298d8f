"""A folder whose name is that of a model of the hub stands in for no model, and no model draws in another or code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.given.lacks import lack_of
from vlitqa.backends.encoders.image_text import OpenClip
from vlitqa.backends.encoders.sentence_transformers_encoder import SentenceTransformers
from vlitqa.backends.encoders.sentences import MiniLM, SimCSE
from vlitqa.backends.judges.local import CausalCritic, LlavaJudge
from vlitqa.backends.model_files import folder_named, model_folder
from vlitqa.backends.parsers.hanlp_parser import HanLP
from vlitqa.contracts.tools import Backend
from vlitqa.errors import ToolMissing
from vlitqa.storage.places import SHIPPED

pytestmark = pytest.mark.model
pytest.importorskip("torch")
NAME = "someone/model"
TOOLS = (SimCSE, SentenceTransformers, LlavaJudge, CausalCritic, MiniLM, HanLP, OpenClip)


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A whole model in the working directory, under the name of one of the hub."""
    pytest.importorskip("huggingface_hub")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(SHIPPED / "nano-llama", tmp_path / NAME))


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.usefixtures("planted")
def test_a_name_is_no_folder_of_the_working_directory(tool: type[Backend]) -> None:
    lack = lack_of(tool.of(NAME))  # type: ignore[attr-defined]
    assert f"write ./{NAME}" in lack.repair


@pytest.mark.parametrize("tool", [SimCSE, SentenceTransformers, LlavaJudge, CausalCritic, OpenClip])
def test_a_default_is_no_folder_of_the_working_directory(
    tool: type[Backend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)
    source: str = tool.of("").source  # type: ignore[attr-defined]
    shutil.copytree(SHIPPED / "nano-encoder", tmp_path / source)
    shutil.copytree(SHIPPED / "nano-llama", tmp_path / source, dirs_exist_ok=True)
    assert lack_of(tool.of("")).what  # type: ignore[attr-defined]


@pytest.mark.usefixtures("planted")
def test_a_folder_is_written_as_a_path() -> None:
    for path in (f"./{NAME}", f"../{Path.cwd().name}/{NAME}", str(Path.cwd() / NAME)):
        assert folder_named(path) == Path(path)
        assert CausalCritic.of(path).missing() is None
    assert folder_named(NAME) is None
    assert folder_named("~/model") == Path.home() / "model"


def test_an_adapter_draws_in_no_other_model(planted: Path) -> None:
    (planted / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "/elsewhere"}))
    with pytest.raises(ToolMissing, match="adapter"):
        model_folder(f"./{NAME}")


@pytest.mark.parametrize("name", ["attn_implementation", "experts_implementation"])
def test_a_kernel_of_the_hub_is_code(name: str, planted: Path) -> None:
    config = json.loads((planted / "config.json").read_text())
    config["text_config"] = {name: {"": "someone/kernel"}}
    (planted / "config.json").write_text(json.dumps(config))
    with pytest.raises(ToolMissing, match="someone/kernel"):
        model_folder(f"./{NAME}")


def test_a_kernel_is_no_setting_of_sentence_transformers(planted: Path) -> None:
    settings = {"model_args": {"attn_implementation": "someone/kernel"}}
    (planted / "sentence_bert_config.json").write_text(json.dumps(settings))
    with pytest.raises(ToolMissing, match="someone/kernel"):
        model_folder(f"./{NAME}")


@pytest.mark.parametrize("weights", ["pytorch_model.bin", "../elsewhere.safetensors", "/x.safetensors", 3])
def test_an_index_lists_safetensors_of_its_own_folder_alone(weights: object, planted: Path) -> None:
    (planted / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": weights}}))
    with pytest.raises(ToolMissing, match="lists"):
        model_folder(f"./{NAME}")


def test_an_index_that_is_none_is_a_sentence(planted: Path) -> None:
    (planted / "model.safetensors.index.json").write_text(json.dumps({"weight_map": ["a"]}))
    with pytest.raises(ToolMissing, match="lists"):
        model_folder(f"./{NAME}")
