"""Topics of pictures: those of one topic have alike captions, though no caption was read."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from vlitqa.annotated_images.scenes import annotated_scenes
from vlitqa.backends.profiles import choose_tools, read_profile
from vlitqa.backends.toolbox import Toolbox
from vlitqa.construction.recipe import Recipe
from vlitqa.construction.recipe_parts import TextBindPart
from vlitqa.construction.topic_images import sort_into_topics
from vlitqa.shapes.files import Studio

SCENES = range(300)


def test_captions_of_one_topic_are_five_times_as_alike_as_captions_at_random(tmp_path: Path) -> None:
    Studio(folder=tmp_path, seed=3, side=64).draw(SCENES, "images")
    (tmp_path / "vlitqa.toml").write_text('profile = "shapes"\n', encoding="utf-8")
    images = list(annotated_scenes(3, SCENES, 64))
    (choice,) = choose_tools(read_profile(tmp_path), ("matcher",))
    captions = Toolbox((), (choice,)).open().matcher.texts([image.captions[-1].text for image in images])
    place_of = {image.file: place for place, image in enumerate(images)}
    cosines = captions @ captions.T  # (images, images)
    at_random = (cosines.sum() - np.trace(cosines)) / (len(images) * (len(images) - 1))

    recipe = Recipe(strategy="textbind", textbind=TextBindPart(topics=16, matching="off"))
    sorted_images = sort_into_topics(images, recipe, tmp_path)
    within_topics = [
        cosines[place_of[first.file], place_of[second.file]]
        for number in range(400)
        for first, second in combinations(
            [sorted_images.images[place] for place in sorted_images.topics.draw(0, number)[1]], 2
        )
    ]
    assert at_random == pytest.approx(0.03, abs=0.03)
    assert np.mean(within_topics) > 5 * at_random
