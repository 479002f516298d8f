"""Pictures of questions are found where benchmarks publish them, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from evaluators.benchmarks.catalogue import load_benchmark
from evaluators.exams.pictures import ExamPictures
from vlitqa.errors import ImageFault
from vlitqa.results.exams import ExamQuestion


def draw(path: Path, shade: int = 90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), (shade, shade, shade)).save(path)
    return path


def shade_of(pictures: ExamPictures, question: ExamQuestion) -> int | None:
    """The shade of the picture that is found, or None."""
    ref = pictures.find(question)
    return int(pictures.open(ref, 8).pixels[0, 0, 0]) if ref else None


def about(image: str, group: str = "") -> ExamQuestion:
    return ExamQuestion("1", "?", ("yes",), image=image, group=group)


def pictures_of(name: str, root: Path, *folders: Path) -> ExamPictures:
    return ExamPictures(load_benchmark(name).card, root, folders)


@pytest.mark.parametrize(
    ("name", "file", "question"),
    [
        ("seed", "SEED-Bench-image/1454426_2591111986.png", about("1454426_2591111986", "Scene Understanding")),
        ("mme", "existence/000000006040.png", about("000000006040", "existence")),
        ("mme", "artwork/images/10002.png", about("10002", "artwork")),
        ("mme", "artwork/images/toy_dataset/10002.png", about("10002", "artwork")),
        ("wordart", "OCR_Datasets/WordArt/test_image/2097.png", about("WordArt/test_image/2097.png")),
        ("funsd", "KIE_Datasets/FUNSD/testing_data/images/82092117.png", about("82092117")),
        ("textvqa", "VQA_Datasets/TextVQA/train_images/003a8ae2ef43b901.png", about("003a8ae2ef43b901")),
        ("docvqa", "VQA_Datasets/DocVQA/val/documents/x_1.png", about("documents/x_1.png")),
        ("iconqa", "VQA_Datasets/IconQA/dataset/test/choose_txt/7/image.png", about("7/image.png")),
        ("caption", "images/000003.png", about("000003.png")),
    ],
)
def test_a_picture_is_found_below_the_published_tree_and_below_any_folder_of_it(
    name: str, file: str, question: ExamQuestion, tmp_path: Path
) -> None:
    draw(tmp_path / "tree" / file)
    assert shade_of(pictures_of(name, tmp_path / "tree"), question) == 90
    if "_Datasets/" in file:
        inner = tmp_path / "tree" / Path(*Path(file).parts[:2])
        assert shade_of(pictures_of(name, inner), question) == 90


def test_two_subtasks_may_call_their_pictures_alike(tmp_path: Path) -> None:
    for shade, group in ((10, "count"), (20, "color")):
        draw(tmp_path / group / "1.png", shade)
    pictures = pictures_of("mme", tmp_path)
    assert [shade_of(pictures, about("1", group)) for group in ("color", "count", "scene")] == [20, 10, None]


def test_a_folder_that_a_user_names_is_searched_first(tmp_path: Path) -> None:
    draw(tmp_path / "root" / "SEED-Bench-image" / "1.png", 10)
    draw(tmp_path / "elsewhere" / "1.png", 20)
    assert shade_of(pictures_of("seed", tmp_path / "root", tmp_path / "elsewhere"), about("1")) == 20


def test_pictures_may_be_linked_from_another_disk(tmp_path: Path) -> None:
    draw(tmp_path / "disk" / "1.png")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "SEED-Bench-image").symlink_to(tmp_path / "disk")
    assert shade_of(pictures_of("seed", tmp_path / "root"), about("1")) == 90


@pytest.mark.parametrize("image", ["../secret.png", "/etc/passwd", "http://x/1.png", "", "a\0b", "link.png"])
def test_a_name_that_leads_out_of_the_data_root_shows_nothing(image: str, tmp_path: Path) -> None:
    secret = draw(tmp_path / "secret.png")
    (tmp_path / "root" / "SEED-Bench-image").mkdir(parents=True)
    (tmp_path / "root" / "SEED-Bench-image" / "link.png").symlink_to(secret)
    pictures = pictures_of("seed", tmp_path / "root")
    ref = pictures.find(about(image))
    if ref is not None:
        with pytest.raises(ImageFault, match="leads out of"):
            pictures.open(ref, 8)


def test_the_error_says_where_pictures_were_looked_for(tmp_path: Path) -> None:
    error = pictures_of("mme", tmp_path, tmp_path / "more").missing(about("1", "count"))
    assert f"No picture of MME is below {tmp_path}, nor in {tmp_path / 'more'}" in error.message
    assert "'1', was looked for as count/1 or count/images/1" in error.message
    assert "--image-root" in error.repair
