"""The files of every benchmark in small, as their makers publish them, and answers that are all right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from evaluators.benchmarks.catalogue import BENCHMARKS, load_benchmark
from evaluators.benchmarks.mme import SUBTASKS
from evaluators.benchmarks.zero_shot.sets import KINDS, SETS
from vlitqa.contracts import Benchmark
from vlitqa.results.exams import ExamAnswer, ExamQuestion

WITH_FILES = tuple(name for name in BENCHMARKS if name not in KINDS or name == "caption")
_VQA = "VQA_Datasets"


def write_exams(root: Path) -> Path:
    """The files of all benchmarks, two or more questions in each."""
    _write_seed(root)
    for subtask in SUBTASKS:
        _texts(root / subtask, {f"{place}.txt": f"Is it {place}?\tYes\nIs it not {place}?\tNo\n" for place in range(2)})
    for name, exam_set in SETS.items():
        if name in ("iiit5k", "svt", "ic13", "ic15", "svtp", "cute80", "coco-text", "total-text", "wordart", "ctw"):
            _texts(root, {exam_set.files[0]: f"{name}/1.png STOP\n{name}/2.png Café\n"})
        if name in ("host", "wost"):
            _texts(root, {exam_set.files[0]: f"{name}/1.png two words\n{name}/2.png EXIT\n"})
    _write_documents(root)
    _write_captions(root)
    _write_questions(root)
    _write_choices(root)
    return root


def right_answer(exam: Benchmark, question: ExamQuestion) -> ExamAnswer:
    """The answer that must get the full mark."""
    ranks = tuple(float(place == question.right_option) for place in range(len(question.options)))
    return ExamAnswer(question.key, question.references[0], ranks if exam.card.name == "visdial" else ())


def every_exam(root: Path) -> Sequence[Benchmark]:
    """Every benchmark that has files, by each of its rule sets."""
    return [
        load_benchmark(name, rules, root) for name in WITH_FILES for rules in load_benchmark(name, root=root).card.rules
    ]


def _texts(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _json(root: Path, name: str, content: object) -> None:
    _texts(root, {name: json.dumps(content)})


def _write_seed(root: Path) -> None:
    rows = [
        {
            "answer": "ABCD"[place % 4],
            **{f"choice_{letter}": f"{letter} of {place}" for letter in "abcd"},
            "data_id": f"{place}_1",
            "data_type": "image" if place < 4 else "video",
            "question": f"Which of {place}?",
            "question_id": str(place) if place < 4 else f"v{place}",
            "question_type_id": 4 if place % 2 else 3,
        }
        for place in range(6)
    ]
    _json(
        root,
        "SEED-Bench.json",
        {"question_type": {"Instance Location": 3, "Instance Attributes": 4}, "questions": rows},
    )


def _write_documents(root: Path) -> None:
    receipt = {"company": "TAN WOON YANN", "date": "25/12/2018", "address": "NO 1, JALAN 2", "total": "9.00"}
    folder = "KIE_Datasets/SROIE/gt_answers"
    _texts(root, {f"{folder}/{place}.txt": json.dumps(receipt) for place in range(2)})
    form = [
        {"id": 0, "text": "TO:", "label": "question", "linking": [[0, 1], [0, 2]]},
        {"id": 1, "text": "Ann", "label": "answer", "linking": [[0, 1]]},
        {"id": 2, "text": "Lee", "label": "answer", "linking": [[0, 2]]},
        {"id": 3, "text": "DATE:", "label": "question", "linking": [[3, 4]]},
        {"id": 4, "text": "May 3", "label": "answer", "linking": [[3, 4]]},
        {"id": 5, "text": "nothing", "label": "question", "linking": []},
        {"id": 6, "text": "FAX", "label": "header", "linking": []},
    ]
    _json(root, "KIE_Datasets/FUNSD/testing_data/annotations/7.json", {"form": form})


def _write_captions(root: Path) -> None:
    captions = {0: ("A dog runs.", "The dog is running"), 1: ("Two men (and a boat).", "Men in a boat")}
    coco = {
        "images": [{"id": key, "file_name": f"{key}.jpg"} for key in captions],
        "annotations": [{"image_id": key, "caption": caption} for key, both in captions.items() for caption in both],
    }
    _json(root, "captions.json", coco)
    _json(root, "Caption_Datasets/NoCaps/nocaps_val_4500_captions.json", coco)
    lines = [
        f"{key}.jpg#{number}\t{caption}\n" for key, both in captions.items() for number, caption in enumerate(both)
    ]
    _texts(root, {"Caption_Datasets/Flickr_30k/results_20130124.token": "".join(lines)})


def _write_questions(root: Path) -> None:
    ten = ["stop"] * 10
    both = (
        {"question": "What does it say?", "answers": ten},
        {"question": "What time is it?", "answers": ["noon"] * 10},
    )
    _json(
        root,
        f"{_VQA}/DocVQA/val/val_v1.0.json",
        {"data": [{**row, "questionId": place, "image": f"documents/{place}.png"} for place, row in enumerate(both)]},
    )
    _json(
        root,
        f"{_VQA}/TextVQA/TextVQA_0.5.1_val.json",
        {"data": [{**row, "question_id": place, "image_id": f"i{place}"} for place, row in enumerate(both)]},
    )
    _json(
        root,
        f"{_VQA}/STVQA/train_task_3.json",
        {
            "data": [
                {**row, "question_id": place, "dataset": "coco", "file_name": f"{place}.jpg"}
                for place, row in enumerate(both)
            ]
        },
    )
    _json(root, f"{_VQA}/VizWiz/val_grounding.json", {f"VizWiz_{place}.jpg": row for place, row in enumerate(both)})
    book = {"imageURL": "http://x/1.jpg", "questions": ["Who wrote it?", "What is it?"], "answers": ["Ann", "A novel"]}
    _json(root, f"{_VQA}/OCRVQA/dataset.json", {"b1": {**book, "split": 2}, "b2": {**book, "split": 1}})
    ids = [{"question_id": place, "image_id": place, "question": row["question"]} for place, row in enumerate(both)]
    _json(root, f"{_VQA}/OKVQA/OpenEnded_mscoco_val2014_questions.json", {"questions": ids})
    _json(
        root,
        f"{_VQA}/OKVQA/mscoco_val2014_annotations.json",
        {
            "annotations": [
                {"question_id": place, "image_id": place, "answers": [{"answer": answer} for answer in row["answers"]]}
                for place, row in enumerate(both)
            ]
        },
    )
    _json(
        root,
        f"{_VQA}/GQA/questions/testdev_balanced_questions.json",
        {
            str(place): {"imageId": f"n{place}", "question": row["question"], "answer": row["answers"][0]}
            for place, row in enumerate(both)
        },
    )
    turns = [
        {"question": 0, "answer": 2, "answer_options": [0, 1, 2], "gt_index": 2},
        {"question": 1, "answer": 1, "answer_options": [1, 0, 2], "gt_index": 0},
    ]
    _json(
        root,
        f"{_VQA}/Visdial/visdial_1.0_val.json",
        {
            "data": {
                "questions": ["is it red", "is it big"],
                "answers": ["no", "a cat", "yes"],
                "dialogs": [{"image_id": 42, "caption": "a cat", "dialog": turns}],
            }
        },
    )


def _write_choices(root: Path) -> None:
    for place in range(2):
        _json(
            root,
            f"{_VQA}/IconQA/dataset/test/choose_txt/{place}/data.json",
            {"question": f"How many {place}?", "choices": ["3", "5"], "answer": place},
        )
    _texts(
        root,
        {
            f"{_VQA}/VSR/all_vsr_validated_data.jsonl": "".join(
                json.dumps({"image": f"{place}.jpg", "caption": f"It is {place}.", "label": place}) + "\n"
                for place in range(2)
            )
        },
    )
    problems = {
        str(place): {
            "question": f"Which {place}?",
            "choices": ["iron", "wood", "glass"],
            "answer": place,
            "image": "image.png" if place < 2 else None,
        }
        for place in range(3)
    }
    _json(root, f"{_VQA}/ScienceQA/problems.json", problems)
    _json(root, f"{_VQA}/ScienceQA/pid_splits.json", {"test": ["0", "1", "2"], "train": []})
