"""Fields of rows that name videos, sounds and point clouds, in all spellings in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from vlitqa.records import AUDIO, VIDEO

_FILE_ENDINGS = ("path", "file", "filename", "file_name", "url", "uri")
"""Words behind the kind of a recording in the name of a field that leads to it."""


def names_of_files(*kinds: str) -> Iterator[str]:
    """Names such as `video_path`, `video_paths`, `videos_path`, `video-path`, `videoPath` and `videopath`."""
    for kind, ending in product(with_plurals(kinds), with_plurals(_FILE_ENDINGS)):
        yield from (f"{kind}_{ending}", f"{kind}-{ending}", f"{kind}{ending}")
        yield f"{kind}{ending[0].upper()}{ending[1:]}"


def with_plurals(words: Sequence[str]) -> list[str]:
    """The words, and then each with an s."""
    return [*words, *(f"{word}s" for word in words)]


RECORDING_FIELDS = {
    VIDEO: ("video", "videos", *names_of_files("video")),
    AUDIO: ("audio", "audios", "sound", "sounds", "speech", *names_of_files("audio", "sound", "speech")),
}
"""By the kind of a recording the fields that name it; of several in one row the first counts."""
KIND_OF_FIELD = {field: kind for kind, fields in RECORDING_FIELDS.items() for field in fields}
