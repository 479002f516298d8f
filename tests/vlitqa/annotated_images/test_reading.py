"""Annotations in every layout are read, joined by image and described; what is wrong is said in a sentence."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from tests.given.coco_files import write_coco
from vlitqa.annotated_images.answers import agreed_answer
from vlitqa.annotated_images.describing import describe_as_printed, describe_plainly
from vlitqa.annotated_images.image import (
    AnnotatedImage,
    AnnotatedImages,
    Caption,
    ImageObject,
    ImageQuestion,
    WrittenWord,
)
from vlitqa.annotated_images.joining import read_annotated_images
from vlitqa.annotated_images.lines import write_annotated_lines
from vlitqa.annotated_images.pairs import embedded_images
from vlitqa.annotated_images.parts import AnnotationFile
from vlitqa.annotated_images.scenes import annotated_scenes
from vlitqa.errors import DatasetError, UsageError
from vlitqa.shapes.questions import questions_about
from vlitqa.shapes.scenes import scene_of

FIRST, SECOND = "train2014/COCO_train2014_000000000009.jpg", "train2014/COCO_train2014_000000000025.jpg"


def _files(folder: Path) -> list[AnnotationFile]:
    layouts = {"captions": "coco-captions", "instances": "coco-instances", "attributes": "coco-attributes"}
    layouts |= {"text": "coco-text", "answers": "vqa"}
    return [
        AnnotationFile(
            layout=layout,
            source=name,
            path=folder / f"{name}.json",
            questions=folder / "questions.json" if layout == "vqa" else None,
            folder="train2014",
        )
        for name, layout in layouts.items()
    ]


def _pairs(path: Path) -> list[AnnotatedImage]:
    return list(read_annotated_images([AnnotationFile(layout="pairs", source="pairs", path=path)]).images)


@pytest.fixture
def coco(tmp_path: Path) -> AnnotatedImages:
    return read_annotated_images(_files(write_coco(tmp_path)))


def test_five_files_of_coco_become_one_image_with_five_kinds_of_annotations(coco: AnnotatedImages) -> None:
    first = {image.file: image for image in coco.images}[FIRST]
    assert [caption.text for caption in first.captions] == ["A man sits at a table with his dog.", "a man and a dog"]
    assert [(thing.name, thing.group) for thing in first.objects] == [
        ("person", "person"),
        ("dining table", "furniture"),
        ("dog", "animal"),
    ]
    assert [word.text for word in first.words] == ["OPEN"]
    assert first.words[0].box == (0.05, 0.1, 0.25, 0.3)
    assert [(question.text, question.answers) for question in first.questions] == [
        ("Is he woman?", ("no", "No.", "yes")),
        ("What is on the floor?", ("dog", "rug")),
    ]
    assert first.licence == "CC BY-NC 2.0"
    assert first.sources() == ("captions", "instances", "text", "answers")


def test_a_box_is_a_share_of_the_image_and_ends_at_its_border(coco: AnnotatedImages) -> None:
    person, table, dog = {image.file: image for image in coco.images}[FIRST].objects
    assert person.box == (0.1, 0.1, 0.4, 0.9)
    assert table.box == (0.0, 0.5, 1.0, 1.0)
    assert dog.box == (0.75, 0.6, 1.0, 0.9)  # its pixels reach 30 beyond the border


def test_attributes_find_their_object_by_the_number_of_its_annotation_and_count_from_half_of_the_votes(
    coco: AnnotatedImages,
) -> None:
    person, table, dog = {image.file: image for image in coco.images}[FIRST].objects
    assert (person.attributes, table.attributes, dog.attributes) == (("sitting",), (), ("sitting", "furry"))


def test_a_crowd_is_marked_and_a_category_that_is_none_is_left_out(coco: AnnotatedImages) -> None:
    things = {image.file: image for image in coco.images}[SECOND].objects
    assert [(thing.name, thing.is_crowd) for thing in things] == [
        ("bottle", False),
        ("bottle", False),
        ("person", True),
    ]


def test_questions_about_images_that_no_file_names_are_counted(coco: AnnotatedImages) -> None:
    assert coco.unplaced == {"answers": 1}
    assert len(coco.images) == 3


def test_what_annotators_looked_for_and_did_not_name_is_certainly_absent(coco: AnnotatedImages) -> None:
    first = {image.file: image for image in coco.images}[FIRST]
    assert coco.names_looked_for(first) == {"person", "dog", "bottle", "dining table"}
    assert coco.names_looked_for(AnnotatedImage(file="x", captions=(Caption("x", "captions"),))) == frozenset()


def test_two_files_that_use_one_number_for_different_images_are_refused(tmp_path: Path) -> None:
    files = _files(write_coco(tmp_path))
    other = [
        {**image, "file_name": f"val_{image['id']}.jpg"} for image in json.loads(files[0].path.read_text())["images"]
    ]
    files[0].path.write_text(json.dumps({"images": other, "annotations": [{"image_id": 9, "caption": "x"}]}))
    with pytest.raises(DatasetError, match=r"Image 9 is train2014/val_9.jpg in one file and .*0009.jpg in .*instances"):
        read_annotated_images(files)


def test_the_printed_description_has_the_reviews_templates_and_its_oddities() -> None:
    image = AnnotatedImage(
        file="x.jpg",
        captions=(Caption("A man at a table"), Caption("people eating.")),
        objects=(
            *(ImageObject(name="bottle", group="kitchen") for _ in range(2)),
            ImageObject(name="person", group="person"),
        ),
        questions=(ImageQuestion("Is he woman?", ("no",)), ImageQuestion("Is it win?", ("yes or no",))),
        words=(WrittenWord("OPEN"), WrittenWord("24")),
    )
    assert describe_as_printed(image) == (
        "This is a picture which can be described as A man at a table. people eating.\n"
        "The image contains 2 kitchen_bottle, 1 person_person.\n"
        "The image also contains a number of question and answer pairs: "
        "'Q: Is he woman? A: no.', 'Q: Is it win? A: yes or no.'.\n"
        "The following characters can be recognized in the image: OPEN 24."
    )


def test_the_plain_description_leaves_out_what_people_do_not_agree_on_and_numbers_of_crowds(
    coco: AnnotatedImages,
) -> None:
    by_file = {image.file: image for image in coco.images}
    text = describe_plainly(by_file[FIRST])
    assert "Question: Is he woman? Answer: no." in text
    assert "What is on the floor" not in text
    assert "Object: dog (sitting, furry) at [0.75, 0.60, 1.00, 0.90]." in text
    assert "Objects: 2 bottle; many: person." in describe_plainly(by_file[SECOND], ("counts",))


def test_a_line_of_a_description_stays_one_line_whatever_an_annotation_holds() -> None:
    image = AnnotatedImage(file="x", questions=(ImageQuestion("Is it?\n\nWrite: global, 9 turns", ("yes",)),))
    assert describe_plainly(image).splitlines() == ["Question: Is it? Write: global, 9 turns Answer: yes."]


@pytest.mark.parametrize(
    ("answers", "agreed"),
    [
        (("yes", "yes", "no"), "yes"),
        (("Yes.", "yes", "no"), "Yes"),
        (("dog", "cat"), ""),
        (("yes or no", "yes or no"), ""),
        ((), ""),
    ],
)
def test_an_answer_counts_if_more_than_half_of_the_people_give_it_and_it_decides_something(
    answers: tuple[str, ...], agreed: str
) -> None:
    assert agreed_answer(ImageQuestion("x", answers)) == agreed


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pairs.tsv", "caption\turl\nA dog runs.\ta.jpg\nA cat.\tb.jpg\n"),
        ("cc3m.tsv", "A dog runs.\ta.jpg\nA cat.\tb.jpg\n"),
        ("pairs.jsonl", '{"text": "A dog runs.", "file_name": "a.jpg"}\n{"text": "A cat.", "file_name": "b.jpg"}\n'),
    ],
)
def test_pairs_of_captions_are_read_with_or_without_a_header(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    pairs = [(image.file, image.captions[0].text) for image in _pairs(tmp_path / name)]
    assert pairs == [("a.jpg", "A dog runs."), ("b.jpg", "A cat.")]


def test_pairs_in_a_tar_are_read_and_their_images_taken_out(tmp_path: Path) -> None:
    png = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(png, "PNG")
    with tarfile.open(tmp_path / "00000.tar", "w") as tar:
        for name, content in (
            ("1.png", png.getvalue()),
            ("1.txt", b"A dog."),
            ("2.png", png.getvalue()),
            ("2.txt", b""),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    (pair,) = _pairs(tmp_path / "00000.tar")
    assert (pair.file, pair.captions[0].text) == ("1.png", "A dog.")
    file = AnnotationFile(layout="pairs", source="pairs", path=tmp_path / "00000.tar", folder="shard")
    assert dict(embedded_images(file)) == {f"shard/{number}.png": png.getvalue() for number in (1, 2)}


def test_lines_of_annotated_images_are_read_back_as_they_were_written(tmp_path: Path, coco: AnnotatedImages) -> None:
    path = tmp_path / "all.jsonl"
    path.write_bytes(write_annotated_lines(coco.images))
    read = read_annotated_images([AnnotationFile(layout="annotated", source="all", path=path)])
    assert list(read.images) == list(coco.images)


def test_scenes_bring_exact_annotations_of_all_kinds() -> None:
    for number in range(40):
        scene, (image,) = scene_of(0, number), annotated_scenes(0, [number], 224)
        assert [thing.name for thing in image.objects] == [thing.name for thing in scene.things]
        asked = [question.text for question in questions_about(scene) if question.kind != "name"]
        assert [question.text for question in image.questions] == asked
        assert len(set(asked)) == len(asked)
        assert [word.text for word in image.words] == ([scene.sign.word] if scene.sign else [])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"images": [], "annotations": [{"image_id": "x"}]}', r"captions.json is no file of this layout"),
        (b'{"images": [', r"captions.json is no file of this layout"),
        (pickle.dumps({"a": 1}), r"captions.json is a pickle, which could run anything"),
    ],
)
def test_a_file_of_another_layout_is_refused_with_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    files = _files(write_coco(tmp_path))
    files[0].path.write_bytes(content)
    with pytest.raises(DatasetError, match=sentence):
        read_annotated_images(files)


def test_a_layout_that_is_none_and_a_missing_file_are_refused_with_a_sentence(tmp_path: Path) -> None:
    file = AnnotationFile(layout="coco-caption", source="x", path=tmp_path / "x.json")
    with pytest.raises(UsageError, match="No layout of annotations is called 'coco-caption'") as refused:
        read_annotated_images([file])
    assert refused.value.repair == "Did you mean coco-captions?"
    with pytest.raises(DatasetError, match=r"x.json cannot be read \(No such file or directory\)"):
        read_annotated_images([AnnotationFile(layout="coco-captions", source="x", path=tmp_path / "x.json")])
