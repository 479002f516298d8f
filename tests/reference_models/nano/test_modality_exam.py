"""What the nano ImageBind-LLM learned of pictures it knows of depth maps and tones, as far as these can tell it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="pip install 'vlitqa[models]'")

from reference_models.catalogue import choose_model
from reference_models.imagebind_llm.model import ImageBindLlm
from reference_models.nano.modality_exam import (
    CAPTION_ATTRIBUTES,
    Condition,
    cache_of_training_pictures,
    changed_scenes,
    exam_scenes,
    right_by_attribute,
)
from vlitqa.shapes.annotations import caption_of

pytestmark = pytest.mark.model
COUNT, CHANCE = 30, 0.25


@pytest.fixture(scope="module")
def model() -> ImageBindLlm:
    opened = choose_model("imagebind_llm", "nano").open()
    assert isinstance(opened, ImageBindLlm)
    return opened


@pytest.fixture(scope="module")
def right(model: ImageBindLlm) -> Mapping[str, Mapping[str, int]]:
    """By what is given, the number of captions that are chosen."""
    conditions = [Condition(()), Condition(("depth",)), Condition(("audio",)), Condition(("depth", "audio"))]
    return {condition.name: right_by_attribute(model, condition, COUNT) for condition in conditions}


def test_a_depth_map_tells_shapes_and_places_and_tones_tell_colours_and_places(
    right: Mapping[str, Mapping[str, int]],
) -> None:
    for name, visible in {"depth": ("shape", "place"), "audio": ("colour", "place"), "nothing": ()}.items():
        for attribute in CAPTION_ATTRIBUTES:
            share = right[name][attribute] / COUNT
            assert share > 2 * CHANCE if attribute in visible else share < 1.9 * CHANCE, (name, attribute)


def test_a_mixture_tells_more_than_either(right: Mapping[str, Mapping[str, int]]) -> None:
    sums = {name: sum(by_attribute.values()) for name, by_attribute in right.items()}
    assert sums["depth and audio"] > max(sums["depth"], sums["audio"]) > sums["nothing"]


def test_the_visual_cache_brings_depth_closer_to_places(
    model: ImageBindLlm, right: Mapping[str, Mapping[str, int]]
) -> None:
    cached = replace(model, visual_cache=cache_of_training_pictures(model, 1_024))
    with_cache = right_by_attribute(cached, Condition(("depth",), is_cached=True), COUNT)
    assert with_cache["place"] >= right["depth"]["place"]


def test_wrong_captions_differ_in_one_attribute_of_one_thing() -> None:
    dice = random.Random(0)
    for scene in exam_scenes(50):
        for attribute in CAPTION_ATTRIBUTES:
            others = changed_scenes(scene, attribute, dice)
            assert len({caption_of(other) for other in (scene, *others)}) == 4
            for other in others:
                (before,) = set(scene.things) - set(other.things)
                (after,) = set(other.things) - set(scene.things)
                differing = {name for name in CAPTION_ATTRIBUTES if getattr(before, name) != getattr(after, name)}
                assert differing == {attribute}
