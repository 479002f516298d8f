"""Every code that integrity can give, with a record that earns it, and a clean record that earns none."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image, ImageFilter

from tests.given.drawings import file_of, landscape, plain
from vlitqa.backends.toolbox import Toolbox
from vlitqa.metrics.integrity import Integrity
from vlitqa.records import ImageRef, Place, Record, Turn
from vlitqa.results import FaultyRow, Finding, Measurement, Summary
from vlitqa.results.faults import ERROR, FAULTS, NOTE, WARNING

ASKED = Turn("What is this?", "A lake.")
SHOWN = Turn("What is this?", "A lake.", (0,))
PUNCTUATED = Record((Turn("[1] a < b ### # ASSISTANT, is <s> HTML?", "图片 ünd 🎉."),), placeholders=0)
BLURRED = landscape(1).filter(ImageFilter.GaussianBlur(8))
DARK = landscape(1).point(lambda level: level // 10)


def placed(*records: Record) -> list[Record]:
    return [replace(record, place=Place(row=row, line=row + 1)) for row, record in enumerate(records)]


def measured(*records: Record, roots: tuple[Path, ...] = ()) -> list[Measurement]:
    tools = Toolbox(tuple(map(str, roots))).open()
    return list(Integrity().measure(placed(*records), tools))


def summary_of(*records: Record) -> Summary:
    return Integrity().combine(measured(*records))


def codes_of(record: Record, root: Path | None = None) -> list[str]:
    (made,) = measured(record, roots=(root,) if root else ())
    return list(made.evidence.get("codes", ()))


def shown(data: bytes) -> Record:
    return Record((SHOWN,), (ImageRef("image", data),), placeholders=1)


def named(name: str) -> Record:
    return Record((SHOWN,), (ImageRef(name),), placeholders=1)


def animation() -> bytes:
    buffer = BytesIO()
    landscape(1).save(buffer, "GIF", save_all=True, append_images=[landscape(2)])
    return buffer.getvalue()


def bomb() -> bytes:
    return b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + (100_000).to_bytes(4, "little") * 2 + b"\1\0\x18\0" + bytes(24)


TEXT_CODES = {
    "image_count": Record((SHOWN,), (ImageRef("image", file_of(landscape(1))),), placeholders=2),
    "mark_missing": Record((SHOWN,), (ImageRef("image", file_of(landscape(1))),), placeholders=0),
    "no_turns": Record(()),
    "no_instruction": Record((ASKED, Turn(None, "Bye."))),
    "no_response": Record((Turn("What is this?", None),)),
    "empty_instruction": Record((Turn("", "A lake."),)),
    "empty_response": Record((Turn("What is this?", " \n"),)),
    "repeated_turn": Record((ASKED, Turn("Why?", "So."), ASKED)),
    "template_text": Record((Turn("What is this?", "A lake.<|im_end|>"),)),
    "unread_media": Record((Turn("<video>\nWhat happens?", "A dog runs."),), placeholders=0),
    "hidden_characters": Record((Turn("What is \u202ethis?", "A lake."),)),
    "other_script": Record((Turn("\u56fe\u4e2d\u662f\u4ec0\u4e48\uff1f", "\u4e00\u5ea7\u6e56 (a lake)."),)),
    "reasoning_open": Record((Turn("Why?", "<think>It is red."),)),
    "reasoning_empty": Record((Turn("Why?", "<think></think>It is red."),)),
    "reasoning_alone": Record((Turn("Why?", "<think>It is red.</think>"),)),
    "unseen_image": Record((Turn("What is this?", "I'm sorry, but I cannot see the image."),)),
    "prompt_residue": Record((Turn("What is this?", "Based on the caption provided, a lake."),)),
    "markup_left": Record((Turn("What is this?", "<p>A lake.</p>"),)),
    "endless_loop": Record((Turn("What is this?", "a lake " * 20),)),
    "option_missing": Record((Turn("A. a lake\nB. a hill\nAnswer with the option's letter.", "C"),)),
    "replaced_characters": Record((Turn("What is this?", "A l\ufffdke."),)),
    "answer_script": Record((Turn("What is there in the picture, and where?", "\u4e00\u5ea7\u6e56" * 3),)),
    "string_for_list": Record((ASKED,), notes=("string_for_list",)),
}
IMAGE_CODES = {
    "image_truncated": shown(file_of(landscape(1), "JPEG")[:2_000]),
    "image_corrupt": shown(file_of(landscape(1))[:40] + b"\0" * 200),
    "image_wrong_type": shown(b"<html>Not found</html>"),
    "image_bomb": shown(bomb()),
    "tiny_image": shown(file_of(landscape(1).resize((31, 40)))),
    "long_image": shown(file_of(landscape(1, 900, 100))),
    "blank_image": shown(file_of(plain(128))),
    "dark_image": shown(file_of(DARK)),
    "blurry_image": shown(file_of(BLURRED)),
    "animated_image": shown(animation()),
}
NAMED_CODES = {
    "image_missing": "nowhere.jpg",
    "image_outside_root": "../secret.jpg",
    "image_not_regular": "folder.jpg",
    "image_remote": "https://example.org/a.jpg",
    "image_too_large": "large.jpg",
}
OF_RECORDINGS = tuple(code for code in FAULTS if code.startswith("media_"))
"""Those of tests/vlitqa/backends/test_recording_folder.py and tests/vlitqa/formats/test_recordings.py."""
BY_HAND = ("image_unreadable", "duplicate_id", "box_outside")
OF_THE_READER = (
    "no_rows",
    "unreadable_value",
    "too_many_images",
    "one_sided",
    "malformed_json",
    "malformed_csv",
    "not_object",
    "bad_encoding",
    "non_finite",
    "big_integer",
    "lone_surrogate",
    "too_deep",
    "line_too_long",
    "missing_field",
    "wrong_type",
    "unknown_role",
    "unknown_part",
    "bad_base64",
    "column_count",
    "tar_member",
    "unreadable_value",
    "too_many_images",
    "loose_commas",
    "truncated",
)
OF_ACCURACY = ("judged_incorrect",)  # tests/vlitqa/metrics/test_judged_principles.py
OF_NEGATIVES = ("refusal",)  # tests/vlitqa/metrics/test_negatives.py
OF_DUPLICATES = ("duplicate_row", "same_text", "near_duplicate_text", "near_duplicate_image")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a good image, a folder that is named like one, and a file that is too large."""
    (tmp_path / "good.png").write_bytes(file_of(landscape(1)))
    (tmp_path / "folder.jpg").mkdir()
    with (tmp_path / "large.jpg").open("wb") as file:
        file.truncate((64 << 20) + 1)
    return tmp_path


