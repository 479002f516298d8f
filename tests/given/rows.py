"""A sound row, and files of rows."""

from __future__ import annotations

import json
from pathlib import Path

GOOD = {"id": "a", "conversations": [{"from": "human", "value": "Hello?"}, {"from": "gpt", "value": "Good day."}]}


def written(path: Path, *rows: object) -> Path:
    """The file, with one row a line; a text is written as it is."""
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path
