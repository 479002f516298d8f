"""Files of every kind are embedded by the model that has their encoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.imagebind_llm.encoder_shapes import IMAGEBIND_HUGE, IMAGEBIND_NANO, IMAGEBIND_TINY  # noqa: E402
from reference_models.imagebind_llm.film_clips import read_film_clips  # noqa: E402
from reference_models.imagebind_llm.inputs import READERS, readable_modalities  # noqa: E402
from reference_models.imagebind_llm.presets import make_tiny_imagebind_llm  # noqa: E402
from reference_models.imagebind_llm.text_files import CLIP_VOCABULARY, read_text_tokens  # noqa: E402
from tests.given.sounds import tones, write_wav  # noqa: E402
from tests.given.tiny_dialogues import WHITE, plain_picture  # noqa: E402
from vlitqa.errors import UsageError  # noqa: E402

pytestmark = pytest.mark.model


def write_media(folder: Path) -> dict[str, Path]:
    """A file of every kind that is read."""
    draw = np.random.default_rng(0)
    write_wav(folder / "tone.wav", tones(16_000, 16_000), 16_000)
    np.save(folder / "depth.npy", np.full((40, 40), 2.0))
    Image.fromarray(draw.integers(0, 255, (40, 40)).astype(np.uint8)).save(folder / "warm.png")
    np.save(folder / "walk.npy", draw.normal(size=(300, 6)))
    np.save(folder / "chair.npy", draw.normal(size=(600, 3)))
    frames = [Image.fromarray(draw.integers(0, 255, (40, 50, 3)).astype(np.uint8)) for _ in range(4)]
    (folder / "words.txt").write_text("a photo of a cat")
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:], duration=100)
    return {
        "audio": folder / "tone.wav",
        "depth": folder / "depth.npy",
        "thermal": folder / "warm.png",
        "imu": folder / "walk.npy",
        "point": folder / "chair.npy",
        "text": folder / "words.txt",
        "video": folder / "film.gif",
    }


def test_kinds_are_offered_where_the_model_has_their_encoder() -> None:
    assert readable_modalities(IMAGEBIND_HUGE) == tuple(READERS)
    assert readable_modalities(IMAGEBIND_NANO) == ("audio", "depth", "video")


def test_a_file_of_every_kind_has_a_feature_of_its_own(tmp_path: Path) -> None:
    shape = replace(IMAGEBIND_TINY, vocabulary_size=CLIP_VOCABULARY)
    model, files = make_tiny_imagebind_llm(shape=shape), write_media(tmp_path)
    assert model.other_inputs == tuple(files) == tuple(READERS)
    features = [model.bind_file(name, path).feature for name, path in files.items()]
    assert {tuple(feature.shape) for feature in features} == {(16,)}
    assert all(bool(feature.isfinite().all()) for feature in features)
    assert len({tuple(feature.tolist()) for feature in features}) == len(files)


@torch.no_grad()
def test_the_feature_of_a_film_is_the_mean_of_its_clips(tmp_path: Path) -> None:
    model, film = make_tiny_imagebind_llm(), write_media(tmp_path)["video"]
    clips = read_film_clips(film, model.scaler)
    features = [model.network.encoders.embed("vision", clip[None, None])[0] for clip in clips]
    assert torch.allclose(model.bind_file("video", film).feature, torch.stack(features).mean(0), atol=1e-5)


def test_texts_have_the_tokens_of_clip_and_are_cut_at_the_length_that_is_read(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text(" A photo\nof a CAT ", encoding="utf-8-sig")
    assert read_text_tokens(words, 9).tolist() == [49406, 320, 1125, 539, 320, 2368, 49407, 0, 0], "CLIP's own numbers"
    words.write_text("cat " * 500_000)
    assert read_text_tokens(words, 77).tolist() == [49406, *[2368] * 75, 49407]
    for damaged in (b" \n", b"\xff\xfe\x00"):
        words.write_bytes(damaged)
        with pytest.raises(UsageError, match=r"holds no text|no text in UTF-8"):
            read_text_tokens(words, 77)
    with pytest.raises(UsageError, match="reads no files of the modality 'text'"):
        make_tiny_imagebind_llm().bind_file("text", words)


@torch.no_grad()
def test_files_and_pictures_are_added_by_their_coefficients(tmp_path: Path) -> None:
    model, files = make_tiny_imagebind_llm(), write_media(tmp_path)
    sound, depth = model.bind_file("audio", files["audio"]), model.bind_file("depth", files["depth"])
    picture = plain_picture(WHITE)
    seen = model.network.encoders.embed("vision", model.pixels(picture)[None])[0]
    mixture = model.about_mixture([replace(sound, coefficient=0.5), replace(depth, coefficient=-2)], [picture]).feature
    directions = [torch.nn.functional.normalize(part, dim=0) for part in (sound.feature, depth.feature, seen)]
    expected = 0.5 * directions[0] - 2 * directions[1] + directions[2]
    assert torch.allclose(mixture, torch.nn.functional.normalize(expected, dim=0), atol=1e-5)
    with pytest.raises(UsageError, match="no direction"):
        model.about_mixture([sound, replace(sound, coefficient=-1)], [])
