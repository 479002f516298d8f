"""Videos and sounds of rows: found in every spelling in use, counted against their marks, and put where these stood."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.given.rows import written
from vlitqa.reader import Dataset, Reading, open_dataset
from vlitqa.records import AUDIO, VIDEO, Frame, ImageRef, Record, Recording, Reject

CLIP, TONE = Recording(VIDEO, "clip.mp4"), Recording(AUDIO, "tone.wav")
ANSWER = {"role": "assistant", "content": "A bar moves."}
INLINE = base64.b64encode(b"bytes of a tone").decode()


def opened(path: Path, row: dict[str, Any], frames: int) -> Dataset:
    return open_dataset(written(path / "data.jsonl", row), Reading(frames=frames))


def read(path: Path, row: dict[str, Any], frames: int = 0) -> Record:
    """The only record of a file with one row."""
    with opened(path, row, frames).entries() as entries:
        (entry,) = entries
    assert isinstance(entry, Record), entry
    return entry


def asked(content: object, **fields: object) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}, ANSWER], **fields}


def conversation(value: str, **fields: object) -> dict[str, Any]:
    return {"conversations": [{"from": "human", "value": value}, {"from": "gpt", "value": "A bar."}], **fields}


def part(**fields: object) -> dict[str, Any]:
    return asked([fields, {"type": "text", "text": "What happens?"}])


def gemini(**content: object) -> dict[str, Any]:
    parts = [content, {"text": "What happens?"}]
    return {"contents": [{"role": "user", "parts": parts}, {"role": "model", "parts": [{"text": "A bar."}]}]}


ROWS = {
    "ms-swift, video": (asked("<video>What happens?", videos=["clip.mp4"]), [CLIP]),
    "ms-swift, audio": (asked("<audio>What happens?", audios=["tone.wav"]), [TONE]),
    "LLaMA-Factory": (
        conversation("<video><audio>What happens?", videos=["clip.mp4"], audios=["tone.wav"]),
        [CLIP, TONE],
    ),
    "Video-LLaVA": (conversation("<video>\nWhat happens?", video="clip.mp4"), [CLIP]),
    "LLaVA-Video": (conversation("<image>\nWhat happens?", video="clip.mp4"), [CLIP]),
    "a path": (conversation("<video>\nWhat happens?", video_path="clip.mp4"), [CLIP]),
    "an address": (
        conversation("<video>\nWhat happens?", videoUrl="file:///clip.mp4"),
        [Recording(VIDEO, "file:///clip.mp4")],
    ),
    "datasets": (conversation("<audio>What happens?", audio={"path": "tone.wav", "bytes": None}), [TONE]),
    "Qwen2-VL": (part(type="video", video="clip.mp4", fps=1.0), [CLIP]),
    "vLLM": (part(type="video_url", video_url={"url": "clip.mp4"}), [CLIP]),
    "Qwen2-Audio": (part(type="audio", audio_url="tone.wav"), [TONE]),
    "OpenAI": (
        part(type="input_audio", input_audio={"data": INLINE, "format": "wav"}),
        [Recording(AUDIO, data=b"bytes of a tone")],
    ),
    "Qwen-Audio": (
        conversation("Audio 1: <audio>a b/tone.wav</audio>\nWhat happens?"),
        [Recording(AUDIO, "a b/tone.wav")],
    ),
    "Gemini, inline": (
        gemini(inlineData={"mimeType": "audio/wav", "data": INLINE}),
        [Recording(AUDIO, data=b"bytes of a tone")],
    ),
    "Gemini, file": (gemini(fileData={"mimeType": "video/mp4", "fileUri": "clip.mp4"}), [CLIP]),
    "Data-Juicer": (
        {"text": "[[human]]: <__dj__video>\nWhat happens?\n[[gpt]]: A bar.", "videos": ["clip.mp4"], "images": []},
        [CLIP],
    ),
    "a caption": ({"video": "clip.mp4", "caption": "What happens?"}, [CLIP]),
    "a mark in a part": (asked([{"type": "video"}, {"type": "text", "text": "What?"}], videos=["clip.mp4"]), [CLIP]),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_recording_is_found_and_its_mark_is_no_part_of_the_text(tmp_path: Path, name: str) -> None:
    row, recordings = ROWS[name]
    record = read(tmp_path, row)
    assert list(record.recordings) == recordings
    assert (record.images, {*record.notes} - {"one_sided"}) == ((), set())
    assert "<" not in record.text()
    assert (record.turns[0].instruction or record.text()).endswith(("What happens?", "What?"))
    assert record.placeholders in (0, None)


@pytest.mark.parametrize("name", ROWS)
def test_fields_of_recordings_are_no_unread_fields(tmp_path: Path, name: str) -> None:
    assert opened(tmp_path, ROWS[name][0], 0).unread_fields == ()


@pytest.mark.parametrize(
    ("row", "is_wrong"),
    [
        (asked("<video>What?", videos=["a.mp4", "b.mp4"]), True),
        (asked("<video><video>What?", videos=["a.mp4"]), True),
        (asked("<video><audio>What?", videos=["a.mp4"]), True),
        (conversation("What?", video="a.mp4"), True),
        (conversation("<image>\nWhat?", video=["a.mp4", "b.mp4"]), True),
        (conversation("<image>\n<video>What?", video="a.mp4", image="a.png"), False),
        (conversation("<image><image>\nWhat?", video="a.mp4", image="a.png"), False),
        (asked("<video>One.<video>Two.", videos=["a.mp4", "b.mp4"]), False),
        ({"problem": "What?", "solution": "That.", "image": "a.png", "video": "a.mp4"}, False),
    ],
)
def test_marks_and_recordings_that_differ_in_number_are_noted(
    tmp_path: Path, row: dict[str, Any], *, is_wrong: bool
) -> None:
    record = read(tmp_path, row)
    assert record.notes == (("media_count",) if is_wrong else ())
    if not is_wrong and record.placeholders is not None:
        assert record.placeholders == len(record.images)


def test_frames_stand_where_the_mark_of_their_video_stood(tmp_path: Path) -> None:
    row = conversation("See <image> and <video>. Then?", image="a.png", video="clip.mp4")
    record = read(tmp_path, row, frames=2)
    frames = tuple(ImageRef("clip.mp4", frame=Frame(number, 2)) for number in range(2))
    assert record.images == (ImageRef("a.png"), *frames)
    assert record.turns[0].instruction == "See  and . Then?"
    assert record.turns[0].instruction_images == (0, 1, 2)
    assert record.turns[0].instruction_offsets == (4, 9, 9)
    assert record.placeholders == 3
    assert record.seen() == record.seen((0, 1, 2)) == 2, "a video is seen once"


def test_a_later_mark_takes_the_next_video(tmp_path: Path) -> None:
    messages = [
        *({"role": "user", "content": "<video>First?"}, ANSWER),
        *({"role": "user", "content": "And <video>second?"}, ANSWER),
    ]
    record = read(tmp_path, {"messages": messages, "videos": ["a.mp4", "b.mp4"]}, frames=1)
    assert [turn.instruction for turn in record.turns] == ["First?", "And second?"]
    assert [turn.instruction_images for turn in record.turns] == [(0,), (1,)]
    assert record.turns[1].instruction_offsets == (4,)


@pytest.mark.parametrize(
    "row", [part(type="video", video=["1.jpg", "2.png"]), conversation("<video>W?", video=["1.jpg", "2.png"])]
)
def test_pictures_that_make_up_a_video_are_images(tmp_path: Path, row: dict[str, Any]) -> None:
    record = read(tmp_path, row, frames=4)
    assert (record.images, record.recordings) == ((ImageRef("1.jpg"), ImageRef("2.png")), ())
    assert (record.turns[0].instruction_images, record.notes) == ((0, 1), ())


@pytest.mark.parametrize(
    "text", ["What does <video controls> do?", "Write <video>Your browser is old</video>.", "<video>"]
)
def test_tags_of_html_are_left_in_a_text_without_recordings(tmp_path: Path, text: str) -> None:
    record = read(tmp_path, conversation(text))
    assert (record.turns[0].instruction, record.recordings) == (text, ())


def test_a_user_may_say_which_field_names_the_videos(tmp_path: Path) -> None:
    path = written(
        tmp_path / "data.jsonl", {"q": "<video>What?", "a": "That.", "clip": "clip.mp4", "video": "other.mp4"}
    )
    mapping = {"instruction": "q", "response": "a", "video": "clip"}
    with open_dataset(path, Reading(mapping=mapping)).entries() as entries:
        (entry,) = entries
    assert isinstance(entry, Record)
    assert (entry.recordings, entry.turns[0].instruction, entry.notes) == ((CLIP,), "What?", ())


def test_a_recording_that_is_no_base64_rejects_its_row(tmp_path: Path) -> None:
    with opened(tmp_path, part(type="input_audio", input_audio={"data": "no base64!"}), 0).entries() as entries:
        (entry,) = entries
    assert isinstance(entry, Reject)
    assert entry.code == "bad_base64"
