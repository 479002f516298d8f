"""Questions of the zero-shot suite, read from the files of each set as its makers publish them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from evaluators.benchmarks.data_root import DataRoot, texts
from vlitqa.results.exams import ExamQuestion

Read = Callable[[DataRoot, tuple[str, ...]], list[ExamQuestion]]
_READ_TEXT = "what is written in the image?"
_ASKED_OF_RECEIPTS = {
    "company": "what is the name of the company that issued this invoice?",
    "date": "when was this invoice issued?",
    "address": "where was this invoice issued?",
    "total": "what is the total amount of this invoice?",
}
_VALIDATION = 2
"""Of OCR-VQA's splits."""


def labels(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """A line for each image: its name, a space, and what is written in it."""
    rows = (line.split(maxsplit=1) for line in root.lines(*files) if line.strip())
    return [ExamQuestion(row[0], _READ_TEXT, (row[1].strip() if len(row) > 1 else "",), image=row[0]) for row in rows]


def receipts(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """SROIE: a JSON file for each receipt."""

    def fields(path: Path, known: Any) -> list[ExamQuestion]:
        return [
            ExamQuestion(path.stem, asked, (str(known[name]),), image=path.stem)
            for name, asked in _ASKED_OF_RECEIPTS.items()
            if name in known
        ]

    return _each(root, files, "*.txt", fields)


def forms(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """FUNSD: every field that is linked to answers, which belong together."""

    def fields(path: Path, whole: Any) -> Iterator[ExamQuestion]:
        linked = [each for each in whole["form"] if each.get("linking")]
        answers = {each["id"]: each["text"] for each in linked if each["label"] == "answer"}
        for field in linked:
            right = " ".join(text for _, to in field["linking"] if (text := answers.get(to)))
            if field["label"] == "question" and right:
                asked = f'what is "{field["text"]}" information in the image?'
                yield ExamQuestion(path.stem, asked, (right,), image=path.stem)

    return _each(root, files, "*.json", fields)


def coco_captions(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """COCO's shape: images, and annotations with their captions."""
    whole = root.json(*files)
    captions: defaultdict[Any, list[str]] = defaultdict(list)
    with root.reading(root.find(*files)):
        for each in whole["annotations"]:
            captions[each["image_id"]].append(str(each["caption"]))
        names = {each["id"]: str(each.get("file_name", "")) for each in whole.get("images", ())}
        return [
            ExamQuestion(str(key), "", tuple(known), image=names.get(key, str(key))) for key, known in captions.items()
        ]


def flickr_captions(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """Flickr30k: lines of image, number and caption."""
    captions: defaultdict[str, list[str]] = defaultdict(list)
    with root.reading(root.find(*files)):
        for line in root.lines(*files):
            if not line:
                continue
            name, caption = line.split("\t")
            captions[name.rpartition("#")[0]].append(caption)
    return [ExamQuestion(name, "", tuple(known), image=name) for name, known in captions.items()]


def listed(key: str, image: Callable[[Mapping[str, Any]], str]) -> Read:
    """A list under `data`, of questions with their answers."""

    def read(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
        whole = root.json(*files)
        with root.reading(root.find(*files)):
            return [
                ExamQuestion(str(row[key]), str(row["question"]), texts(row["answers"]), image=image(row))
                for row in whole["data"]
            ]

    return read


def books(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """OCR-VQA: several questions for each cover; those of the validation split."""
    whole = root.json(*files)
    with root.reading(root.find(*files)):
        return [
            ExamQuestion(key, str(asked), (str(right),), image=str(book["imageURL"]).rpartition("/")[2])
            for key, book in whole.items()
            if book["split"] == _VALIDATION
            for asked, right in zip(book["questions"], book["answers"], strict=True)
        ]


def vqa(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """VQA's shape: questions in one file, ten answers to each in another."""
    asked, known = root.json(files[0]), root.json(files[1])
    with root.reading(root.find(files[0])):
        questions = {each["question_id"]: str(each["question"]) for each in asked["questions"]}
    with root.reading(root.find(files[1])):
        return [
            ExamQuestion(
                str(each["question_id"]),
                questions[each["question_id"]],
                texts(each["answers"]),
                image=f"COCO_val2014_{each['image_id']:012d}",
            )
            for each in known["annotations"]
        ]


def scenes(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """GQA: an object of questions by their ids."""
    whole = root.json(*files)
    with root.reading(root.find(*files)):
        return [
            ExamQuestion(key, str(row["question"]), (str(row["answer"]),), image=str(row["imageId"]))
            for key, row in whole.items()
        ]


def dialogs(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """Visual Dialog: ten rounds about each image, a hundred answers to choose from in each."""
    whole = root.json(*files)
    with root.reading(root.find(*files)):
        data = whole["data"]
        return [
            _choice(
                f"{dialog['image_id']} {number}",
                str(data["questions"][turn["question"]]),
                [data["answers"][each] for each in turn["answer_options"]],
                turn["gt_index"],
                f"VisualDialog_val2018_{dialog['image_id']:012d}",
            )
            for dialog in data["dialogs"]
            for number, turn in enumerate(dialog["dialog"], 1)
        ]


def icons(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """IconQA: a folder for each question."""

    def one(path: Path, row: Any) -> list[ExamQuestion]:
        key = path.parent.name
        return [_choice(key, row["question"], row["choices"], row["answer"], f"{key}/image.png")]

    return _each(root, files, "*/data.json", one)


def statements(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """VSR: captions that are right or wrong of an image."""
    path = root.find(*files)
    found = []
    with root.reading(path):
        for number, line in enumerate(root.lines(*files)):
            if line.strip():
                row = orjson.loads(line)
                asked = f"Is the following caption right? {row['caption']}"
                found.append(_choice(str(number), asked, ("No", "Yes"), row["label"], row["image"]))
    return found


def lessons(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """ScienceQA: all problems in one file, and which belong to the test in another; those with an image."""
    problems, splits = root.json(files[0]), root.json(files[1])
    with root.reading(root.find(files[1])):
        keys = [str(key) for key in splits["test"]]
    with root.reading(root.find(files[0])):
        return [
            _choice(key, row["question"], row["choices"], row["answer"], f"{key}/image.png")
            for key in keys
            if (row := problems[key])["image"]
        ]


def grounded(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """VizWiz: an object of questions by their images."""
    whole = root.json(*files)
    with root.reading(root.find(*files)):
        return [
            ExamQuestion(name, str(row["question"]), texts(row["answers"]), image=name) for name, row in whole.items()
        ]


def _choice(key: str, asked: str, options: Any, right: int, image: str) -> ExamQuestion:
    choices = tuple(map(str, options))
    if not 0 <= right < len(choices):
        raise ValueError(f"{right} is no place of {len(choices)} options")
    return ExamQuestion(key, str(asked), (choices[right],), image=image, options=choices, right_option=int(right))


def _each(
    root: DataRoot, files: tuple[str, ...], pattern: str, make: Callable[[Path, Any], Iterable[ExamQuestion]]
) -> list[ExamQuestion]:
    """The questions of all JSON files of a folder, in the order of their names."""
    found: list[ExamQuestion] = []
    for path in sorted(root.find(*files).glob(pattern)):
        with root.reading(path):
            found += make(path, orjson.loads(path.read_bytes()))
    return found
