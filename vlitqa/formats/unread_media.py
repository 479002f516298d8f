"""Media that a row names and no format reads: point clouds, decoded sounds, and images in a field that is not read."""

from __future__ import annotations

from vlitqa.formats.recording_fields import KIND_OF_FIELD, RECORDING_FIELDS, names_of_files, with_plurals
from vlitqa.records import Record, Row

_POINT_CLOUDS = ("point_cloud", "pointcloud", "pcl")
_NEVER_READ = frozenset((*with_plurals(_POINT_CLOUDS), *names_of_files(*_POINT_CLOUDS)))
_MEDIA = frozenset(names[0] for names in RECORDING_FIELDS.values())
_MEDIA_THEMSELVES = frozenset(with_plurals(sorted(_MEDIA)))
"""Fields that hold nothing but a recording, whatever the type of their value."""
_IMAGES = frozenset(("image", "images", "img", "imgs", "picture", "pictures", "photo", "photos"))
_FILES_OF_IMAGES = frozenset(names_of_files("image", "img", "picture", "photo", "media"))
_ANY = _NEVER_READ | _IMAGES | _FILES_OF_IMAGES | KIND_OF_FIELD.keys()


def has_unread_media(row: Row, record: Record) -> bool:
    """True if a row names a point cloud, or a recording or an image while its record has none."""
    if _ANY.isdisjoint(row):
        return False
    if any(_names_files(row.get(field)) for field in _NEVER_READ):
        return True
    if not record.recordings and not record.images and any(row.get(field) for field in _MEDIA_THEMSELVES):
        return True
    return not record.images and any(_names_files(row.get(field)) for field in (*_IMAGES, *_FILES_OF_IMAGES))


def _names_files(value: object) -> bool:
    """True for a text, or a list of texts, that is not empty."""
    if isinstance(value, str):
        return bool(value.strip())
    return isinstance(value, list) and any(isinstance(item, str) and item.strip() for item in value)
