"""Small files of annotations in COCO's layouts, and the images that they are about."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

IMAGES = [
    {"id": 9, "file_name": "COCO_train2014_000000000009.jpg", "width": 200, "height": 100, "license": 3},
    {"id": 25, "file_name": "COCO_train2014_000000000025.jpg", "width": 100, "height": 100, "license": 1},
    {"id": 30, "file_name": "COCO_train2014_000000000030.jpg", "width": 100, "height": 100, "license": 1},
]
LICENCES = [{"id": 1, "name": "CC BY 2.0"}, {"id": 3, "name": "CC BY-NC 2.0"}]
CATEGORIES = [
    {"id": 1, "name": "person", "supercategory": "person"},
    {"id": 18, "name": "dog", "supercategory": "animal"},
    {"id": 44, "name": "bottle", "supercategory": "kitchen"},
    {"id": 67, "name": "dining table", "supercategory": "furniture"},
]


def write_coco(folder: Path) -> Path:
    """Writes images, captions, instances, attributes, words and questions into a folder."""
    (folder / "train2014").mkdir(parents=True)
    for image in IMAGES:
        Image.new("RGB", (image["width"], image["height"]), "white").save(folder / "train2014" / image["file_name"])
    _write(folder / "captions.json", images=IMAGES, licenses=LICENCES, annotations=_CAPTIONS)
    _write(folder / "instances.json", images=IMAGES, categories=CATEGORIES, annotations=_INSTANCES, licenses=LICENCES)
    _write(
        folder / "attributes.json",
        attributes=[{"id": 1, "name": "sitting"}, {"id": 2, "name": "furry"}],
        ann_vecs={"7": [1.0, 0.4], "8": [0.5, 0.6], "9": [1.0, 1.0]},
        patch_id_to_ann_id={"7": 101, "8": 103},
    )
    _write(folder / "text.json", imgs={"9": {**IMAGES[0], "set": "train"}}, anns=_WORDS, cats={}, imgToAnns={})
    _write(folder / "questions.json", questions=_QUESTIONS)
    _write(folder / "answers.json", annotations=_ANSWERS)
    return folder


def recipe_of(folder: Path, body: str = "", *, strategy: str = "adaption") -> Path:
    """A recipe that joins all of these files."""
    parts = "\n".join(
        f'[[annotations]]\nlayout = "{layout}"\nfile = "{name}.json"\nfolder = "train2014"\n'
        f'licence = "CC BY 4.0"\n{more}'
        for layout, name, more in (
            ("coco-captions", "captions", ""),
            ("coco-instances", "instances", ""),
            ("coco-attributes", "attributes", ""),
            ("coco-text", "text", ""),
            ("vqa", "answers", 'questions = "questions.json"\n'),
        )
    )
    path = folder / "recipe.toml"
    path.write_text(
        f'strategy = "{strategy}"\nname = "coco"\n{body}\n[images]\nfolder = "."\n{parts}', encoding="utf-8"
    )
    return path


def _write(path: Path, **content: object) -> None:
    path.write_text(json.dumps({"info": {"year": 2014}, **content}), encoding="utf-8")


_CAPTIONS = [
    {"id": 1, "image_id": 9, "caption": "A man sits at a table with his dog. "},
    {"id": 2, "image_id": 9, "caption": "a man and a dog"},
    {"id": 3, "image_id": 25, "caption": "Two bottles stand on a table."},
    {"id": 4, "image_id": 30, "caption": "  "},
]
_INSTANCES = [
    {"id": 101, "image_id": 9, "category_id": 1, "bbox": [20, 10, 60, 80], "iscrowd": 0, "segmentation": [[1, 2]]},
    {"id": 102, "image_id": 9, "category_id": 67, "bbox": [0, 50, 200, 50], "iscrowd": 0},
    {"id": 103, "image_id": 9, "category_id": 18, "bbox": [150, 60, 80, 30], "iscrowd": 0},
    {"id": 104, "image_id": 25, "category_id": 44, "bbox": [10, 10, 20, 50], "iscrowd": 0},
    {"id": 105, "image_id": 25, "category_id": 44, "bbox": [50, 10, 20, 50], "iscrowd": 0},
    {"id": 106, "image_id": 25, "category_id": 1, "bbox": [0, 0, 100, 100], "iscrowd": 1},
    {"id": 107, "image_id": 25, "category_id": 99, "bbox": [0, 0, 10, 10], "iscrowd": 0},
]
_WORDS = {
    "1": {"image_id": 9, "utf8_string": "OPEN", "bbox": [10, 10, 40, 20], "legibility": "legible"},
    "2": {"image_id": 9, "utf8_string": "", "bbox": [10, 40, 40, 20], "legibility": "illegible"},
}
_QUESTIONS = [
    {"question_id": 90, "image_id": 9, "question": "Is he woman?"},
    {"question_id": 91, "image_id": 9, "question": "What is on the floor?"},
    {"question_id": 92, "image_id": 25, "question": "How many bottles?"},
    {"question_id": 93, "image_id": 77, "question": "Of an image that no file names?"},
]
_ANSWERS = [
    {
        "question_id": 90,
        "multiple_choice_answer": "no",
        "answers": [{"answer": "no"}, {"answer": "No."}, {"answer": "yes"}],
    },
    {"question_id": 91, "multiple_choice_answer": "dog", "answers": [{"answer": "dog"}, {"answer": "rug"}]},
    {"question_id": 92, "multiple_choice_answer": "2", "answers": []},
    {"question_id": 93, "multiple_choice_answer": "x", "answers": [{"answer": "x"}]},
]
