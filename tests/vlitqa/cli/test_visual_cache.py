"""`vlitqa visual-cache` as it is typed, and the talk that uses what it wrote."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("faiss", reason="pip install 'vlitqa[models]'")

from safetensors.numpy import load_file, save_file

from tests.given.run_cli import vlitqa
from tests.given.sounds import tones, write_wav

pytestmark = pytest.mark.model
TINY = ("--model", "imagebind_llm", "--preset", "tiny")
SCENES = Path(__file__).parents[3] / "examples" / "shapes" / "images"


def photos(folder: Path, count: int) -> Path:
    """A folder with images in a folder inside it."""
    (folder / "inside").mkdir(parents=True)
    for path in sorted(SCENES.iterdir())[:count]:
        shutil.copy(path, folder / "inside" / path.name)
    return folder


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cache of 40 images, made of a folder with two damaged ones."""
    folder = tmp_path_factory.mktemp("desk")
    photos(folder / "photos", 40)
    (folder / "photos" / "page.jpg").write_text("<html>")
    (folder / "photos" / "cut.png").write_bytes((SCENES / "000000.png").read_bytes()[:200])
    (folder / "photos" / "notes.txt").write_text("not an image")
    done = vlitqa("visual-cache", "photos", *TINY, "--output", "new/cache.safetensors", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "2 images left out:" in done.stderr
    assert "page.jpg: the file is an HTML page" in done.stderr
    assert "cut.png: the image cannot be decoded" in done.stderr
    assert "new/cache.safetensors: 40 images, 16 numbers each." in done.stderr
    return folder


def test_images_in_folders_inside_are_embedded_in_the_order_of_their_names(desk: Path) -> None:
    from reference_models.catalogue import choose_model
    from reference_models.imagebind_llm.model import ImageBindLlm
    from vlitqa.backends.image_folder import ImageFolder
    from vlitqa.records import ImageRef

    (features,) = load_file(desk / "new" / "cache.safetensors").values()
    model = choose_model("imagebind_llm", "tiny").open()
    assert isinstance(model, ImageBindLlm)
    last = ImageFolder((str(desk / "photos" / "inside"),)).look(ImageRef("000039.png"), 32)
    expected = model.network.encoders.embed("vision", model.pixels(last)[None])[0].detach().numpy()
    assert features.shape == (40, 16)
    assert features[39] == pytest.approx(expected, abs=1e-5)


def test_a_talk_uses_a_cache_and_a_cache_is_made_anew(desk: Path) -> None:
    write_wav(desk / "tone.wav", tones(16_000, 16_000), 16_000)
    command = [sys.executable, "-m", "vlitqa", "chat", *TINY, "--longest", "4", "--input", "audio=tone.wav"]
    command += ["--visual-cache", "new/cache.safetensors"]
    talk = subprocess.run(
        command, input="What is it?\n", capture_output=True, text=True, cwd=desk, timeout=600, check=False
    )
    assert talk.returncode == 0, talk.stderr
    assert len(talk.stdout.splitlines()) == 1
    again = vlitqa("visual-cache", "photos", *TINY, "--output", "new/cache.safetensors", cwd=desk)
    assert again.returncode == 0, again.stderr


def test_a_cache_that_does_not_fit_is_refused(desk: Path) -> None:
    cache = ("--visual-cache", "new/cache.safetensors")
    done = vlitqa("chat", "--model", "imagebind_llm", "--preset", "nano", *cache, cwd=desk)
    assert done.returncode == 2
    assert "a visual cache of the width 16, and this model has features of 128." in done.stderr
    done = vlitqa("chat", "--model", "llava", "--preset", "tiny", *cache, cwd=desk)
    assert "llava has no visual cache." in done.stderr
    done = vlitqa("chat", *TINY, "--visual-cache", "tone.png", cwd=desk)
    assert "the visual cache tone.png cannot be read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", *TINY), "nowhere is no folder."),
        (("empty", *TINY), "empty holds no image."),
        (("few", *TINY), "few holds 3 sound images, and a visual cache needs 10."),
        (("few", "--model", "llava", "--preset", "tiny"), "llava has no visual cache."),
        (("few", *TINY, "--output", "weights.safetensors"), "weights.safetensors is there already, and is no visual"),
        (("few", *TINY, "--output", "empty"), "empty is there already"),
    ],
)
def test_a_folder_or_a_target_that_will_not_do_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    photos(tmp_path / "few", 3)
    save_file({"weights": np.zeros(3)}, tmp_path / "weights.safetensors")
    output = () if "--output" in arguments else ("--output", "cache.safetensors")
    done = vlitqa("visual-cache", *arguments, *output, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert not (tmp_path / "cache.safetensors").exists()
