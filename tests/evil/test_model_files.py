"""Whatever stands in the JSON files of a model's folder, the model is whole, or its lack is a sentence, in seconds."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.given.tiny_hanlp import tiny_hanlp_model
from vlitqa.backends.encoders.image_text import OpenClip
from vlitqa.backends.encoders.sentence_transformers_encoder import SentenceTransformers
from vlitqa.backends.encoders.sentences import SimCSE
from vlitqa.backends.judges.local import CausalCritic, LlavaJudge
from vlitqa.backends.parsers.hanlp_parser import HanLP
from vlitqa.storage.places import SHIPPED

pytestmark = pytest.mark.model
pytest.importorskip("torch")

TRIES = 40
VALUES = (None, 0, 1.5, True, "", "\0", "../../x", "a" * 5000, "org/x", "/", 10**30, [], [1], [[]], {}, {"": "x/y"})
"""Values of other types, names that no file has, and the folder of everything."""
MODULES = [
    {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{name}"}
    for place, (name, path) in enumerate((("Transformer", ""), ("Pooling", "1_Pooling")))
]
FILES = (
    *((HanLP, name) for name in ("config.json", "tok_vocabs.json", "transformer/config.json")),
    *((SentenceTransformers, name) for name in ("modules.json", "config.json")),
    (OpenClip, "open_clip_config.json"),
    *((tool, "config.json") for tool in (CausalCritic, LlavaJudge, SimCSE)),
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[type, Path]:
    folder = tmp_path_factory.mktemp("models")
    sources = {CausalCritic: "nano-llama", SimCSE: "nano-llama", LlavaJudge: "nano-judge", OpenClip: "nano-encoder"}
    copies = {tool: shutil.copytree(SHIPPED / name, folder / tool.__name__) for tool, name in sources.items()}
    sentences = Path(shutil.copytree(SHIPPED / "nano-llama", folder / "sentences"))
    (sentences / "modules.json").write_text(json.dumps(MODULES))
    pytest.importorskip("hanlp")
    return {**copies, SentenceTransformers: sentences, HanLP: tiny_hanlp_model(folder / "hanlp")}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values in a JSON value, itself included."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value[:4] if isinstance(value, list) else ())
    for name, child in children:
        yield from places(child, (*path, name))


def changed(text: str, path: tuple[Any, ...], value: Any) -> str:
    content = json.loads(text)
    if not path:
        return json.dumps(value)
    parent = content
    for name in path[:-1]:
        parent = parent[name]
    parent[path[-1]] = value
    return json.dumps(content)


@pytest.mark.parametrize(("tool", "name"), FILES)
def test_any_json_is_a_whole_model_or_a_sentence(tool: Any, name: str, folders: dict[type, Path]) -> None:
    file = folders[tool] / name
    text = file.read_text()
    changes = random.Random(0).sample(list(product(places(json.loads(text)), VALUES)), TRIES)
    try:
        for path, value in changes:
            file.write_text(changed(text, path, value))
            backend = tool.of(str(folders[tool]))
            assert backend.missing() or backend.fingerprint()
    finally:
        file.write_text(text)


def test_an_encoder_that_is_a_whole_disk_is_not_read(folders: dict[type, Path]) -> None:
    file = folders[HanLP] / "config.json"
    text = file.read_text()
    try:
        file.write_text(changed(text, ("encoder", "transformer"), "/"))
        assert "the encoder / of the model" in HanLP.of(str(folders[HanLP])).missing().what  # type: ignore[union-attr]
    finally:
        file.write_text(text)
