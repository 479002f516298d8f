"""Questions of the zero-shot suite, read from the files of each set as its makers publish them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from evaluators.benchmarks.data_root import DataRoot, texts_of
from vlitqa.algorithms.counted import counted
from vlitqa.results.exams import ExamQuestion

QuestionReader = Callable[[DataRoot, tuple[str, ...]], list[ExamQuestion]]
_LABEL_QUESTION = "what is written in the image?"
_RECEIPT_QUESTIONS = {
    "company": "what is the name of the company that issued this invoice?",
    "date": "when was this invoice issued?",
    "address": "where was this invoice issued?",
    "total": "what is the total amount of this invoice?",
}
_VALIDATION = 2
"""The number of the validation split of OCR-VQA."""


def read_label_file(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """A line for each image: its name, a space, and the text in it."""
    rows = (line.split(maxsplit=1) for line in root.lines(*files) if line.strip())
    return [
        ExamQuestion(row[0], _LABEL_QUESTION, (row[1].strip() if len(row) > 1 else "",), image=row[0]) for row in rows
    ]


def read_receipts(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """SROIE: a JSON file for each receipt."""

    def questions(path: Path, fields: Any) -> list[ExamQuestion]:
        return [
            ExamQuestion(path.stem, text, (str(fields[name]),), image=path.stem)
            for name, text in _RECEIPT_QUESTIONS.items()
            if name in fields
        ]

    return _read_folder(root, files, "*.txt", questions)


def read_forms(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """FUNSD: every field that is linked to answers, which belong together."""

    def questions(path: Path, content: Any) -> Iterator[ExamQuestion]:
        linked = [field for field in content["form"] if field.get("linking")]
        answers = {field["id"]: field["text"] for field in linked if field["label"] == "answer"}
        for field in linked:
            right = " ".join(text for _, answer in field["linking"] if (text := answers.get(answer)))
            if field["label"] == "question" and right:
                text = f'what is "{field["text"]}" information in the image?'
                yield ExamQuestion(path.stem, text, (right,), image=path.stem)

    return _read_folder(root, files, "*.json", questions)


def read_coco_captions(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """COCO's shape: images, and annotations with their captions."""
    content = root.json(*files)
    captions: defaultdict[Any, list[str]] = defaultdict(list)
    with root.reading(root.find(*files)):
        for annotation in content["annotations"]:
            captions[annotation["image_id"]].append(str(annotation["caption"]))
        names = {image["id"]: str(image.get("file_name", "")) for image in content.get("images", ())}
        return [
            ExamQuestion(str(key), "", tuple(of_image), image=names.get(key, str(key)))
            for key, of_image in captions.items()
        ]


