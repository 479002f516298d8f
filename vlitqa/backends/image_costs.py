"""The cost of decoding an image, counted on its bytes first: some small files take minutes, or gigabytes."""

from __future__ import annotations

from vlitqa.errors import ImageFault

PIXEL_CAP = 64_000_000
_EDGE_CAP = 65_535
"""The longest edge that a JPEG or a GIF can have: a picture of one line is not scaled down."""
_WEBP_PIXEL_CAP = 40_000_000
"""Its decoder holds four whole pictures at once, 16 bytes a pixel."""
_SCAN_CAP = 500
"""Passes over a progressive JPEG, whatever its size; encoders write 10, and at most some dozens."""
_SCANNED_PIXEL_CAP = 32 * PIXEL_CAP
"""Pixels times passes."""
_COMMENT_CAP = 10_000
"""Blocks of comments in front of the first two frames of a GIF, each of up to 255 bytes: Pillow gathers them all."""
_START_OF_SCAN = b"\xff\xda"
"""Cannot stand inside the data of a scan; a thumbnail may have some of its own."""
_EXTENSION, _FRAME, _COMMENT = 0x21, 0x2C, 0xFE


def refuse_comments(data: bytes) -> None:
    """Raises ImageFault for a GIF with more comments than anybody writes; looks at no more of it than its decoder."""
    if data.startswith(b"GIF8") and _comment_blocks(data) > _COMMENT_CAP:
        raise ImageFault("image_bomb", f"a GIF with more than {_COMMENT_CAP:,} blocks of comments")


def refuse_costly(data: bytes, image_format: str, size: tuple[int, int]) -> None:
    """Raises ImageFault for an image whose decoding would take too much time or memory."""
    width, height = size
    pixels = width * height
    cap = _WEBP_PIXEL_CAP if image_format == "WEBP" else PIXEL_CAP
    if pixels > cap or max(size) > _EDGE_CAP:
        name = "a WEBP of" if image_format == "WEBP" else "the header declares"
        raise ImageFault("image_bomb", f"{name} {width} x {height} pixels, over {cap:,} or {_EDGE_CAP:,} in a line")
    if image_format not in ("JPEG", "MPO"):
        return
    scans = data.count(_START_OF_SCAN)
    if scans > _SCAN_CAP or scans * pixels > _SCANNED_PIXEL_CAP:
        raise ImageFault("image_bomb", f"a JPEG that draws {width} x {height} pixels in {scans:,} passes")


def _comment_blocks(data: bytes) -> int:
    """Counts the blocks of comments as far as the second frame, or just past the cap."""
    comments = frames = 0
    place = 13 + _palette_bytes(data, 10)
    while place < len(data) and frames < 2 and comments <= _COMMENT_CAP:
        is_comment = False
        if data[place] == _EXTENSION:
            is_comment = data[place + 1 : place + 2] == bytes([_COMMENT])
            place += 2
        elif data[place] == _FRAME:
            frames += 1
            place += 11 + _palette_bytes(data, place + 9)
        else:
            place += 1  # its decoder passes over whatever else stands there
            continue
        while place < len(data) and data[place] and comments <= _COMMENT_CAP:
            comments += is_comment
            place += 1 + data[place]
        place += 1
    return comments


def _palette_bytes(data: bytes, place: int) -> int:
    """The length of the palette that the flags at a place announce."""
    flags = data[place] if place < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
