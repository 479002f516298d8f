"""The promises of a sentence encoder, kept by every sentence tool of the catalogue."""

from __future__ import annotations

import pickle
import random
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sentence_transformers", reason="the extra [models] is not installed")

from tests.given.tiny_models import make_sentence_transformer
from vlitqa.catalogue import TOOLS, load_backend
from vlitqa.contracts.tools import Backend, Encoder

pytestmark = pytest.mark.model
TEXTS = (
    "a dog",
    "",
    " ",
    "two dogs on red grass",
    "a dog and a cat " * 40,
    "图片里有一只猫",
    "\ud800 half a pair",
    "é\0",
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """By tool: a model that is on this machine."""
    folder = str(make_sentence_transformer(tmp_path_factory.mktemp("models") / "tiny"))
    return {"minilm": "", "simcse": f"{folder}@unsup", "st": folder}


@pytest.fixture(params=TOOLS["sentences"])
def backend(request: pytest.FixtureRequest, sources: Mapping[str, str]) -> Backend:
    return load_backend("sentences", request.param, sources[request.param])


@pytest.fixture
def encoder(backend: Backend) -> Encoder:
    assert backend.missing() is None
    opened: Encoder = backend.open()
    return opened


def test_there_is_one_vector_of_length_one_for_each_text(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert (vectors.dtype, len(vectors)) == (np.float32, len(TEXTS))
    assert np.linalg.norm(vectors.astype(np.float64), axis=1) == pytest.approx(1, abs=1e-6)


def test_nothing_is_encoded_of_no_text(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.encode(["a dog"]).shape[1])


def test_a_vector_depends_on_its_text_alone(backend: Backend, encoder: Encoder) -> None:
    crowd = encoder.encode(TEXTS)
    order = random.Random(0).sample(range(len(TEXTS)), len(TEXTS))
    assert np.array_equal(encoder.encode([TEXTS[place] for place in order]), crowd[order])
    afresh = backend.open()
    assert np.array_equal(np.concatenate([afresh.encode([text]) for text in TEXTS[::-1]])[::-1], crowd)


@pytest.mark.parametrize("threads", [2, 5])
def test_the_number_of_threads_changes_no_bit(encoder: Encoder, backend: Backend, threads: int) -> None:
    import torch

    before, vectors = torch.get_num_threads(), encoder.encode(TEXTS)
    torch.set_num_threads(threads)
    try:
        assert np.array_equal(backend.open().encode(TEXTS), vectors)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_a_backend_travels_with_its_fingerprint(backend: Backend, tmp_path: Path) -> None:
    (tmp_path / "backend").write_bytes(pickle.dumps(backend))
    travelled = pickle.loads((tmp_path / "backend").read_bytes())
    assert (travelled, travelled.fingerprint()) == (backend, backend.fingerprint())
