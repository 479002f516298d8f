"""OpenClip with tiny models that are made here: the same bits for an item among any others, from any source."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.given.lacks import lack_of
from vlitqa.contracts.tools import Lack, Picture, Vectors
from vlitqa.errors import ToolMissing

torch = pytest.importorskip("torch", reason="the extra [models] is not installed")
open_clip = pytest.importorskip("open_clip", reason="the extra [models] is not installed")
safetensors = pytest.importorskip("safetensors.torch", reason="the extra [models] is not installed")

from tests.given.run_cli import TIMEOUT  # noqa: E402
from tests.given.tiny_models import TINY, make_matcher  # noqa: E402
from vlitqa.backends.encoders import open_clip_files  # noqa: E402
from vlitqa.backends.encoders.image_text import OpenClip, OpenMatcher  # noqa: E402

pytestmark = pytest.mark.model
SMALL = "ViT-S-32-alt"
Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def picture(seed: int, height: int = 40, width: int = 56) -> Picture:
    return picture_of(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8), f"{seed:016x}")


def picture_of(pixels: Pixels, digest: str = "0" * 16) -> Picture:
    height, width, _ = pixels.shape
    return Picture(width=width, height=height, format="PNG", frames=1, digest=digest, pixels=pixels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_matcher(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def matcher(folder: Path) -> OpenMatcher:
    return OpenClip.of(str(folder)).open()


def assert_unit(vectors: Vectors, rows: int) -> None:
    assert vectors.dtype == np.float32
    assert vectors.shape == (rows, 24)
    assert np.linalg.norm(vectors.astype(np.float64), axis=1) == pytest.approx(1, abs=1e-6)


def test_the_vector_of_a_text_is_the_same_bit_for_bit_among_any_neighbours(matcher: OpenMatcher) -> None:
    texts = [f"{'a red circle ' * (1 + n % 7)}number {n}" for n in range(21)]
    alone = np.concatenate([matcher.texts([text]) for text in texts])
    assert_unit(alone, 21)
    dice = random.Random(0)
    for size in (21, 2, 8, 9, 20):
        chosen = dice.sample(range(21), size)
        assert np.array_equal(matcher.texts([texts[n] for n in chosen]), alone[chosen])


def test_the_vector_of_an_image_is_the_same_bit_for_bit_among_any_neighbours(matcher: OpenMatcher) -> None:
    pictures = [picture(n, 30 + 7 * n, 90 - 6 * n) for n in range(9)]
    alone = np.concatenate([matcher.images([sample]) for sample in pictures])
    assert_unit(alone, 9)
    chosen = [4, 4, 8, 0, 3, 4]
    assert np.array_equal(matcher.images([pictures[n] for n in chosen]), alone[chosen])


def test_slots_beside_each_other_do_not_touch_at_the_width_of_a_real_model() -> None:
    torch.manual_seed(0)
    tower = open_clip.transformer.TextTransformer(context_length=77, width=512, heads=8, layers=1, output_dim=512)
    tokens = open_clip.tokenize([f"a photo of {n} cats" * (n + 1) for n in range(8)])
    with torch.inference_mode():
        straight = tower.eval()(tokens)
        assert all(torch.equal(tower(tokens.roll(by, 0)).roll(-by, 0), straight) for by in (1, 3, 6))


def test_nothing_to_encode_gives_no_rows_of_the_right_width(matcher: OpenMatcher) -> None:
    assert matcher.texts([]).shape == matcher.images([]).shape == (0, 24)
    assert matcher.lengths([]) == []


def test_equal_items_are_encoded_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = OpenClip.of(str(folder)).open()
    calls: list[int] = []
    encode = matcher._model.encode_text
    monkeypatch.setattr(matcher._model, "encode_text", lambda *a, **k: (calls.append(1), encode(*a, **k))[1])
    vectors = matcher.texts(["yes", "no"] * 50)
    assert len(calls) == 1
    assert np.array_equal(vectors[0], vectors[98])


def test_vectors_are_those_of_the_model_itself(folder: Path, matcher: OpenMatcher) -> None:
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    sample = picture(3)
    with torch.inference_mode():
        batch = preprocess(Image.fromarray(sample.pixels))[None]
        image = model.encode_image(batch, normalize=True).numpy()
        text = model.encode_text(open_clip.get_tokenizer(f"local-dir:{folder}")(["a dog"]), normalize=True).numpy()
    assert np.allclose(matcher.images([sample]), image, atol=1e-6)
    assert np.allclose(matcher.texts(["a dog"]), text, atol=1e-6)


def test_a_text_that_is_too_long_keeps_its_end(matcher: OpenMatcher) -> None:
    long = "a dog and a cat " * 10
    tokens = matcher._tokenizer([long])[0].tolist()
    assert len(tokens) == 16
    assert tokens[-1] == matcher._tokenizer.eot_token_id
    assert np.array_equal(matcher.texts([long]), matcher.texts([long + "and a bird"]))


def test_lengths_count_what_the_room_counts(matcher: OpenMatcher) -> None:
    assert matcher.max_tokens == 14  # of 16, without start and end
    assert matcher.lengths(["", "a dog", "dog " * 14, "dog " * 40]) == [0, 2, 14, 40]
    # what fills the room is read whole, and a word more is not
    read = matcher.texts(["dog " * 14, "dog " * 13 + "cat", "dog " * 14 + "cat"])
    assert not np.array_equal(read[0], read[1])
    assert np.array_equal(read[0], read[2])


def test_hostile_texts_cost_little_and_have_a_vector(matcher: OpenMatcher) -> None:
    endless = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=20_000))
    texts = [endless, "\ud800 half a pair", "\0", "ﷺ" * 5000, " "]
    assert_unit(matcher.texts(texts), 5)
    assert all(length >= 0 for length in matcher.lengths(texts))


def test_a_sliver_is_not_blown_up(matcher: OpenMatcher) -> None:
    sliver = picture_of(np.full((1, 65_500, 3), 200, np.uint8))
    grey = picture_of(np.full((40, 40, 3), 200, np.uint8), "1" * 16)
    assert np.array_equal(matcher.images([sliver]), matcher.images([grey]))


def test_a_model_that_wants_the_whole_picture_gets_it(tmp_path: Path) -> None:
    squashing = OpenClip.of(str(make_matcher(tmp_path / "squash", resize_mode="squash"))).open()
    half = np.zeros((4, 400, 3), np.uint8)
    half[:, :100] = 255
    wide = [picture_of(half), picture_of(np.zeros_like(half), "1" * 16)]
    vectors = squashing.images(wide)
    assert not np.array_equal(vectors[0], vectors[1])


def test_a_checkpoint_of_a_known_architecture_is_loaded(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = open_clip.create_model(SMALL)
    path = tmp_path / "clip.safetensors"
    safetensors.save_file(model.state_dict(), path)
    backend = OpenClip.of(f"{SMALL}@{path}")
    assert backend.missing() is None
    matcher = backend.open()
    assert matcher.max_tokens == 75
    with torch.inference_mode():
        expected = model.eval().encode_text(open_clip.tokenize(["a dog"]), normalize=True).numpy()
    assert np.allclose(matcher.texts(["a dog"]), expected, atol=1e-6)


def test_the_fingerprint_tells_weights_architectures_and_preprocessing_apart(tmp_path: Path, folder: Path) -> None:
    fingerprint = OpenClip.of(str(folder)).fingerprint()
    assert OpenClip.of(str(make_matcher(tmp_path / folder.name))).fingerprint() == fingerprint
    others = [
        make_matcher(tmp_path / "a" / folder.name, seed=1),
        make_matcher(tmp_path / "b" / folder.name, mean=[0, 0, 0]),
    ]
    others_fingerprints = {OpenClip.of(str(other)).fingerprint() for other in others}
    assert len(others_fingerprints | {fingerprint}) == 3
    assert "float32 on c" in fingerprint


def test_neither_import_nor_fingerprint_nor_missing_loads_torch(folder: Path) -> None:
    script = (
        "import sys\nfrom vlitqa.backends.encoders.image_text import OpenClip\n"
        f"backend = OpenClip.of({str(folder)!r})\n"
        "assert backend.missing() is None and backend.fingerprint() and OpenClip.of('').source\n"
        "OpenClip.of('').missing()\n"
        "print(sorted({'torch', 'open_clip', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=TIMEOUT)
    assert done.stdout == "[]\n"


def test_what_is_missing_is_said_with_what_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    pickled = tmp_path / "clip.pt"
    pickled.write_bytes(b"")

    def lack(source: str) -> Lack:
        return lack_of(OpenClip.of(source))

    repository = "timm/vit_base_patch16_clip_224.openai"
    command = f"hf download {repository} open_clip_model.safetensors"
    assert lack("") == Lack("the weights of ViT-B-16@openai are not on this machine", command)
    assert lack("ViT-B-61@openai") == Lack("open_clip has no architecture 'ViT-B-61'", "Did you mean ViT-B-16?")
    assert lack("ViT-B-16@opnai") == Lack("open_clip has no weights 'opnai' for ViT-B-16", "Did you mean openai?")
    assert "no safetensors file" in lack(f"ViT-B-16@{pickled}").what
    assert "no folder in open_clip's hub format" in lack(str(tmp_path)).what
    with pytest.raises(ToolMissing, match="hub format"):
        OpenClip.of(str(tmp_path)).open()


def test_weights_in_the_cache_of_the_hub_are_found_by_their_tag(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--timm--vit_base_patch16_clip_224.openai"
    snapshot = repository / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    shutil.copy(folder / "open_clip_model.safetensors", snapshot)
    backend = OpenClip.of("ViT-B-16@openai")
    assert backend.missing() is None
    assert "openai" in backend.fingerprint()
    with pytest.raises(ToolMissing, match="cannot be loaded"):  # it is there, and of another architecture
        backend.open()


def test_the_tags_are_those_of_open_clip() -> None:
    published = {
        (arch, tag): open_clip.get_pretrained_cfg(arch, tag)["hf_hub"] for arch, tag in open_clip.list_pretrained()
    }
    read = {(arch, tag): place for arch, tags in open_clip_files._tags().items() for tag, place in tags.items()}
    assert read == published


@pytest.mark.parametrize(
    ("section", "value"), [("text_cfg", {"hf_model_name": "a/b"}), ("vision_cfg", {"timm_model_name": "hf-hub:a/b"})]
)
def test_a_model_that_would_ask_the_network_is_refused(tmp_path: Path, section: str, value: dict[str, str]) -> None:
    folder = make_matcher(tmp_path / "remote")
    config = {"model_cfg": TINY | {section: value}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    assert "from the hub" in lack_of(OpenClip.of(str(folder))).what


def test_damaged_weights_are_a_missing_tool_and_no_traceback(tmp_path: Path) -> None:
    folder = make_matcher(tmp_path / "damaged")
    (folder / "open_clip_model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ToolMissing, match="cannot be loaded"):
        OpenClip.of(str(folder)).open()
