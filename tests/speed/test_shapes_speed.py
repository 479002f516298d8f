"""How many scenes of the shapes world are made and drawn in a second: `make speed`."""

from __future__ import annotations

import pytest

from tests.speed.test_speed import best_of, show
from vlitqa.shapes.drawing import SMALL, draw_scene
from vlitqa.shapes.scenes import scene_of

pytestmark = pytest.mark.speed
SCENES = 2_000


def test_two_thousand_scenes_a_second() -> None:
    (taken,) = best_of(3, lambda: [draw_scene(scene_of(0, number), SMALL) for number in range(SCENES)])
    show(
        "scenes of the shapes world on one core", (f"of {SMALL} px a second, at least 2,000", f"{SCENES / taken:,.0f}")
    )
    assert SCENES / taken >= 2_000