def test_clean_records_earn_no_code(root: Path) -> None:
    good = file_of(landscape(1))
    two = Record(
        (SHOWN, Turn("And this?", "A boat.", (1,))), (ImageRef("a", good), ImageRef("b", good)), placeholders=2
    )
    several = Record((ASKED, Turn("Why?", "So.")))
    for clean in (Record((ASKED,)), shown(good), named("good.png"), two, several, PUNCTUATED):
        (made,) = measured(clean, roots=(root,))
        assert (made.value, made.evidence.get("codes")) == (0.0, None)


@pytest.mark.parametrize("code", TEXT_CODES)
def test_a_text_earns_its_code_and_no_other(code: str) -> None:
    assert codes_of(TEXT_CODES[code]) == [code]


def boxed(*boxes: str) -> list[Record]:
    return [replace(shown(file_of(landscape(1))), turns=(Turn("Where is it?", box, (0,)),)) for box in boxes]


@pytest.mark.parametrize(
    ("boxes", "wrong"),
    [
        (["[10, 20, 30, 40]", "[5, 5, 60, 60]", "[30, 40, 10, 20]"], [2]),  # upside down among corners
        (["[10, 20, 9, 9]", "[5, 9, 3, 4]", "[40, 8, 20, 9]"], []),  # a corner and a size
        (["[0.1, 0.2, 0.3, 0.4]", "[0.5, 0.5, 0.9, 0.9]", "[0.1, 0.2, 1.4, 0.9]"], [2]),
        (["[0.1, 0.2, 0.3, 0.4]", "[0.5, 0.5, 0.9, 0.9]", "[10, 20, 30, 40]"], [2]),  # another convention
        (["<|box_start|>(700,800),(900,990)<|box_end|>", "<box>[[0, 0, 1000, 1000]]</box>", "[0, 0, 1200, 9]"], [2]),
        (["[900, 700, 100, 20]", "(1200,10),(1300,20)", "[10, 10, 5000, 5000]", "[0.1, 0.2, 1.4, 0.9]"], [0, 1, 2, 3]),
        (["It is on the left, at [3, 4].", "Nowhere."], []),
    ],
)
def test_boxes_that_contradict_the_others_are_found(boxes: list[str], wrong: list[int]) -> None:
    summary = Integrity().combine(measured(*placed(*boxed(*boxes))))
    assert [faulty.row for faulty in summary.faulty if faulty.code == "box_outside"] == wrong


@pytest.mark.parametrize("code", IMAGE_CODES)
def test_an_image_earns_its_code(code: str) -> None:
    assert code in codes_of(IMAGE_CODES[code])


@pytest.mark.parametrize("code", ["image_truncated", "image_wrong_type", "long_image", "blank_image", "blurry_image"])
def test_an_image_with_one_fault_earns_no_other_code(code: str) -> None:
    assert codes_of(IMAGE_CODES[code]) == [code]


@pytest.mark.parametrize("code", NAMED_CODES)
def test_a_name_earns_its_code_and_no_other(code: str, root: Path) -> None:
    assert codes_of(named(NAMED_CODES[code]), root) == [code]


def test_a_file_that_may_not_be_opened_earns_its_code(root: Path) -> None:
    (root / "loop.jpg").symlink_to("loop.jpg")  # root may open any file, and nobody a link to itself
    assert codes_of(named("loop.jpg"), root) in (["image_unreadable"], ["image_missing"])


