"""Damage to whole files: bytes, tokens, halves of two files, headers of tar and Parquet, and what compression hides."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from tests.evil.fuzzing.damaged_rows import change_value, insert_token, remove_token, swap_tokens
from tests.evil.fuzzing.samples import draw_content
from tests.given.packing import zstd

_BLOCK = 512
_MANY_BYTES = 60_000
"""Enough that a time which grows with the square of them is seen."""
_MAGIC = b"PAR1"
_TAR_FIELDS = {
    "name": (0, 100),
    "mode": (100, 8),
    "size": (124, 12),
    "sum": (148, 8),
    "kind": (156, 1),
    "end": (257, 8),
}
_TAR_VALUES = (
    b"77777777777",
    b"-1",
    b"\x80" + b"\xff" * 11,
    b"\xff" * 12,
    b"",
    b"00000000000\0",
    b"zzz",
    b"x",
    b"L",
    b"5",
)


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """A file of the fuzzer, and how it came about."""

    story: str
    content: bytes


def draw_file(seed: int, number: int) -> DamagedFile:
    """The damaged file of this number: the same bytes for the same seed, whatever was drawn before."""
    random = Random(f"{seed}/{number}")
    packing, content = draw_content(random)
    story = [packing]
    for _ in range(random.choice((0, 1, 1, 1, 2, 4))):
        names = [*_HEADER_DAMAGES.get(packing, ()), *FILE_DAMAGES]
        name = random.choice(names)
        content = {**FILE_DAMAGES, **_HEADER_DAMAGES.get(packing, {})}[name](random, content)
        story.append(name)
    packed = random.choice(("", "", "gz", "zst"))
    if packed:
        content = _compress(random, content, packed)
        story.append(packed)
        if random.random() < 0.4:
            name = random.choice(list(_PACKED_DAMAGES))
            content = _PACKED_DAMAGES[name](random, content)
            story.append(f"{packed} {name}")
    return DamagedFile(", ".join(story), content)


def _compress(random: Random, content: bytes, kind: str) -> bytes:
    """The content in one or two packages, one after the other."""
    half = random.randrange(len(content) + 1) if random.random() < 0.2 else len(content)
    pack = zstd if kind == "zst" else lambda part: gzip.compress(part, mtime=0)
    return pack(content[:half]) + (pack(content[half:]) if half < len(content) else b"")


def _on_text(change: Callable[[Random, str], str]) -> Callable[[Random, bytes], bytes]:
    """A change of texts as one of a few thousand bytes somewhere in a file."""

    def damage(random: Random, content: bytes) -> bytes:
        start = random.randrange(len(content) + 1)
        part = content[start : start + 2_000].decode("utf-8", "surrogateescape")
        return content[:start] + _as_bytes(change(random, part)) + content[start + 2_000 :]

    return damage


def _as_bytes(text: str) -> bytes:
    """The bytes of a text in which surrogates stand for bytes that are no UTF-8, or for themselves."""
    handlers = ("surrogateescape" if "\udc80" <= letter <= "\udcff" else "surrogatepass" for letter in text)
    return b"".join(letter.encode("utf-8", handler) for letter, handler in zip(text, handlers, strict=True))


def _flip(random: Random, content: bytes) -> bytes:
    damaged = bytearray(content)
    for _ in range(random.choice((1, 3, 20)) if content else 0):
        damaged[random.randrange(len(damaged))] ^= random.randrange(1, 256)
    return bytes(damaged)


def _cut_end(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _cut_start(random: Random, content: bytes) -> bytes:
    return content[random.randrange(len(content) + 1) :]


def _drop_middle(random: Random, content: bytes) -> bytes:
    start = random.randrange(len(content) + 1)
    return content[:start] + content[start + random.choice((1, 10, 512, 5_000)) :]


def _repeat_middle(random: Random, content: bytes) -> bytes:
    start = random.randrange(len(content) + 1)
    end = start + random.choice((1, 10, 512, 5_000))
    return content[:end] + content[start:]


def _swap_middles(random: Random, content: bytes) -> bytes:
    first, second, third = sorted(random.randrange(len(content) + 1) for _ in range(3))
    return content[:first] + content[second:third] + content[first:second] + content[third:]


def _insert_bytes(random: Random, content: bytes) -> bytes:
    place = random.choice((0, len(content), random.randrange(len(content) + 1)))
    odd = (
        b"\xef\xbb\xbf",
        b"\0" * 20,
        b"\xff\xfe",
        b"\r",
        b"\n\n",
        b"\xed\xa0\x80",
        b"\xc3",
        b'"',
        b"[",
        b"{",
        b"}",
        b"]",
    )
    return content[:place] + random.choice(odd) + content[place:]


def _splice(random: Random, content: bytes) -> bytes:
    """The first half of a file and the second of another."""
    _, other = draw_content(random)
    return _cut_end(random, content) + _cut_start(random, other)


def _concatenate(random: Random, content: bytes) -> bytes:
    other = content if random.random() < 0.5 else draw_content(random)[1]
    return content + random.choice((b"", b"\n", b",\n", b" ")) + other


def _open_many(random: Random, content: bytes) -> bytes:
    """Puts brackets that never close somewhere into a file."""
    opening = random.choice((b'{"a":', b'{"a":[', b"[", b'[{"q":1},', b'"', b'{"a": "', b'\\"', b"\t"))
    place = random.choice((0, len(content), random.randrange(len(content) + 1)))
    return content[:place] + opening * random.choice((3, 300, _MANY_BYTES // len(opening))) + content[place:]


def _change_tar_header(random: Random, content: bytes) -> bytes:
    """Changes a field of one header of a tar, and mostly the checksum with it."""
    starts = [place for place in range(0, len(content), _BLOCK) if content[place + 257 : place + 262] == b"ustar"]
    if not starts:
        return _flip(random, content)
    start = random.choice(starts)
    offset, length = random.choice(list(_TAR_FIELDS.values()))
    header = bytearray(content[start : start + _BLOCK])
    header[offset : offset + length] = random.choice(_TAR_VALUES)[:length].ljust(length, b"\0")
    if random.random() < 0.8 and len(header) == _BLOCK:
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
    return content[:start] + header + content[start + _BLOCK :]


def _change_footer(random: Random, content: bytes) -> bytes:
    """Changes bytes of the footer of a Parquet file, or the length that it says it has."""
    if len(content) < 12:
        return content
    (length,) = struct.unpack("<I", content[-8:-4])
    if random.random() < 0.2:
        length = random.choice((0, 1, length - 1, length + 1, 2**31 - 1, 2**32 - 1))
        return content[:-8] + struct.pack("<I", length % 2**32) + _MAGIC
    start = max(0, len(content) - 8 - min(length, len(content) - 8))
    return content[:start] + _flip(random, content[start:-8]) + content[-8:]


def _change_pages(random: Random, content: bytes) -> bytes:
    """Changes bytes of the pages of a Parquet file, whose footer stays sound."""
    (length,) = struct.unpack("<I", content[-8:-4]) if len(content) >= 12 else (0,)
    end = max(4, len(content) - 8 - length)
    return content[:4] + _flip(random, content[4:end]) + content[end:]


FILE_DAMAGES: Mapping[str, Callable[[Random, bytes], bytes]] = {
    "an odd value": _on_text(change_value),
    "a token removed": _on_text(remove_token),
    "a token added": _on_text(insert_token),
    "tokens swapped": _on_text(swap_tokens),
    "flipped": _flip,
    "cut": _cut_end,
    "cut in front": _cut_start,
    "a hole": _drop_middle,
    "a part twice": _repeat_middle,
    "parts swapped": _swap_middles,
    "odd bytes": _insert_bytes,
    "spliced": _splice,
    "concatenated": _concatenate,
    "open brackets": _open_many,
}
_HEADER_DAMAGES: Mapping[str, Mapping[str, Callable[[Random, bytes], bytes]]] = {
    "tar": {f"a tar header {number}": _change_tar_header for number in range(6)},
    "parquet": {
        **{f"a footer {number}": _change_footer for number in range(4)},
        **{f"pages {number}": _change_pages for number in range(4)},
    },
}
"""What suits one container alone, several times, because it is wanted often."""
_PACKED_DAMAGES = {"flipped": _flip, "cut": _cut_end, "a hole": _drop_middle, "a part twice": _repeat_middle}
