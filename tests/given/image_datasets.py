"""A dataset with images, written by code: the same bytes for the same numbers."""

from __future__ import annotations

import json
from pathlib import Path

from tests.given.drawings import file_of, landscape

WORDS = "a dog sees the red cat under some large tree near water while two people walk over green grass"


def write_dataset(folder: Path, *, rows: int, images: int) -> Path:
    """`data.jsonl` in LLaVA's format with its images; some rows and images are broken."""
    (folder / "images").mkdir(parents=True)
    for number in range(images):
        content = file_of(landscape(number, 64, 48), "JPEG", quality=80)
        broken = content[: len(content) // 2] if number % 10 == 9 else content
        (folder / "images" / f"{number}.jpg").write_bytes(broken)
    path = folder / "data.jsonl"
    path.write_text("".join(_line(number, images) for number in range(rows)))
    return path


def _line(number: int, images: int) -> str:
    if number % 97 == 50:
        return "this is no JSON\n"
    words = WORDS.split()
    sentence = " ".join(words[(number * step) % len(words)] for step in (1, 3, 5, 7, 11))
    conversations = [
        {"from": "human", "value": f"<image>\nWhat does picture {number} show?"},
        {"from": "gpt", "value": f"In number {number // 2} {sentence}."},
    ]
    image = f"{number % images}.jpg" if number % 29 else "nowhere.jpg"
    return json.dumps({"id": f"row-{number}", "image": image, "conversations": conversations}) + "\n"