def test_every_code_has_a_record_that_earns_it() -> None:
    known = {
        *TEXT_CODES,
        *IMAGE_CODES,
        *NAMED_CODES,
        *BY_HAND,
        *OF_RECORDINGS,
        *OF_THE_READER,
        *OF_DUPLICATES,
        *OF_ACCURACY,
        *OF_NEGATIVES,
    }
    assert known == set(FAULTS)


@pytest.mark.parametrize(
    "text", ["[INST] a", "[/INST]", "<<SYS>>", "a </s>", "### Human: a", "ASSISTANT: a", "<|user|>"]
)
def test_the_marks_of_every_chat_template_are_found(text: str) -> None:
    assert codes_of(Record((Turn("What is this?", text),))) == ["template_text"]


@pytest.mark.parametrize(
    "text",
    [
        *("<audio> Who speaks?", "Picture 1: <img>a/b.jpg</img>\nWhat is it?", "<__dj__video> What happens?"),
        *("<|vision_start|><|video_pad|><|vision_end|>What happens?", "<point_cloud>\nWhat is it?", "<speech>"),
    ],
)
def test_marks_of_media_that_are_not_read_are_found(text: str) -> None:
    assert codes_of(Record((Turn(text, "A dog."),))) == ["unread_media"]


@pytest.mark.parametrize("text", ["Close <video controls> and <img src='a.png'>.", "<img></img>", "a <audi> b"])
def test_other_tags_are_no_media(text: str) -> None:
    assert codes_of(Record((Turn("What is missing here?", text),))) == []


def test_an_image_that_is_named_in_the_text_and_came_is_read() -> None:
    image = ImageRef("image", file_of(landscape(1)))
    assert codes_of(Record((Turn("<img>a.jpg</img> What?", "A lake.", (0,)),), (image,))) == []


def test_a_half_that_shows_an_image_may_be_without_words() -> None:
    image = ImageRef("image", file_of(landscape(1)))
    assert codes_of(Record((Turn("Draw a lake.", "", (), (0,)),), (image,), placeholders=1)) == []


def test_an_error_and_a_warning_count_and_a_note_does_not() -> None:
    both = Record((Turn("", None),), notes=("string_for_list",))
    (made,) = measured(both)
    assert made.value == 2
    assert [FAULTS[code].severity for code in made.evidence["codes"]] == [WARNING, WARNING, NOTE]
    assert measured(TEXT_CODES["string_for_list"])[0].value == 0


def test_ids_that_several_rows_share_are_found_wherever_the_rows_stand() -> None:
    records = [Record((ASKED,), id=name) for name in ("a", "b", "a", "", "", "a")]
    summary = summary_of(*records)
    (found,) = summary.findings
    assert (found.code, found.rows, found.examples) == ("duplicate_id", 3, ("line 1", "line 3", "line 6"))
    assert summary.faulty == (FaultyRow(2, "duplicate_id"), FaultyRow(5, "duplicate_id")), "the first may keep its id"


def test_the_share_of_clean_records_and_of_usable_images_by_hand() -> None:
    good, bad = ImageRef("good", file_of(landscape(1))), ImageRef("bad", b"no image")
    several = Record((Turn("What?", "That.", (0, 1, 2)),), (good, bad, ImageRef("nowhere.jpg")), placeholders=3)
    summary = summary_of(Record((ASKED,)), several, shown(file_of(landscape(2))), Record(()))
    assert {figure.name: figure.value for figure in summary.figures} == {"clean records": 2 / 4, "usable images": 2 / 4}
    assert summary.counts == {"images": 4, "missing_images": 1, "bad_images": 1}
    assert [(finding.code, finding.severity, finding.examples) for finding in summary.findings] == [
        ("image_missing", ERROR, ("line 2",)),
        ("image_wrong_type", ERROR, ("line 2",)),
        ("no_turns", ERROR, ("line 4",)),
    ]


def test_the_share_of_clean_records_is_doubted_where_no_image_of_the_dataset_is_here() -> None:
    absent, present = named("nowhere.jpg"), shown(file_of(landscape(1)))
    summaries = [summary_of(*records) for records in ([absent] * 2, [absent, present])]
    doubts = [summary.figures[0].doubt for summary in summaries]
    assert [summary.findings[0].detail for summary in summaries] == doubts
    assert doubts == ["no image of the dataset is here: name their folder with --image-root", ""]


def test_findings_show_the_first_twenty_lines() -> None:
    (found,) = summary_of(*[Record(())] * 30).findings
    assert isinstance(found, Finding)
    assert (found.rows, found.examples) == (30, tuple(f"line {line}" for line in range(1, 21)))


@pytest.mark.slow
def test_sharpness_does_not_hang_on_the_size_of_the_file() -> None:
    large = landscape(1, 2_000, 1_500)
    with Image.open(BytesIO(file_of(large, "JPEG", quality=90))) as saved:
        assert "blurry_image" not in codes_of(shown(file_of(saved.convert("RGB"))))


def test_a_video_that_the_text_also_names_is_one_fault() -> None:
    record = Record((Turn("<video> What happens?", "A dog runs."),), notes=("unread_media",))
    assert codes_of(record) == ["unread_media"]