def read_flickr_captions(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """Flickr30k: lines of image, number and caption."""
    captions: defaultdict[str, list[str]] = defaultdict(list)
    with root.reading(root.find(*files)):
        for line in root.lines(*files):
            if line:
                name, caption = line.split("\t")
                captions[name.rpartition("#")[0]].append(caption)
    return [ExamQuestion(name, "", tuple(of_image), image=name) for name, of_image in captions.items()]


def list_reader(key: str, image: Callable[[Mapping[str, Any]], str]) -> QuestionReader:
    """Reads a list under `data`, of questions with their answers."""

    def read(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
        content = root.json(*files)
        with root.reading(root.find(*files)):
            return [
                ExamQuestion(str(row[key]), str(row["question"]), texts_of(row["answers"]), image=image(row))
                for row in content["data"]
            ]

    return read


def read_books(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """OCR-VQA: several questions for each cover; those of the validation split."""
    content = root.json(*files)
    with root.reading(root.find(*files)):
        return [
            ExamQuestion(key, str(text), (str(right),), image=str(book["imageURL"]).rpartition("/")[2])
            for key, book in content.items()
            if book["split"] == _VALIDATION
            for text, right in zip(book["questions"], book["answers"], strict=True)
        ]


def read_vqa(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """VQA's shape: questions in one file, ten answers to each in another."""
    questions, annotations = root.json(files[0]), root.json(files[1])
    with root.reading(root.find(files[0])):
        texts = {question["question_id"]: str(question["question"]) for question in questions["questions"]}
    with root.reading(root.find(files[1])):
        return [
            ExamQuestion(
                str(row["question_id"]),
                texts[row["question_id"]],
                texts_of(row["answers"]),
                image=f"COCO_val2014_{row['image_id']:012d}",
            )
            for row in annotations["annotations"]
        ]


def read_scenes(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """GQA: an object of questions by their ids."""
    content = root.json(*files)
    with root.reading(root.find(*files)):
        return [
            ExamQuestion(key, str(row["question"]), (str(row["answer"]),), image=str(row["imageId"]))
            for key, row in content.items()
        ]


def read_dialogs(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """Visual Dialog: ten rounds about each image, a hundred answers to choose from in each."""
    content = root.json(*files)
    with root.reading(root.find(*files)):
        data = content["data"]
        return [
            _choice(
                f"{dialog['image_id']} {number}",
                str(data["questions"][turn["question"]]),
                [data["answers"][place] for place in turn["answer_options"]],
                turn["gt_index"],
                image=f"VisualDialog_val2018_{dialog['image_id']:012d}",
            )
            for dialog in data["dialogs"]
            for number, turn in enumerate(dialog["dialog"], 1)
        ]


def read_icons(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """IconQA: a folder for each question."""

    def questions(path: Path, row: Any) -> list[ExamQuestion]:
        key = path.parent.name
        return [_choice(key, row["question"], row["choices"], row["answer"], image=f"{key}/image.png")]

    return _read_folder(root, files, "*/data.json", questions)


def read_statements(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """VSR: captions that are right or wrong of an image."""
    questions = []
    with root.reading(root.find(*files)):
        for number, line in enumerate(root.lines(*files)):
            if line.strip():
                row = orjson.loads(line)
                text = f"Is the following caption right? {row['caption']}"
                questions.append(_choice(str(number), text, ("No", "Yes"), row["label"], image=row["image"]))
    return questions


def read_lessons(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """ScienceQA: all problems in one file, the keys of the test in another; those with an image."""
    problems, splits = root.json(files[0]), root.json(files[1])
    with root.reading(root.find(files[1])):
        keys = [str(key) for key in splits["test"]]
    with root.reading(root.find(files[0])):
        return [
            _choice(key, row["question"], row["choices"], row["answer"], image=f"{key}/image.png")
            for key in keys
            if (row := problems[key])["image"]
        ]


def read_grounded(root: DataRoot, files: tuple[str, ...]) -> list[ExamQuestion]:
    """VizWiz: an object of questions by their images."""
    content = root.json(*files)
    with root.reading(root.find(*files)):
        return [
            ExamQuestion(name, str(row["question"]), texts_of(row["answers"]), image=name)
            for name, row in content.items()
        ]


def _choice(key: str, text: str, options: Iterable[object], right: int, *, image: str) -> ExamQuestion:
    choices = tuple(map(str, options))
    if not 0 <= right < len(choices):
        raise ValueError(f"{right} is no place of {counted(len(choices), 'option')}")
    return ExamQuestion(key, str(text), (choices[right],), image=image, options=choices, right_option=int(right))


def _read_folder(
    root: DataRoot, files: tuple[str, ...], pattern: str, questions: Callable[[Path, Any], Iterable[ExamQuestion]]
) -> list[ExamQuestion]:
    """The questions of all JSON files of a folder, in the order of their names."""
    of_all_files: list[ExamQuestion] = []
    for path in sorted(root.find(*files).glob(pattern)):
        with root.reading(path):
            of_all_files += questions(path, orjson.loads(root.content(path)))
    return of_all_files
