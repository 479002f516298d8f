"""Real samples of published data, where the checkout has them beside it; they are never copied into the project."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared(name: str) -> Path:
    """The path of a real sample; skips the test where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the real sample {name} is not beside this checkout")
    return path
