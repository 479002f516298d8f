"""WebDataset: tar members that share a name before the first dot are one row; streamed, never extracted."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from vlitqa.containers.decode import LINE_CAP, decode_row
from vlitqa.containers.stream import ByteStream
from vlitqa.errors import CutOff, RejectedRecord
from vlitqa.records import ROW_IMAGES, ROW_KEY, ROW_TEXT, Place, Reject, Row

_IMAGE_ENDINGS = frozenset(("jpg", "jpeg", "png", "webp", "gif", "bmp", "img"))
_TEXT_ENDINGS = frozenset(("txt", "caption", "text"))
_MEMBER_CAP = 64 << 20


def looks_like_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def read_webdataset(stream: ByteStream) -> Iterator[tuple[Place, Row] | Reject]:
    """One row for each name, with its JSON, its text and the bytes of its images."""
    group = _Group("", 0, 0)
    row = 0
    try:
        with tarfile.open(fileobj=stream.reader, mode="r|") as tar:
            for member in tar:
                if member.isdir():
                    continue
                name, ending = _split(member.name)
                if name != group.name and group.members:
                    yield group.row()
                    row += 1
                if name != group.name:
                    group = _Group(name, row, member.offset)
                group.add(member, ending, tar)
    except (tarfile.TarError, CutOff, EOFError) as error:
        if group.members:
            yield group.row()
        yield Reject(Place(row + 1, 0, stream.reader.tell()), "truncated", f"the tar is cut off or damaged ({error})")
        return
    if group.members:
        yield group.row()


def _split(path: str) -> tuple[str, str]:
    """A member's name and endings; the folder is part of the name and is never opened."""
    folder, slash, base = path.rpartition("/")
    stem, _, ending = base.partition(".")
    return folder + slash + stem, ending.lower()


class _Group:
    """The members of one row."""

    def __init__(self, name: str, row: int, offset: int) -> None:
        self.name = name
        self.place = Place(row, 0, offset)
        self.members = 0
        self._values: dict[str, object] = {ROW_KEY: name}
        self._images: dict[str, bytes] = {}
        self._fault: RejectedRecord | None = None

    def add(self, member: tarfile.TarInfo, ending: str, tar: tarfile.TarFile) -> None:
        self.members += 1
        try:
            self._read(member, ending, tar)
        except RejectedRecord as reject:
            self._fault = self._fault or reject

    def row(self) -> tuple[Place, Row] | Reject:
        if self._fault:
            return Reject(self.place, self._fault.code, self._fault.reason, self._fault.field)
        return self.place, {**self._values, ROW_IMAGES: self._images}

    def _read(self, member: tarfile.TarInfo, ending: str, tar: tarfile.TarFile) -> None:
        if not member.isreg():
            raise RejectedRecord("tar_member", "only regular files are read, not links or devices", field=member.name)
        last = ending.rpartition(".")[2]
        if last not in _IMAGE_ENDINGS | _TEXT_ENDINGS | {"json"}:
            return
        cap = _MEMBER_CAP if last in _IMAGE_ENDINGS else LINE_CAP
        if member.size > cap:
            raise RejectedRecord("line_too_long", f"{member.size:,} bytes, over the cap of {cap:,}", field=member.name)
        file = tar.extractfile(member)
        data = file.read() if file else b""
        if len(data) < member.size:
            raise CutOff("a member ends before its content does")
        if last in _IMAGE_ENDINGS:
            self._images[member.name.rpartition("/")[2]] = data
        elif last == "json":
            self._values.update(decode_row(data))
        else:
            self._values[ROW_TEXT] = _text(data, member.name)


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode().strip()
    except UnicodeDecodeError as error:
        raise RejectedRecord("bad_encoding", f"byte {error.start} is not UTF-8", field=name) from None
