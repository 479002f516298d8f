"""Media that a row names and no format reads: videos, sounds, point clouds, and images in a field that is not read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from vlitqa.records import Record, Row

_FILE_ENDINGS = ("path", "file", "filename", "file_name", "url", "uri")
"""Words behind the kind of a medium in the name of a field that leads to it."""


def _field_names(*kinds: str) -> Iterator[str]:
    """Names such as `video_path`, `video_paths`, `videos_path`, `video-path`, `videoPath` and `videopath`."""
    for kind, ending in product(_with_plurals(kinds), _with_plurals(_FILE_ENDINGS)):
        yield from (f"{kind}_{ending}", f"{kind}-{ending}", f"{kind}{ending}")
        yield f"{kind}{ending[0].upper()}{ending[1:]}"


def _with_plurals(words: Sequence[str]) -> list[str]:
    return [*words, *(f"{word}s" for word in words)]


_NEVER_READ = frozenset(("video", "videos", "audio", "audios"))
_POINT_CLOUDS = ("point_cloud", "pointcloud", "pcl")
_FILES_NEVER_READ = frozenset(
    (
        *("sound", "sounds", "speech", *_with_plurals(_POINT_CLOUDS)),
        *_field_names("video", "audio", "sound", "speech", *_POINT_CLOUDS),
    )
)
_IMAGES = frozenset(("image", "images", "img", "imgs", "picture", "pictures", "photo", "photos"))
_FILES_OF_IMAGES = frozenset(_field_names("image", "img", "picture", "photo", "media"))
_ANY = _NEVER_READ | _FILES_NEVER_READ | _IMAGES | _FILES_OF_IMAGES


def has_unread_media(row: Row, record: Record) -> bool:
    """True if a row names a video, a sound or a point cloud, or names an image while its record has none."""
    if _ANY.isdisjoint(row):
        return False
    if any(row.get(field) for field in _NEVER_READ) or any(_names_files(row.get(field)) for field in _FILES_NEVER_READ):
        return True
    return not record.images and any(_names_files(row.get(field)) for field in (*_IMAGES, *_FILES_OF_IMAGES))


def _names_files(value: object) -> bool:
    """True for a text, or a list of texts, that is not empty."""
    if isinstance(value, str):
        return bool(value.strip())
    return isinstance(value, list) and any(isinstance(item, str) and item.strip() for item in value)
