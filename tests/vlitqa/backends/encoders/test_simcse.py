"""SimCSE's training: its loss by hand, what it does to a real encoder, and how a run uses it."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.given.run_cli import vlitqa
from vlitqa.backends.encoders.encoder_recipe import FIRST, MEAN, EncoderRecipe
from vlitqa.backends.encoders.sentence_training import train_sentence_encoder
from vlitqa.backends.encoders.sentences import MiniLM, SentenceEncoder, SimCSE
from vlitqa.backends.encoders.simcse import SimCSETraining, _batches, contrastive_loss, train_simcse
from vlitqa.errors import ToolMissing

torch: Any = pytest.importorskip("torch")
pytestmark = pytest.mark.model
TEXTS = [f"a {colour} {thing}" for colour in ("red", "blue", "green") for thing in ("dog", "car", "house", "tree")]


def ignore(_step: int, _loss: float) -> None:
    """Takes what a training reports."""


def test_the_loss_is_equation_2() -> None:
    first = np.array([[1.0, 0.0], [0.0, 2.0]])
    second = np.array([[3.0, 0.0], [1.0, 1.0]])
    # cosines: 1 and 0.7071 to the first sentence, 0 and 0.7071 to the second; divided by 0.5
    half = math.sqrt(0.5)
    rows = ((math.exp(2), math.exp(2), math.exp(2 * half)), (math.exp(2 * half), math.exp(0), math.exp(2 * half)))
    expected = sum(-math.log(numerator / (first_term + second_term)) for numerator, first_term, second_term in rows) / 2
    loss = contrastive_loss(torch.tensor(first), torch.tensor(second), 0.5)
    assert float(loss) == pytest.approx(expected, abs=1e-7)


def test_all_texts_come_once_before_any_comes_again() -> None:
    uneven = [place for batch in _batches(10, SimCSETraining(steps=5, batch_size=4)) for place in batch]
    assert sorted(uneven[:10]) == sorted(uneven[10:]) == list(range(10))
    drawn = list(_batches(10, SimCSETraining(steps=4, batch_size=5)))
    assert [sorted(drawn[start] + drawn[start + 1]) for start in (0, 2)] == [list(range(10))] * 2
    assert drawn == list(_batches(10, SimCSETraining(steps=4, batch_size=5)))
    assert drawn != list(_batches(10, SimCSETraining(steps=4, batch_size=5, seed=1)))
    assert [len(batch) for batch in _batches(3, SimCSETraining(steps=2))] == [3, 3]


def test_training_draws_the_copies_of_a_sentence_together() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(8, 8)
    points = {text: torch.randn(8) for text in TEXTS}
    dropout = torch.nn.Dropout(0.4)

    def encode(texts: Any) -> Any:
        return layer(dropout(torch.stack([points[text] for text in texts])))

    losses = list(
        train_simcse(
            encode, list(layer.parameters()), TEXTS, SimCSETraining(steps=300, batch_size=12, learning_rate=0.01)
        )
    )
    assert len(losses) == 300
    assert np.mean(losses[-30:]) < 0.7 * np.mean(losses[:30])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of transformers that is small, with its dropout."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("bert")
    words = sorted({word for text in TEXTS for word in text.split()})
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    sizes["initializer_range"] = 0.2  # the usual 0.02 puts all sentences into one place
    BertModel(BertConfig(vocab_size=5 + len(words), max_position_embeddings=64, **sizes)).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("pooling", [FIRST, MEAN])
def test_a_trained_encoder_is_kept_and_read_as_its_base_was(
    tiny: Path, pooling: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path))
    steps: list[int] = []
    training = SimCSETraining(steps=100, batch_size=12, learning_rate=2e-3)
    recipe = EncoderRecipe(folder=tiny, pooling=pooling, max_tokens=128)
    name = train_sentence_encoder(recipe, TEXTS, training, lambda step, _loss: steps.append(step))
    kind, _, source = name.partition(":")
    trained = {"minilm": MiniLM, "simcse": SimCSE}[kind].of(source)
    assert (trained.recipe().pooling, trained.missing()) == (pooling, None)
    before = SentenceEncoder(recipe, "cpu float32").encode(TEXTS)
    after = SentenceEncoder(trained.recipe(), "cpu float32").encode(TEXTS)
    assert (after @ after.T).mean() < (before @ before.T).mean() - 0.1, "sentences have not moved apart"
    assert train_sentence_encoder(recipe, TEXTS, training, lambda step, _loss: steps.append(step)) == name
    assert steps == list(range(1, 101)), "the same training is done once"
    assert train_sentence_encoder(recipe, TEXTS[:-1], training, ignore) != name
    assert not [*(tmp_path / "simcse").glob("*.tmp")]


def test_weights_that_would_be_drawn_at_random_are_not_trained(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file, save_file

    monkeypatch.setenv("VLITQA_CACHE", str(tmp_path))
    broken = shutil.copytree(tiny, tmp_path / "broken")
    weights = load_file(broken / "model.safetensors")
    save_file({key: value for key, value in weights.items() if "layer.1." not in key}, broken / "model.safetensors")
    with pytest.raises(ToolMissing, match="the weights lack"):
        train_sentence_encoder(
            EncoderRecipe(folder=broken, pooling=FIRST, max_tokens=128), TEXTS, SimCSETraining(steps=1), ignore
        )
    assert not list(tmp_path.glob("simcse/*"))


def test_the_same_training_gives_the_same_weights(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = []
    for place in ("one", "two"):
        monkeypatch.setenv("VLITQA_CACHE", str(tmp_path / place))
        name = train_sentence_encoder(
            EncoderRecipe(folder=tiny, pooling=FIRST, max_tokens=128),
            TEXTS,
            SimCSETraining(steps=5, batch_size=6),
            ignore,
        )
        weights.append((Path(name.split(":")[1].split("@")[0]) / "model.safetensors").read_bytes())
    assert weights[0] == weights[1]
    assert weights[0] != (tiny / "model.safetensors").read_bytes()


def test_a_run_trains_its_encoder_and_says_so_in_its_provenance(tiny: Path, tmp_path: Path) -> None:
    rows = [{"instruction": "What is it?", "output": text} for text in TEXTS]
    (tmp_path / "data.json").write_text(json.dumps(rows))
    common = ("score", "--metrics", "responses", "--tool", f"sentences=simcse:{tiny}@unsup", "data.json")
    done = vlitqa(*common, "--simcse-steps", 3, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "SimCSE: step 3 of 3, loss " in done.stderr
    assert vlitqa(*common, cwd=tmp_path).returncode == 0
    cards = [json.loads(path.read_bytes()) for path in (tmp_path / "runs").glob("*/scorecard.json")]
    prints = {card["scored"][0]["provenance"]["tools"]["sentences"] for card in cards}
    assert len(prints) == 2


def test_training_needs_something_to_learn_and_something_to_learn_for(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps([{"instruction": "What is it?", "output": "a dog"}] * 3))
    refused = vlitqa("score", "--metrics", "lexical", "--simcse-steps", 3, "one.json", cwd=tmp_path)
    assert (refused.returncode, "none of the metrics uses sentence vectors" in refused.stderr) == (2, True)
    tool = ("--tool", f"sentences=simcse:{tiny}@unsup")
    refused = vlitqa("score", "--metrics", "responses", *tool, "--simcse-steps", 3, "one.json", cwd=tmp_path)
    assert (refused.returncode, "no two different responses" in refused.stderr) == (2, True)
