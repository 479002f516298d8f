"""The visual cache computes equations 3 and 4 exactly, and is kept in a file that is whole or not there."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("faiss", reason="pip install 'vlitqa[models]'")

from safetensors.numpy import load_file, save_file  # noqa: E402

from reference_models.imagebind_llm import visual_cache  # noqa: E402
from reference_models.imagebind_llm.key_map import from_published  # noqa: E402
from reference_models.imagebind_llm.visual_cache import Enhancement, VisualCache  # noqa: E402
from tests.given.bound_llamas import (  # noqa: E402
    FEATURE_WIDTH,
    HEAD_WIDTH,
    make_published_model,
    published_weights,
    random_features,
)
from vlitqa.errors import FolderNotWritable, ToolMissing, UsageError  # noqa: E402

pytestmark = pytest.mark.model

IMAGES = np.random.RandomState(3).standard_normal((500, FEATURE_WIDTH)).astype(np.float32)
QUERIES = np.random.RandomState(4).standard_normal((9, FEATURE_WIDTH)).astype(np.float32)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def enhanced(images: NDArray[np.float64], query: NDArray[np.float64], how: Enhancement) -> NDArray[np.float64]:
    """Equations 3 and 4 for one query, in double precision."""
    keys, query = unit(images.astype(np.float64)), unit(query.astype(np.float64))
    similarities = keys @ query
    nearest = np.argsort(-similarities)[: how.nearest]
    weights = np.exp(how.sharpness * similarities[nearest])
    prototype = unit(weights / weights.sum() @ keys[nearest])
    return unit(how.alpha * prototype + (1 - how.alpha) * query)


@pytest.mark.parametrize(
    "how", [Enhancement(), Enhancement(1, 5.0, 1.0), Enhancement(500, 0.0, 0.3), Enhancement(7, 100.0, 0.0)]
)
def test_a_feature_moves_towards_its_nearest_images_as_the_equations_say(how: Enhancement) -> None:
    cache = VisualCache([IMAGES[:200], IMAGES[200:]], FEATURE_WIDTH)
    result = cache.enhance(torch.from_numpy(QUERIES), how).numpy()
    expected = np.stack([enhanced(IMAGES, query, how) for query in QUERIES])
    assert len(cache) == 500
    assert np.abs(result - expected).max() < 1e-6


def test_the_defaults_are_those_of_the_published_code() -> None:
    assert Enhancement() == Enhancement(nearest=10, sharpness=20.0, alpha=0.5)


def test_a_tiny_case_by_hand() -> None:
    cache = VisualCache([np.array([[2, 0], [0, 3], [-1, 0]], np.float32)], 2)
    how = Enhancement(nearest=1, sharpness=20.0, alpha=0.5)
    result = cache.enhance(torch.tensor([[3.0, 4.0]]), how)  # nearest is (0, 1): (0.6, 0.8) and it, halved
    assert torch.allclose(result, torch.tensor([[0.3, 0.9]]) / 0.9**0.5)


def test_a_feature_keeps_its_precision_and_length_does_not_matter() -> None:
    cache = VisualCache([IMAGES], FEATURE_WIDTH)
    queries = torch.from_numpy(QUERIES)
    assert torch.allclose(cache.enhance(queries * 30), cache.enhance(queries), atol=1e-6)
    assert cache.enhance(queries.bfloat16()).dtype == torch.bfloat16


@torch.no_grad()
@pytest.mark.parametrize(
    ("how", "first", "mean"),
    [
        (Enhancement(), (1.6654885, 0.1488780, 0.5589483, 0.2923777, -0.3935618), 0.9222226),
        (Enhancement(4, 7.0, 0.25), (1.6939304, 0.4060538, 1.3801442, -0.6896166, -0.7175862), 0.9046208),
    ],
)
def test_what_is_bound_is_what_the_original_code_bound(how: Enhancement, first: tuple[float, ...], mean: float) -> None:
    # what LLaMA-Adapter's imagebind_LLM gave with these weights and images, an encoder handing the feature on
    model = make_published_model(from_published(published_weights(), HEAD_WIDTH))
    cache = VisualCache([random_features(60, 7).numpy()], FEATURE_WIDTH)
    bound = model.bind_network(cache.enhance(3 * random_features(2, 1), how)[:1])
    assert torch.allclose(bound[0, :5], torch.tensor(first), atol=1e-5)
    assert bound.abs().double().mean().item() == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize("rows_read", [65_536, 64])
def test_a_saved_cache_is_read_to_the_last_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_read: int) -> None:
    monkeypatch.setattr(visual_cache, "_ROWS_READ", rows_read)
    cache = VisualCache([IMAGES], FEATURE_WIDTH)
    cache.save(tmp_path / "cache.safetensors")
    again = VisualCache.load(tmp_path / "cache.safetensors")
    queries = torch.from_numpy(QUERIES)
    assert (len(again), again.width) == (500, FEATURE_WIDTH)
    assert torch.equal(again.enhance(queries), cache.enhance(queries))
    again.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "cache.safetensors").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.safetensors", "cache.safetensors"]


def test_a_save_that_fails_leaves_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cache.safetensors"
    VisualCache([IMAGES], FEATURE_WIDTH).save(path)
    before = path.read_bytes()

    def stop(_features: object, name: str, _metadata: object) -> None:
        Path(name).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(visual_cache, "save_file", stop)
    with pytest.raises(KeyboardInterrupt):
        VisualCache([IMAGES[:5]], FEATURE_WIDTH).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("harm", "reason"), [("cut", "header"), ("header", "header"), ("bit", "not what was written"), ("empty", "header")]
)
def test_a_damaged_file_is_told_from_a_whole_one(tmp_path: Path, harm: str, reason: str) -> None:
    path = tmp_path / "cache.safetensors"
    VisualCache([IMAGES], FEATURE_WIDTH).save(path)
    content = bytearray(path.read_bytes())
    content[-7] ^= harm == "bit"
    content[3] ^= harm == "header"
    path.write_bytes(content[: {"cut": len(content) // 2, "empty": 0}.get(harm)])
    with pytest.raises(UsageError, match=rf"cache\.safetensors cannot be read \(.*{reason}"):
        VisualCache.load(path)


def test_another_file_of_tensors_and_no_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    with pytest.raises(UsageError, match=r"weights\.safetensors cannot be read"):
        VisualCache.load(path)
    save_file({"features": IMAGES}, path)
    assert load_file(path)["features"].shape == IMAGES.shape
    with pytest.raises(UsageError, match="none that vlitqa wrote"):
        VisualCache.load(path)


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritable):
        VisualCache([IMAGES], FEATURE_WIDTH).save(tmp_path / "file" / "cache.safetensors")


def test_questions_that_a_cache_cannot_answer_are_refused(tmp_path: Path) -> None:
    cache, queries = VisualCache([IMAGES[:5]], FEATURE_WIDTH), torch.from_numpy(QUERIES)
    with pytest.raises(UsageError, match="10 nearest of 5 images"):
        cache.enhance(queries)
    with pytest.raises(UsageError, match="0 nearest of 5 images"):
        cache.enhance(queries, Enhancement(nearest=0))
    with pytest.raises(UsageError, match=rf"\(9, 7\) meet a visual cache of the width {FEATURE_WIDTH}"):
        cache.enhance(queries[:, :7], Enhancement(nearest=2))
    with pytest.raises(UsageError, match="not finite"):
        cache.enhance(queries / 0, Enhancement(nearest=2))
    empty = VisualCache([], FEATURE_WIDTH)
    with pytest.raises(UsageError, match="is empty"):
        empty.enhance(queries)
    with pytest.raises(UsageError, match="is empty"):
        empty.save(tmp_path / "cache.safetensors")


def test_features_that_are_no_directions_or_of_another_width_do_not_enter_a_cache() -> None:
    broken = IMAGES.copy()
    broken[3] = 0
    with pytest.raises(UsageError, match="feature 204 is zero or not finite"):
        VisualCache([IMAGES[:200], broken], FEATURE_WIDTH)
    broken[3] = np.nan
    with pytest.raises(UsageError, match="feature 4 is zero or not finite"):
        VisualCache([broken], FEATURE_WIDTH)
    with pytest.raises(UsageError, match=r"\(500, 7\) do not fit"):
        VisualCache([IMAGES[:, :7]], FEATURE_WIDTH)


def test_without_faiss_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ToolMissing, match="a visual cache needs faiss"):
        VisualCache([IMAGES], FEATURE_WIDTH)
