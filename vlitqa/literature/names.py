"""Names of datasets and models, which papers write in several ways."""

from __future__ import annotations

import re

_JOINTS = re.compile(r"[-_\s]")


def folded(name: str) -> str:
    """A name without what its spellings differ in: case, `-`, `_` and blanks."""
    return _JOINTS.sub("", name.casefold())
