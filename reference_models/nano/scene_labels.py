"""What a scene shows, place by place, in numbers: what one vector has to tell of a whole picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vlitqa.shapes.scenes import BACKGROUNDS, COLOURS, CONTACTS, FILLS, PLACES, SHAPES, SIGN_WORDS, SIZES, Scene, Thing

_LOOKS: Mapping[str, tuple[str, ...]] = {"shape": SHAPES, "colour": COLOURS, "size": tuple(SIZES), "fill": FILLS}
_WHOLE: Mapping[str, tuple[str, ...]] = {
    "background": BACKGROUNDS,
    "contact": CONTACTS,
    "word": SIGN_WORDS,
    "place of the sign": PLACES,
    "inner shape": SHAPES,
    "inner colour": COLOURS,
}
LABEL_CLASSES = [*_LOOKS.values()] * len(PLACES) + [*_WHOLE.values()]
"""The names of the classes of each label."""
CLASS_COUNTS = [1 + len(classes) for classes in LABEL_CLASSES]
"""The numbers of them, with the one for what is not there."""
QUERY_OF_LABEL = [place for place in range(len(PLACES)) for _ in _LOOKS] + [len(PLACES) + n for n in range(len(_WHOLE))]
"""The query that tells each label: one for each place, and one for each label of the whole."""


def scene_labels(scene: Scene) -> NDArray[np.int64]:
    """The look of what stands in each place, and then of the whole; counted from 1, and 0 for nothing.  # (labels,)"""
    by_place: dict[str, list[Thing]] = {}
    for thing in sorted(scene.things, key=lambda thing: -thing.radius):
        by_place.setdefault(thing.place, []).append(thing)
    labels = [
        1 + classes.index(getattr(by_place[place][0], look)) if place in by_place else 0
        for place in PLACES
        for look, classes in _LOOKS.items()
    ]
    inner = next((things[1] for things in by_place.values() if len(things) > 1), None)
    whole = {
        "background": scene.background,
        "contact": scene.contact.kind if scene.contact else None,
        "word": scene.sign.word if scene.sign else None,
        "place of the sign": scene.sign.place if scene.sign else None,
        "inner shape": inner.shape if inner else None,
        "inner colour": inner.colour if inner else None,
    }
    labels += [1 + classes.index(name) if (name := whole[label]) else 0 for label, classes in _WHOLE.items()]
    return np.array(labels, np.int64)
