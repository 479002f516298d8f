"""Which rows of a run are shown, and what is kept of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.given.runs import row, scored
from vlitqa.runs.exhibits import make_exhibits
from vlitqa.runs.finished import open_run
from vlitqa.runs.gallery import read_gallery
from vlitqa.runs.remarkable import COPY, RANDOM, remarkable_rows
from vlitqa.runs.source import reopen_dataset
from vlitqa.runs.stored import read_column

pytestmark = pytest.mark.slow


def varied(number: int) -> dict[str, object]:
    """The more words repeat, the lower `lexical` is."""
    return row(number, f"Say {number}.", " ".join(f"word{(number * at) % (number + 1)}" for at in range(12)))


def test_the_worst_rows_of_a_metric_are_shown(tmp_path: Path) -> None:
    run = scored(tmp_path, [varied(number) for number in range(50)])
    values = read_column(run, "lexical", "value")
    known = sorted((value, at) for at, value in enumerate(values) if value is not None)
    worst = [at for at, why in remarkable_rows(open_run(run)).items() if "worst: lexical" in why]
    assert len(worst) == 10, "a fifth of the rows, at most 24"
    assert max(values[at] for at in worst) <= known[10][0]


def test_so_many_rows_are_drawn_as_were_asked_for_and_the_same_each_time(tmp_path: Path) -> None:
    run = scored(tmp_path, [varied(number) for number in range(50)])
    few = [at for at, why in remarkable_rows(open_run(run), 7).items() if RANDOM in why]
    more = [at for at, why in remarkable_rows(open_run(run), 20).items() if RANDOM in why]
    assert (len(few), len(more)) == (7, 20)
    assert set(few) < set(more)
    assert few == [at for at, why in remarkable_rows(open_run(run), 7).items() if RANDOM in why]


def test_copies_are_shown_beside_what_they_are_copies_of(tmp_path: Path) -> None:
    run = scored(tmp_path, [varied(1), varied(2), varied(1), varied(1)])
    why = remarkable_rows(open_run(run))
    assert [at for at in why if COPY in why[at]] == [0, 2, 3]
    assert "duplicate_row" in why[2]
    assert "duplicate_row" not in why[0]


def test_pictures_are_kept_small_and_broken_ones_by_what_is_wrong(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (900, 1200, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    (tmp_path / "broken.png").write_bytes(b"no image")
    names = ("large.png", "broken.png", "missing.png")
    run = scored(tmp_path, [row(at, "What is it?", "Noise.", name) for at, name in enumerate(names)])
    pictures = [each.pictures[0] for each in read_gallery(run)]
    assert (pictures[0].width, pictures[0].height) == (1200, 900)
    assert 0 < len(pictures[0].thumbnail) < 20_000
    assert [each.fault for each in pictures] == ["", "image_wrong_type", "image_missing"]
    assert not pictures[1].thumbnail


def test_the_places_of_pictures_inside_texts_are_kept(tmp_path: Path) -> None:
    turns = [
        {"from": "human", "value": "<image>\nWhat is <image>?"},
        {"from": "gpt", "value": "It is <image>"},
        {"from": "human", "value": "<image> And this?"},
        {"from": "gpt", "value": "A dog."},
    ]
    names = [f"{number}.png" for number in range(4)]
    for name in names:
        Image.new("RGB", (40, 40)).save(tmp_path / name)
    run = scored(tmp_path, [{"id": "a", "image": names, "conversations": turns}])
    (kept,) = read_gallery(run)
    first, second = kept.turns
    assert [picture.name for picture in kept.pictures_before_text()] == ["0.png"]
    assert [image for image, _ in first.instruction_pictures] == [1]
    assert (first.instruction or "")[: first.instruction_pictures[0][1]].strip() == "What is"
    assert first.response_pictures == ((2, len(first.response or "")),)
    assert second.instruction_pictures == ((3, 0),)


def test_what_is_kept_is_what_was_read(tmp_path: Path) -> None:
    rows = [row(0, "Was?", "Wörter, 词 and 😀."), row(1, "Long?", "word " * 5_000)]
    run = scored(tmp_path, rows)
    kept = list(read_gallery(run))
    finished = open_run(run)
    assert kept == make_exhibits(finished, reopen_dataset(finished))
    assert kept[0].turns[0].response == "Wörter, 词 and 😀."
    assert kept[1].left_out == "what goes over 4,000 letters of a text"
