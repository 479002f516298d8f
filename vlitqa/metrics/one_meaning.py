"""The cosine from which on an encoder's vectors mean the same, from sentences whose meaning is given.

`wordings.txt` has a line for each of forty statements such as responses make: the statement, another wording of it, and
another statement about the same thing.
"""

from __future__ import annotations

from importlib import resources

import numpy as np

from vlitqa.contracts.tools import Encoder

_TRIED = tuple(percent / 100 for percent in range(1, 100))


def cosine_of_one_meaning(sentences: Encoder) -> float:
    """The cosine that parts wordings of one statement from other statements with as few errors of one kind as of both.

    It depends on the encoder alone, never on the data that are measured.
    """
    lines = (resources.files("vlitqa.metrics") / "wordings.txt").read_text(encoding="utf-8").splitlines()
    statements, wordings, others = zip(*(line.split(" | ") for line in lines), strict=True)
    vectors, again, other = (sentences.encode(texts) for texts in (statements, wordings, others))  # (lines, dimensions)
    same = (vectors * again).sum(axis=1)  # (lines,)
    different = np.concatenate([(vectors * other).sum(axis=1), (again * other).sum(axis=1)])  # (2 lines,)
    return min(_TRIED, key=lambda cosine: max((same < cosine).mean(), (different >= cosine).mean()))
