"""WebDataset: tar members that share a name before the first dot are one row; streamed, never extracted."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from vlitqa.containers.decode import IMAGES_CAP, LINE_CAP, decode_row
from vlitqa.containers.stream import ByteStream
from vlitqa.errors import CutOff, RejectedRecord
from vlitqa.records import RECORDING_ENDINGS, ROW_IMAGES, ROW_KEY, ROW_TEXT, Place, RawRow, Reject

_IMAGE_ENDINGS = frozenset(("jpg", "jpeg", "png", "webp", "gif", "bmp", "img"))
_RECORDINGS = {ending: kind for kind, endings in RECORDING_ENDINGS.items() for ending in endings}
"""By its ending the kind of a video or a sound, which is also the field of the row that holds it."""
_TEXT_ENDINGS = frozenset(("txt", "caption", "text"))
_MEMBER_CAP = 64 << 20
_HEADER_CAP = 1 << 20
"""Bytes of a long name or of further fields in front of a member: tarfile reads them whole."""
_BLOCK = 512


def is_tar(head: bytes) -> bool:
    """True if the first bytes of a file are those of a tar: by its mark, which old ones lack, or by its checksum."""
    if head[257:262] == b"ustar":
        return True
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "replace")
    except (tarfile.TarError, ValueError):
        return False
    return True


def read_webdataset(stream: ByteStream) -> Iterator[RawRow | Reject]:
    """Yields one row for each name, with its JSON, its text and the bytes of its images, videos and sounds."""
    source = _TarSource(stream)
    group = _Group("", 0, 0)
    row = 0
    fault = ""
    try:
        with tarfile.open(fileobj=source, mode="r|", tarinfo=_Member, encoding="utf-8", errors="replace") as tar:  # type: ignore[call-overload]
            for member in tar:
                if member.isdir():
                    continue
                name, ending = _split_name(member.name)
                if name != group.name and group.members:
                    yield group.row()
                    row += 1
                if name != group.name or not group.members:
                    group = _Group(name, row, member.offset)
                group.add(member, ending, tar)
    except (tarfile.TarError, CutOff, ValueError) as error:  # tarfile reads numbers in headers with int()
        fault = source.cut or f"the tar is cut off or damaged ({error})"
        if group.end > source.passed:
            group.members = 0
    if group.members:
        yield group.row()
        row += 1
    if not fault:
        fault = source.finish()
    if fault:
        yield Reject(Place(row, 0, source.passed), "truncated", fault)


def _split_name(path: str) -> tuple[str, str]:
    """Splits a member's name from its endings; the folder is part of the name and is never opened."""
    folder, slash, base = path.rpartition("/")
    stem, _, ending = base.partition(".")
    return folder + slash + stem, ending.lower()


class _TarSource:
    """The bytes for tarfile: a cut looks like the end to it, so that nothing before the cut is lost."""

    def __init__(self, stream: ByteStream) -> None:
        self._reader = stream.reader
        self._tail = b""
        self.passed, self.cut = 0, ""
        self._has_ended = False

    def read(self, count: int) -> bytes:
        """Reads so many bytes for tarfile, fewer at the end; raises CutOff behind it, where tarfile reads for ever."""
        if self._has_ended:
            raise CutOff("a member is longer than the file")
        data = self._read_on(count)
        self._has_ended = not data and count > 0
        return data

    def _read_on(self, count: int) -> bytes:
        """Reads so many bytes, fewer at the end or at a cut."""
        pieces: list[bytes] = []
        try:
            while count > 0 and (piece := self._reader.read1(count)):
                pieces.append(piece)
                count -= len(piece)
        except CutOff as cut:
            self.cut = cut.message
        data = b"".join(pieces)
        self.passed += len(data)
        self._tail = (self._tail + data)[-_BLOCK:]
        return data

    def finish(self) -> str:
        """Reads on to the end, and gives the fault that is there."""
        is_closed = self._tail == bytes(_BLOCK)
        while data := self._read_on(_MEMBER_CAP >> 8):
            if data.strip(b"\0"):
                return "data stands behind the closing blocks of the tar, such as a second tar"
        return self.cut or ("" if is_closed else "the tar ends without its closing blocks")


class _Member(tarfile.TarInfo):
    """A member whose header is refused when it is a bomb."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size > _HEADER_CAP and not (self.isreg() or self.isdir()):
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        return super()._proc_member(tar)  # type: ignore[misc,no-any-return]


class _Group:
    """The members of one row."""

    def __init__(self, name: str, row: int, offset: int) -> None:
        self.name = name
        self.members = 0
        self._row, self._offset, self.end = row, offset, offset
        self._values: dict[str, object] = {ROW_KEY: name}
        self._images: dict[str, bytes] = {}
        self._recordings: dict[str, list[object]] = {}
        self._bytes = 0
        self._fault: RejectedRecord | None = None

    def add(self, member: tarfile.TarInfo, ending: str, tar: tarfile.TarFile) -> None:
        """Takes a member in; a row whose member is cut off is no row any more."""
        try:
            self._read_member(member, ending, tar)
        except RejectedRecord as reject:
            self._fault = self._fault or reject
        except (tarfile.TarError, CutOff):
            self.members = 0
            raise
        self.members += 1
        self.end = tar.offset

    def row(self) -> RawRow | Reject:
        """The row of all members, or the fault of the first bad one."""
        place = Place(self._row, 0, self._offset, self.end - self._offset)
        if self._fault:
            return Reject(place, self._fault.code, self._fault.reason, self._fault.field)
        return RawRow(place, {**self._values, **self._recordings, ROW_IMAGES: self._images})

    def _read_member(self, member: tarfile.TarInfo, ending: str, tar: tarfile.TarFile) -> None:
        if not member.isreg():
            raise RejectedRecord("tar_member", "only regular files are read, not links or devices", field=member.name)
        last = ending.rpartition(".")[2]
        if last not in _IMAGE_ENDINGS | _TEXT_ENDINGS | {"json"} | _RECORDINGS.keys():
            return
        cap = LINE_CAP if last in _TEXT_ENDINGS | {"json"} else _MEMBER_CAP
        if member.size > cap:
            raise RejectedRecord("line_too_long", f"{member.size:,} bytes, over the cap of {cap:,}", field=member.name)
        self._bytes += member.size
        if self._bytes > IMAGES_CAP:
            raise RejectedRecord("line_too_long", f"the row's members are over the cap of {IMAGES_CAP:,} bytes")
        file = tar.extractfile(member)
        data = file.read() if file else b""
        if len(data) < member.size:
            raise CutOff("a member ends before its content does")
        if last in _IMAGE_ENDINGS:
            self._images[member.name.rpartition("/")[2]] = data
        elif kind := _RECORDINGS.get(last):
            recording = {"path": member.name.rpartition("/")[2], "bytes": data}
            self._recordings.setdefault(kind, []).append(recording)
        elif last == "json":
            self._values.update(decode_row(data))
        else:
            self._values[ROW_TEXT] = _decode_text(data, member.name)


def _decode_text(data: bytes, name: str) -> str:
    try:
        return data.decode().strip()
    except UnicodeDecodeError as error:
        raise RejectedRecord("bad_encoding", f"byte {error.start} is not UTF-8", field=name) from None
