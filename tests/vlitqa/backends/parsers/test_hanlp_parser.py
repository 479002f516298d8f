"""HanLP's own way of saving and loading, with a tiny untrained model that is made here."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.given.lacks import lack_of
from tests.given.run_cli import TIMEOUT
from tests.given.tiny_hanlp import tiny_hanlp_model
from vlitqa.backends.parsers.hanlp_files import DEFAULT_MODEL, TRANSFORMERS
from vlitqa.backends.parsers.hanlp_parser import LONGEST_PARSED_TEXT, HanLP
from vlitqa.contracts.tools import ElementCount
from vlitqa.errors import UsageError

pytestmark = pytest.mark.model
ROOT = Path(__file__).resolve().parents[4]
TEXTS = (
    "Describe the cat. What is it?",
    "Count the dogs in the picture, and name their colours.",
    "One.",
    "图片里有什么？ 🐈 café",
)
OFFLINE = """
import socket, sys
def refuse(*arguments, **keywords): raise AssertionError("the network was asked")
socket.socket.connect = socket.getaddrinfo = refuse
from vlitqa.backends.parsers.hanlp_parser import HanLP
backend = HanLP.of("")
assert backend.missing() is None, backend.missing()
backend.fingerprint()
assert not {"torch", "hanlp", "transformers"} & set(sys.modules)
print(backend.open().count(["Describe the cat. What is it?"]))
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A multi-task model with HanLP's classes for tokens, two graphs and roles; HanLP's trainer is not used."""
    pytest.importorskip("hanlp")
    return tiny_hanlp_model(tmp_path_factory.mktemp("hanlp") / "model")


@pytest.mark.parametrize("formalism", ["dm", "pas"])
def test_counts_are_what_the_graphs_of_hanlp_say(model: Path, formalism: str) -> None:
    import hanlp

    parser = HanLP.of(f"{model}@{formalism}").open()
    component = hanlp.load(str(model), devices=-1, verbose=False)
    edges = 0
    for text, sentences in ((TEXTS[0], ["Describe the cat.", "What is it?"]), (TEXTS[1], [TEXTS[1]])):
        document = component(sentences, tasks=f"sdp/{formalism}")
        connected = tokens = 0
        for words, graph in zip(document["tok"], document[f"sdp/{formalism}"], strict=True):
            heads = {head for edges_of_token in graph for head, _ in edges_of_token}
            connected += sum(1 for number in range(1, len(words) + 1) if graph[number - 1] or number in heads)
            tokens += len(words)
            edges += sum(map(len, graph))
        (count,) = parser.count([text])
        assert (count.elements, count.tokens) == (connected, tokens)
    assert edges > 0, "the tiny model draws no edge, so the test says nothing"


def test_elements_and_objects_are_what_the_roles_of_hanlp_say(model: Path) -> None:
    import hanlp

    parser = HanLP.of(f"{model}@srl").open()
    component = hanlp.load(str(model), devices=-1, verbose=False)
    named = 0
    for sentence in ("What is it?", "Is the dog near the red cat?", TEXTS[1], TEXTS[2]):
        document = component([sentence], tasks="srl")
        (frames,), (tokens,) = document["srl"], document["tok"]
        (count,) = parser.count([sentence])
        assert count.tokens == len(tokens)
        assert count.elements == len({tuple(span[2:]) for frame in frames for span in frame})
        assert all(
            tokens[begin:end] == [words] for frame in frames for words, _, begin, end in frame if end - begin < 2
        )
        assert count.objects == HanLP.of(f"{model}@dm").open().count([sentence])[0].objects
        named += len(count.objects)
    assert named > 0, "the tiny model gives nothing a role, so the test says nothing"


def test_the_formalisms_are_different_tasks_of_one_model(model: Path) -> None:
    assert HanLP.of(f"{model}@dm").open().unit.startswith("dm: ")
    assert HanLP.of(f"{model}@srl").open().unit.startswith("srl: ")
    assert HanLP.of(str(model)) == HanLP.of(f"{model}@dm") != HanLP.of(f"{model}@pas")
    assert HanLP.of(f"{model}@dm").fingerprint() != HanLP.of(f"{model}@pas").fingerprint()


def test_a_text_is_counted_the_same_whatever_stands_beside_it(model: Path) -> None:
    parser = HanLP.of(str(model)).open()
    together = parser.count(TEXTS)
    assert together == [parser.count([text])[0] for text in TEXTS]
    assert together[::-1] == parser.count(TEXTS[::-1])


def test_odd_texts_are_counted(model: Path) -> None:
    parser = HanLP.of(str(model)).open()
    assert parser.count([]) == []
    assert parser.count(["", "  \n\t", "\u3000"]) == [ElementCount(0, 0)] * 3
    assert all(count.tokens > 0 for count in parser.count(["🐈", "图片里有什么", "\x00a\x1f", "a" * 700, "? ? ?"]))


def test_a_text_of_millions_of_letters_is_cut(model: Path) -> None:
    parser = HanLP.of(str(model)).open()
    behind_the_cap = "What is it?" + " " * LONGEST_PARSED_TEXT + "And this? " * 400_000
    assert parser.count([behind_the_cap]) == parser.count(["What is it?"])


def test_a_loaded_model_never_asks_the_network(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert HanLP.of(str(model)).open().count(["What is it?"])[0].tokens > 0


def test_the_default_model_is_found_in_the_cache_of_hanlp(model: Path, tmp_path: Path) -> None:
    cached = tmp_path / DEFAULT_MODEL
    shutil.copytree(model, cached)
    for name in TRANSFORMERS["mMiniLMv2L6-no-space"]:
        shutil.copytree(model / "transformer", tmp_path / name)
    config = json.loads((cached / "config.json").read_text())
    config["encoder"]["transformer"] = "mMiniLMv2L6-no-space"
    (cached / "config.json").write_text(json.dumps(config))
    environment = {**os.environ, "HANLP_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", OFFLINE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[ElementCount(elements=")


def test_what_is_missing_is_said_with_the_licence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("hanlp")
    monkeypatch.setenv("HANLP_HOME", str(tmp_path))
    lack = lack_of(HanLP.of(""))
    assert str(tmp_path) in lack.what
    assert "hanlp.load(" in lack.repair
    assert "CC BY-NC-SA 4.0" in lack.repair


def test_a_model_without_the_formalism_says_so(model: Path) -> None:
    lack = lack_of(HanLP.of(f"{model}@psd")).what
    assert "does not parse sdp/psd" in lack
    assert HanLP.of(str(model)).missing() is None


def test_a_model_without_semantic_roles_says_so(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(model, other)
    config = json.loads((other / "config.json").read_text())
    config["task_names"].remove("srl")
    (other / "config.json").write_text(json.dumps(config))
    assert lack_of(HanLP.of(str(other))).what.endswith("does not parse srl")


def test_a_folder_that_is_no_model_says_so(model: Path, tmp_path: Path) -> None:
    assert "config.json is missing" in lack_of(HanLP.of(str(tmp_path))).what
    shutil.copy(model / "model.pt", tmp_path)
    for text in ("[]", "{", "null", '{"encoder": 1}', '{"task_names": ["sdp/dm"], "encoder": {"transformer": 3}}'):
        (tmp_path / "config.json").write_text(text)
        assert "holds no HanLP model" in lack_of(HanLP.of(str(tmp_path))).what, text


def test_a_model_may_only_name_classes_of_hanlp(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(model, other)
    config = json.loads((other / "config.json").read_text())
    config["transform"] = {"classpath": "subprocess.Popen", "args": ["true"]}
    (other / "config.json").write_text(json.dumps(config))
    assert "subprocess.Popen" in lack_of(HanLP.of(str(other))).what


def test_a_missing_encoder_is_said_before_anything_is_loaded(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(model, other)
    config = json.loads((other / "config.json").read_text())
    for name in ("mMiniLMv2L12-no-space", "nobody/nothing", "/no/such/folder"):
        config["encoder"]["transformer"] = name
        (other / "config.json").write_text(json.dumps(config))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HANLP_HOME", str(tmp_path))
            assert f"the encoder {name}" in lack_of(HanLP.of(str(other))).what


def test_the_fingerprint_follows_the_weights_and_not_the_place(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(model, other)
    assert HanLP.of(str(other)).fingerprint() == HanLP.of(str(model)).fingerprint()
    with (other / "model.pt").open("ab") as file:
        file.write(b"\0")
    assert HanLP.of(str(other)).fingerprint() != HanLP.of(str(model)).fingerprint()


def test_a_wrong_formalism_is_a_sentence() -> None:
    with pytest.raises(UsageError, match="no semantic formalism 'amr'"):
        HanLP.of("/models/hanlp@amr")


def test_the_description_travels_to_a_worker() -> None:
    assert pickle.loads(pickle.dumps(HanLP.of("@psd"))) == HanLP("", "psd")


def test_names_and_places_are_those_of_hanlp() -> None:
    pytest.importorskip("hanlp")
    from hanlp.layers.transformers.resource import model_mirrors, tokenizer_mirrors
    from hanlp.pretrained.mtl import UD_ONTONOTES_TOK_POS_LEM_FEA_NER_SRL_DEP_SDP_CON_MMINILMV2L6 as DEFAULT

    assert DEFAULT.endswith(f"/{DEFAULT_MODEL}.zip")
    for name, (tokenizer, encoder) in TRANSFORMERS.items():
        assert tokenizer_mirrors[name].endswith(f"/{tokenizer}.zip")
        assert model_mirrors[name].endswith(f"/{encoder}.zip")
