"""A folder of HanLP may name any class and any file, and HanLP takes both: nothing is loaded but its own models."""

from __future__ import annotations

import importlib
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.given.lacks import lack_of
from tests.given.tiny_hanlp import tiny_hanlp_model
from vlitqa.backends.parsers.hanlp_parser import HanLP
from vlitqa.backends.parsers.hanlp_trust import CLASSES
from vlitqa.errors import ToolMissing

pytestmark = pytest.mark.model
WORDS = "hanlp.layers.embeddings.word2vec.Word2VecEmbedding"
ENCODER = "hanlp.layers.embeddings.contextual_word_embedding.ContextualWordEmbedding"
NORMALISER = "hanlp.common.transform.NormalizeToken"
Edit = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hanlp")
    return tiny_hanlp_model(tmp_path_factory.mktemp("hanlp") / "model")


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    copy = Path(shutil.copytree(model, tmp_path / "copy"))
    edit(copy / "config.json", lambda config: config["encoder"].update(transformer=str(copy / "transformer")))
    return copy


class Payload:
    """Unpickled, it makes a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.trace,)


def edit(file: Path, change: Edit) -> None:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def assert_refused(folder: Path, word: str, trace: Path | None = None) -> None:
    """The model is neither called whole nor loaded, and nothing that it brought has run."""
    backend = HanLP.of(str(folder))
    assert word in lack_of(backend).what
    with pytest.raises(ToolMissing):
        backend.open()
    assert trace is None or not trace.exists()


def test_every_accepted_class_is_one_of_hanlp() -> None:
    pytest.importorskip("hanlp")
    for path in sorted(CLASSES):
        module, _, name = path.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), name), type), path


def test_a_model_as_hanlp_saves_it_is_loaded(folder: Path) -> None:
    saved = (folder / "config.json").read_text()
    assert "hanlp_trie.dictionary.TrieDict" in saved
    assert HanLP.of(str(folder)).missing() is None
    assert HanLP.of(str(folder)).open().count(["What is it?"])[0].tokens > 0


def test_a_pickle_that_a_class_of_hanlp_would_open_is_never_opened(folder: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    (folder / "words.vocab").write_bytes(pickle.dumps(Payload(trace)))
    (folder / "words.txt").write_text("")
    words = {"classpath": WORDS, "field": "token", "embed": str(folder / "words.txt")}
    component = "hanlp.layers.embeddings.word2vec.Word2VecEmbeddingComponent"
    edit(folder / "config.json", lambda config: config.update(classpath=component, embed=words))
    assert_refused(folder, component, trace)


CONFIGURATIONS: dict[str, tuple[Edit, str]] = {
    "a class of another package": (lambda config: config.update(x={"classpath": "subprocess.Popen"}), "Popen"),
    "a class of HanLP that opens a file": (lambda config: config.update(x={"classpath": WORDS, "embed": "x"}), WORDS),
    "a function": (lambda config: config.update(x={"classpath": "hanlp.utils.io_util.run_cmd"}), "run_cmd"),
    "a class in a list": (lambda config: config.update(transform={"transforms": [{"classpath": WORDS}]}), WORDS),
    "a class in a task": (lambda config: config["tok"].update(transform={"classpath": WORDS}), WORDS),
    "a class in the encoder": (lambda config: config["encoder"].update(scalar_mix={"classpath": WORDS}), WORDS),
    "a second encoder": (lambda config: config.update(x={**config["encoder"], "transformer": "/tmp"}), ENCODER),
    "another component": (lambda config: config.update(classpath="hanlp.components.pipeline.Pipeline"), "Pipeline"),
    "no class": (lambda config: config.update(classpath=None), "None"),
    "a list for a class": (lambda config: config["tok"].update(classpath=["hanlp"]), "hanlp"),
    "a file for a table": (
        lambda config: config.update(transform={"classpath": NORMALISER, "src": "token", "mapper": "/etc/passwd"}),
        "/etc/passwd",
    ),
    "a file for vectors": (lambda config: config["sdp/dm"].update(embed="words.txt"), "words.txt"),
    "a task that leads out": (lambda config: config.update({"../x": config["tok"]}), "'../x'"),
    "a task without vocabularies": (lambda config: config.update(other=config["tok"]), "other_vocabs.json"),
    "code that is trusted": (
        lambda config: config["encoder"].update(transformer_args={"trust_remote_code": True}),
        "trust_remote_code",
    ),
    "a kernel": (
        lambda config: config["encoder"].update(transformer_args={"attn_implementation": "someone/kernel"}),
        "attn_implementation",
    ),
    "arguments that are none": (lambda config: config["encoder"].update(transformer_args=[1]), "transformer_args"),
    "weights from elsewhere": (lambda config: config["encoder"].update(trainable=False), "weights of its encoder"),
}


@pytest.mark.parametrize("case", CONFIGURATIONS)
def test_a_configuration_that_could_run_code_or_open_files_is_refused(case: str, folder: Path) -> None:
    change, word = CONFIGURATIONS[case]
    edit(folder / "config.json", change)
    assert_refused(folder, word)


@pytest.mark.parametrize("kind", ["subprocess.Popen", "hanlp.components.pipeline.Pipeline", ["x"]])
def test_vocabularies_may_only_be_those_of_hanlp(kind: object, folder: Path) -> None:
    edit(folder / "tok_vocabs.json", lambda content: content.update(nested={"tag": {"idx_to_token": [], "type": kind}}))
    assert_refused(folder, str(kind))


@pytest.mark.parametrize("text", ["[" * 5000, '{"encoder": ' * 2000, "{", "\xff"])
@pytest.mark.parametrize("name", ["config.json", "tok_vocabs.json", "transformer/config.json"])
def test_a_file_that_is_no_json_is_a_sentence(name: str, text: str, folder: Path) -> None:
    (folder / name).write_text(text, encoding="latin-1")
    assert_refused(folder, "")


@pytest.mark.parametrize("settings", [{}, {"trust_remote_code": True}])
def test_code_beside_an_encoder_never_runs(settings: dict[str, bool], folder: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    code = f"import pathlib; pathlib.Path({str(trace)!r}).touch()"
    (folder / "transformer" / "evil.py").write_text(f"{code}\nclass Evil: pass")
    names = {"AutoConfig": "evil.Evil", "AutoTokenizer": ["evil.Evil", "evil.Evil"]}
    for name in ("config.json", "tokenizer_config.json"):
        edit(folder / "transformer" / name, lambda content: content.update(auto_map=names, model_type="evil"))
    edit(folder / "config.json", lambda config: config["encoder"].update(transformer_args=settings))
    assert_refused(folder, "trust_remote_code" if settings else "code of its own", trace)


def test_an_encoder_is_not_looked_for_in_the_working_directory(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "transformer", tmp_path / "someone" / "encoder")
    edit(folder / "config.json", lambda config: config["encoder"].update(transformer="someone/encoder"))
    monkeypatch.chdir(tmp_path)
    assert_refused(folder, "someone/encoder")
