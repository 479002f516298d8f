"""Grounding DINO as transformers loads it: its boxes are those of transformers, and nothing unsafe is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")
pytest.importorskip("torchvision", reason="pip install 'vlitqa[models]'")

import torch
from PIL import Image

from tests.given.scripted_tools import PICTURE
from tests.given.tiny_detectors import TEXT_LENGTH, save_tiny_detector
from vlitqa.backends.detectors.grounding import ground_answer
from vlitqa.backends.detectors.grounding_dino import GroundingDino, load_detector
from vlitqa.backends.parsers.chunks import Chunks
from vlitqa.contracts.tools import Picture
from vlitqa.errors import ToolMissing

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_detector(tmp_path_factory.mktemp("detector") / "dino")


@pytest.fixture(scope="module")
def detector(folder: Path) -> GroundingDino:
    return load_detector(str(folder), threshold=0.0)


def picture(width: int = 80, height: int = 60) -> Picture:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)  # (height, width, 3)
    return replace(PICTURE, width=width, height=height, pixels=pixels)


def test_a_noun_of_one_token_has_the_score_and_the_box_of_transformers(detector: GroundingDino) -> None:
    (detection,) = detector.find(picture(), ["circle"])
    inputs = detector.processor(images=Image.fromarray(picture().pixels), text="circle.", return_tensors="pt")
    with torch.no_grad():
        outputs = detector.model(**inputs)
    scores = outputs.logits[0, :, 1].sigmoid()  # (boxes,)
    (places,) = detector.processor.post_process_grounded_object_detection(
        outputs, threshold=-1.0, target_sizes=[(60, 80)]
    )
    expected = places["boxes"][scores.argmax()].clamp(min=0)  # (4,)
    assert detection is not None
    assert detection.score == pytest.approx(float(scores.max()))
    assert detection.box == pytest.approx(torch.minimum(expected, torch.tensor([80.0, 60.0, 80.0, 60.0])).tolist())


def test_a_noun_of_several_tokens_has_their_mean(detector: GroundingDino) -> None:
    (detection,) = detector.find(picture(), ["dog"])
    inputs = detector.processor(images=Image.fromarray(picture().pixels), text="dog.", return_tensors="pt")
    with torch.no_grad():
        logits = detector.model(**inputs).logits[0]  # (boxes, text length)
    assert inputs["input_ids"].shape == (1, 6), "[CLS] d ##o ##g . [SEP]"
    assert detection is not None
    assert detection.score == pytest.approx(float(logits[:, 1:4].sigmoid().mean(-1).max()))


def test_a_noun_is_found_as_if_it_were_alone(detector: GroundingDino) -> None:
    together = detector.find(picture(), ["circle", "dog", "circle"])
    assert together[:2] == [*detector.find(picture(), ["circle"]), *detector.find(picture(), ["dog"])]
    assert together[2] == together[0]


def test_boxes_are_in_the_pixels_of_the_file_and_inside_it(detector: GroundingDino) -> None:
    (small,), (large,) = (detector.find(shown, ["dog"]) for shown in (picture(), picture(800, 600)))
    assert small is not None
    assert large is not None
    assert large.box == pytest.approx([10 * edge for edge in small.box])
    left, upper, right, lower = large.box
    assert 0 <= left <= right <= 800
    assert 0 <= upper <= lower <= 600


@pytest.mark.parametrize(("height", "width", "places"), [(1, 1, 1), (3, 5, 1), (1, 128, 1), (1, 129, 0), (900, 1, 0)])
def test_a_picture_of_any_size_is_looked_at_unless_it_is_thinner_than_a_pixel(
    detector: GroundingDino, height: int, width: int, places: int
) -> None:
    pixels = np.zeros((height, width, 3), np.uint8)  # (height, width, 3)
    (detection,) = detector.find(replace(PICTURE, width=width, height=height, pixels=pixels), ["circle"])
    assert (detection is not None) == places


def test_what_is_below_the_threshold_or_no_word_of_the_model_is_not_found(detector: GroundingDino) -> None:
    assert replace(detector, threshold=1.1).find(picture(), ["circle"]) == [None]
    assert detector.find(picture(), ["猫", "a" * TEXT_LENGTH, "...", ""]) == [None] * 4


def test_an_answer_is_grounded_by_the_real_parser_and_detector(detector: GroundingDino) -> None:
    grounding = ground_answer("A red circle and a blue square.", [picture()], Chunks().open(), detector)
    assert [noun.noun for noun in grounding.nouns] == ["circle", "square"]
    assert grounding.groundedness == 1
    assert detector.picture_side == 64


def changed_config(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | changes))

    return change


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def cut_off(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (pickled, "has no safetensors"),
        (cut_off, "cannot be loaded"),
        (changed_config(model_type="llava"), "is no Grounding DINO"),
        (changed_config(backbone="resnet50"), "takes its backbone from elsewhere"),
        (changed_config(backbone_config={"model_type": "timm_backbone"}), "takes its backbone_config from elsewhere"),
        (changed_config(text_config={"model_type": "llama"}), "takes its text_config from elsewhere"),
        (changed_config(attn_implementation="someone/kernel"), "asks for the kernel someone/kernel"),
        (changed_config(decoder_layers=3), "the weights of"),
        (lambda folder: (folder / "processor_config.json").unlink(), "has no preprocessor_config.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be read"),
    ],
)
def test_a_folder_that_is_damaged_or_unsafe_is_refused(
    damage: Callable[[Path], None], sentence: str, tmp_path: Path
) -> None:
    folder = save_tiny_detector(tmp_path / "dino")
    damage(folder)
    with pytest.raises(ToolMissing, match=sentence):
        load_detector(str(folder))


def test_a_name_that_is_not_here_is_told_how_to_fetch_it() -> None:
    with pytest.raises(ToolMissing) as error:
        load_detector("nobody/no-such-detector")
    assert error.value.repair.startswith("hf download nobody/no-such-detector")
