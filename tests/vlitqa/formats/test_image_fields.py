"""Every way in which a row of the field names its images, or carries them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.given.golden_rows import PIXEL, PIXEL_ADDRESS
from vlitqa.catalogue import load_format
from vlitqa.errors import RejectedRecord
from vlitqa.records import NOWHERE, ImageRef, Record


def _read(image: Any) -> Record:
    messages = [{"from": "human", "value": "What?"}]
    return load_format("llava").read({"image": image, "conversations": messages}, place=NOWHERE)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        ("a.jpg", (ImageRef("a.jpg"),)),
        (["a.jpg", "b.jpg"], (ImageRef("a.jpg"), ImageRef("b.jpg"))),
        (17, (ImageRef("17"),)),
        (PIXEL, (ImageRef(data=PIXEL),)),
        (PIXEL_ADDRESS, (ImageRef(data=PIXEL),)),
        ({"bytes": PIXEL, "path": "a.gif"}, (ImageRef("a.gif", PIXEL),)),
        ({"bytes": PIXEL, "path": None}, (ImageRef("", PIXEL),)),
        ([{"bytes": None, "path": "a.gif"}], (ImageRef("a.gif"),)),
        ({"url": "https://example.org/a.jpg"}, (ImageRef("https://example.org/a.jpg"),)),
        ({"image_url": {"url": PIXEL_ADDRESS}}, (ImageRef(data=PIXEL),)),
    ],
)
def test_an_image_may_be_a_name_bytes_an_address_or_an_object(image: Any, expected: tuple[ImageRef, ...]) -> None:
    assert _read(image).images == expected


@pytest.mark.parametrize(
    ("image", "code", "field"),
    [
        (True, "wrong_type", "image"),
        (1.5, "wrong_type", "image"),
        (["a.jpg", False], "wrong_type", "image[1]"),
        ({}, "missing_field", "image"),
        ([{"width": 3}], "missing_field", "image[0]"),
        ("data:image/png;base64,???", "bad_base64", "image"),
        ("data:text/plain,hello", "bad_base64", "image"),
    ],
)
def test_what_is_no_image_rejects_the_row(image: Any, code: str, field: str) -> None:
    with pytest.raises(RejectedRecord) as caught:
        _read(image)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_llava_rows_may_name_their_images_in_the_plural() -> None:
    record = load_format("llava").read({"images": ["a.jpg"], "conversations": []}, place=NOWHERE)
    assert record.images == (ImageRef("a.jpg"),)
