"""Draws the dozen rows of `drawings.jsonl` and their images: `python examples/draw.py`.

Four rows are broken on purpose, so that `vlitqa check` has something to say.
"""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent
SIDE = 96
COLOURS = {"red": "#c0392b", "green": "#27ae60", "blue": "#2980b9", "yellow": "#f1c40f", "purple": "#8e44ad"}
BACKGROUNDS = {"white": "#fdfefe", "grey": "#bdc3c7", "black": "#17202a"}
SCENES = (
    ("red", "circle", "white"),
    ("green", "square", "grey"),
    ("blue", "triangle", "white"),
    ("yellow", "circle", "black"),
    ("purple", "square", "white"),
    ("red", "triangle", "grey"),
    ("blue", "circle", "black"),
    ("green", "triangle", "white"),
)


def drawing(colour: str, shape: str, background: str) -> Image.Image:
    """One shape in the middle of a plain background."""
    image = Image.new("RGB", (SIDE, SIDE), BACKGROUNDS[background])
    pen = ImageDraw.Draw(image)
    box = (SIDE // 4, SIDE // 4, 3 * SIDE // 4, 3 * SIDE // 4)
    if shape == "circle":
        pen.ellipse(box, fill=COLOURS[colour])
    elif shape == "square":
        pen.rectangle(box, fill=COLOURS[colour])
    else:
        pen.polygon(((SIDE // 2, box[1]), (box[0], box[3]), (box[2], box[3])), fill=COLOURS[colour])
    return image


def row(name: str, image: str | None, *turns: str) -> dict[str, object]:
    """A row in LLaVA's format; turns alternate between human and gpt."""
    said = [{"from": "human" if place % 2 == 0 else "gpt", "value": text} for place, text in enumerate(turns)]
    return {"id": name, **({"image": image} if image else {}), "conversations": said}


def rows() -> list[dict[str, object]]:
    """Eight sound rows and four broken ones."""
    made = []
    for place, (colour, shape, background) in enumerate(SCENES):
        image = f"images/{colour}_{shape}.png"
        made.append(
            row(
                f"drawing-{place + 1}",
                image,
                f"<image>\nWhat is drawn on the {background} background?",
                f"A {colour} {shape} stands in the middle of a {background} background.",
                "Does anything else appear?",
                f"No, the {shape} is alone.",
            )
        )
    again = made[2]
    made.append({**again, "id": "copy-of-drawing-3"})
    made.append(row("no-such-image", "images/orange_star.png", "<image>\nWhich colour is the star?", "Orange."))
    made.append(row("two-marks", "images/red_circle.png", "<image>\n<image>\nCompare both circles.", "Both are red."))
    made.append(row("no-answer", "images/blue_circle.png", "<image>\nHow many circles are there?", ""))
    return made


def main() -> None:
    """Draws the images and writes the rows."""
    (HERE / "images").mkdir(exist_ok=True)
    for colour, shape, background in SCENES:
        drawing(colour, shape, background).save(HERE / "images" / f"{colour}_{shape}.png", optimize=True)
    lines = "".join(json.dumps(each) + "\n" for each in rows())
    (HERE / "drawings.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
