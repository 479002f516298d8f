"""Sharpness and perceptual hashes on images made by code, and groups of hashes against brute force."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from tests.given.drawings import file_of, landscape, plain
from tests.vlitqa.algorithms.test_components import smallest_of_component
from vlitqa.algorithms.arrays import Ints
from vlitqa.algorithms.picture_quality import Grey, grey_of, group_near_images, perceptual_hash, sharpness

SEEDS = range(12)


def grey(image: Image.Image) -> Grey:
    return grey_of(np.asarray(image.convert("RGB")))


def differing_bits(left: Image.Image, right: Image.Image) -> int:
    return (perceptual_hash(grey(left)) ^ perceptual_hash(grey(right))).bit_count()


def by_brute_force(hashes: Ints, distance: int) -> list[int]:
    """The first of every hash's group, from all pairs."""
    bits = hashes.view(np.uint64)  # of a negative number numpy counts the bits of its amount
    apart = np.bitwise_count(bits[:, None] ^ bits[None, :])
    return smallest_of_component(len(hashes), np.argwhere(apart <= distance))


def test_luma_weighs_red_green_and_blue_as_bt_601_does() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert grey_of(pixels)[0].tolist() == pytest.approx([76.245, 149.685, 29.07, 255.0], abs=1e-3)


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    # inside the frame the Laplacian is 0, 90, 0 / 90, -360, 90 / 0, 90, 0: mean 0, mean square (4 * 8100 + 129600) / 9
    picture = np.zeros((5, 5), np.float32)
    picture[2, 2] = 90
    assert sharpness(picture) == pytest.approx((4 * 90**2 + 360**2) / 9)


def test_one_colour_has_no_edge_and_a_sliver_has_no_inside() -> None:
    assert sharpness(grey(plain(200))) == 0.0
    assert sharpness(np.arange(20, dtype=np.float32).reshape(2, 10)) == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_blur_makes_an_image_less_sharp_step_by_step(seed: int) -> None:
    image = landscape(seed)
    steps = [sharpness(grey(image.filter(ImageFilter.GaussianBlur(radius)))) for radius in (0, 1, 2, 4)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 3 * steps[-1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scale", [0.4, 0.75, 1.5, 3])
def test_a_rescaled_image_keeps_its_hash_within_two_bits(seed: int, scale: float) -> None:
    image = landscape(seed)
    size = (round(image.width * scale), round(image.height * scale))
    assert differing_bits(image, image.resize(size, Image.Resampling.BICUBIC)) <= 2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("quality", [30, 60, 90])
def test_an_image_saved_again_keeps_its_hash_within_two_bits(seed: int, quality: int) -> None:
    image = landscape(seed)
    with Image.open(BytesIO(file_of(image, "JPEG", quality=quality))) as saved:
        assert differing_bits(image, saved) <= 2


def test_brighter_or_with_less_contrast_it_is_the_same_image() -> None:
    image = landscape(3)
    assert differing_bits(image, image.point(lambda level: round(level * 0.7 + 20))) <= 2


def test_different_images_differ_in_many_bits() -> None:
    hashes = [perceptual_hash(grey(landscape(seed))) for seed in range(40)]
    apart = [(a ^ b).bit_count() for at, a in enumerate(hashes) for b in hashes[:at]]
    assert min(apart) > 10
    assert 28 < np.mean(apart) < 36


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (31, 33), (8, 8)])
def test_a_small_image_has_a_hash_of_64_bits_all_the_same(size: tuple[int, int]) -> None:
    assert 0 <= perceptual_hash(grey(landscape(0, *size))) < 2**64


@settings(deadline=None)  # the first call loads scipy
@given(st.lists(st.integers(0, 2**64 - 1), max_size=30), st.integers(0, 8), st.data())
def test_groups_are_those_of_all_pairs_up_to_64_hashes(values: list[int], distance: int, data: st.DataObject) -> None:
    flips = [data.draw(st.integers(0, 2**64 - 1)) & data.draw(st.integers(0, 2**64 - 1)) for _ in values]
    near = [value ^ (flip & 0x8001_0100_8001_0101) for value, flip in zip(values, flips, strict=True)]
    hashes = np.array(values + near, np.uint64).view(np.int64)
    assert group_near_images(hashes, distance).tolist() == by_brute_force(hashes, distance)


def test_groups_are_those_of_all_pairs_among_thousands_of_spread_hashes() -> None:
    """Guaranteed where no more than 64 distinct hashes agree in one of the bands: here 3,000 over 4,096 values."""
    generator = np.random.default_rng(0)
    values = generator.integers(0, 2**64, 2_000, dtype=np.uint64)
    flips = np.zeros(1_000, np.uint64)
    for _ in range(5):
        flips |= np.uint64(1) << generator.integers(0, 64, 1_000, dtype=np.uint64)
    hashes = np.concatenate([values, values[:1_000] ^ flips]).view(np.int64)
    assert group_near_images(hashes, 4).tolist() == by_brute_force(hashes, 4)
    assert 0 < (group_near_images(hashes, 4) != np.arange(3_000)).sum() < 1_000  # some pairs differ in 5 bits


def test_thousands_of_copies_do_not_hide_a_near_image() -> None:
    hashes = np.array([5] * 3_000 + [4] + [5] * 3_000 + [-1], np.int64)
    groups = group_near_images(hashes, 1)
    assert groups.tolist() == [0] * 6_001 + [6_001]


def test_no_image_makes_no_group() -> None:
    assert group_near_images(np.empty(0, np.int64), 4).tolist() == []
